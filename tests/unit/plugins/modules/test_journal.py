# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: on disk before anything happens, and whatever happens to the disk."""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from types import SimpleNamespace

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import durable, journal, verification
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.parent import Parents
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import deletes
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, NEIGHBOUR, SECOND_LEAVER

GONE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


@pytest.fixture
def bobs(standin):
    return standin.organization.keys_of(SECOND_LEAVER)


def lines(path, event=None):
    told = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    return [one for one in told if event in (None, one["event"])]


def test_the_whole_plan_is_on_disk_before_the_first_delete_is_sent(modules, standin, path, bobs):
    seen = []
    standin.faults.add("actor", method="DELETE", call=lambda _made: seen.append(lines(path)))
    run = modules.remove(app_key_id=[*(key.id for key in bobs), GONE], keep=[bobs[0].id], journal=str(path))
    assert not run.failed
    (plan,) = [one for one in seen[0] if one["event"] == "plan"]
    assert [row["id"] for row in plan["rows"]] == [*(key.id for key in bobs), GONE]
    assert [row["outcome"] for row in plan["rows"]] == ["kept", None, None, None, None, None, "absent"]
    assert plan["rows"][1]["owner"]["email"] == SECOND_LEAVER
    assert {key.id for key in bobs} & set(standin.organization.keys) == {bobs[0].id}


def test_each_delete_is_announced_before_it_is_sent(modules, standin, path, bobs):
    def check(organization):
        announced = {one["id"] for one in lines(path, "request")}
        assert {sent.key_id for sent in standin.requests if sent.method == "DELETE"} <= announced

    fault = standin.faults.add("actor", method="DELETE", call=check)
    assert modules.remove(app_key_id=[key.id for key in bobs], journal=str(path)).outcomes == ["deleted"] * 6
    assert fault.hits == 6
    assert {one["id"] for one in lines(path, "request")} == set(deletes(standin))


def test_outcomes_stand_in_the_journal_as_in_the_result(modules, path, bobs, standin):
    standin.faults.add("answer", method="DELETE", effect=False, key_id=bobs[2].id)
    run = modules.remove(app_key_id=[key.id for key in bobs], journal=str(path), verify_timeout=0)
    assert run.failed
    told = {one["id"]: one for one in lines(path, "outcome")}
    for row in run.rows:
        for name in ("outcome", "status_code", "requested_at", "verified_at", "message"):
            assert told[row["id"]][name] == row[name]
    first, *_between, last = lines(path)
    assert (first["event"], first["format"], first["check_mode"]) == ("start", "keywarden.datadog journal 1", False)
    assert (last["event"], last["failed"], last["msg"]) == ("end", True, run.msg)
    assert all(one["at"] for one in lines(path))
    assert bobs[2].id in standin.organization.keys


def test_outcomes_are_on_disk_while_another_key_is_still_waited_for(modules, standin, path, bobs, mocker):
    standin.faults.add("answer", method="DELETE", key_id=bobs[1].id, effect=False)
    seen = []

    def sleep(seconds):
        seen.append({one["id"] for one in lines(path, "outcome")})
        time.sleep(seconds)

    mocker.patch.object(verification, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    run = modules.remove(app_key_id=[key.id for key in bobs[:3]], journal=str(path), verify_timeout=1)
    assert run.outcomes == ["deleted", "failed", "deleted"]
    assert seen[0] == {bobs[0].id, bobs[2].id}


def test_every_owner_has_a_plan_in_the_journal(modules, path):
    modules.remove(owner=[SECOND_LEAVER, NEIGHBOUR, "nobody@example.com"], max_keys=6, journal=str(path))
    plans = lines(path, "plan")
    assert [plan["owner"]["query"] for plan in plans] == [SECOND_LEAVER, NEIGHBOUR, "nobody@example.com"]
    assert [len(plan["rows"]) for plan in plans] == [6, 11, 0]
    assert {row["outcome"] for row in plans[1]["rows"]} == {"refused"}
    assert plans[2]["owner"]["status"] == "unknown"


def test_in_check_mode_the_journal_holds_the_plan_and_announces_nothing(modules, standin, path, bobs):
    modules.remove(app_key_id=[bobs[0].id], journal=str(path), check=True)
    assert lines(path, "start")[0]["check_mode"] is True
    assert lines(path, "plan")[0]["rows"][0]["outcome"] is None
    assert lines(path, "request") == []
    assert lines(path)[-1]["event"] == "end"
    assert bobs[0].id in standin.organization.keys


@pytest.mark.parametrize("selection", ["owner", "app_key_id"])
def test_in_check_mode_the_journal_tells_each_outcome_once(modules, standin, path, bobs, selection):
    selected = {"owner": SECOND_LEAVER, "app_key_id": [key.id for key in bobs]}
    run = modules.remove(**{selection: selected[selection]}, journal=str(path), check=True)
    told = [(one["id"], one["outcome"], one["message"]) for one in lines(path, "outcome")]
    assert sorted(told) == sorted((row["id"], "deleted", "Would be deleted.") for row in run.rows)
    assert standin.organization.keys_of(SECOND_LEAVER) == bobs


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_no_secret_stands_in_the_journal(modules, standin, path, bobs, version):
    bobs[0].name = f"made with {APP_KEY} and {API_KEY}"
    named = {"app_key_id": bobs[0].id} if version == "v2" else {"api_version": "v1", "key": bobs[0].secret}
    assert modules.remove(journal=str(path), **named).outcomes == ["deleted"]
    text = path.read_text()
    assert "made with" in text
    for secret in (APP_KEY, API_KEY, bobs[0].secret):
        assert secret not in text
    assert lines(path, "request")[0]["last4"] == bobs[0].last4
    assert lines(path, "request")[0]["id"] == (bobs[0].id if version == "v2" else None)


def test_only_its_owner_may_read_it(modules, path, bobs):
    old = os.umask(0)
    try:
        modules.remove(app_key_id=bobs[0].id, journal=str(path))
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_exists_is_left_alone_and_nothing_is_deleted(modules, standin, path, bobs):
    path.write_text("of an earlier run")
    run = modules.remove(app_key_id=bobs[0].id, journal=str(path))
    assert run.failed
    assert "already exists" in run.msg
    assert path.read_text() == "of an earlier run"
    assert standin.requests == []


@pytest.mark.parametrize(
    "where", ["missing/journal", "plain/journal", "relative", "dangling", "~nobody-of-that-name/x", " "]
)
def test_where_no_journal_can_be_created_nothing_is_sent(modules, standin, tmp_path, bobs, where):
    (tmp_path / "plain").write_text("a file")
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    run = modules.remove(app_key_id=bobs[0].id, journal=where if where[:1] in "r~ " else f"{tmp_path}/{where}")
    assert run.failed
    assert "journal" in run.msg
    assert standin.requests == []
    assert not (tmp_path / "elsewhere").exists()


def test_bad_options_leave_no_journal(modules, path, bobs):
    modules.remove(app_key_id=bobs[0].id, refuse_used_within="soon", journal=str(path))
    assert not path.exists()


@pytest.fixture
def full_disk(mocker):
    """full_disk(lines): from so many lines on the disk is full, in the middle of the next one."""

    def fill(after):
        write, count = os.write, [0]

        def limited(file, data):
            count[0] += 1
            if count[0] > after:
                if count[0] == after + 1:
                    return write(file, data[:7])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(file, data)

        mocker.patch.object(durable.os, "write", limited)

    return fill


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_a_plan_that_does_not_fit_on_the_disk_deletes_nothing(modules, standin, path, bobs, full_disk, check):
    full_disk(1)
    ids = [*(key.id for key in bobs), GONE]
    run = modules.remove(app_key_id=ids, keep=[bobs[5].id], journal=str(path), check=check)
    assert run.failed
    assert not run.changed
    assert run.outcomes == ["skipped"] * 5 + ["kept", "absent"]
    assert all("No space left on device" in row["message"] for row in run.rows[:5])
    assert run.rows[5]["message"] == "Listed in keep."
    assert deletes(standin) == []


def test_a_disk_that_fills_up_in_the_middle_ends_the_deletes(modules, standin, path, bobs, full_disk):
    full_disk(4)  # start, plan, and two requests
    run = modules.remove(app_key_id=[key.id for key in bobs], journal=str(path), concurrency=1)
    assert run.failed
    assert run.outcomes == ["deleted", "deleted", "skipped", "skipped", "skipped", "skipped"]
    assert "No space left on device" in run.msg
    assert deletes(standin) == [bobs[0].id, bobs[1].id]
    # What is there can be read: the line that did not fit is taken away again.
    assert [one["event"] for one in lines(path)] == ["start", "plan", "request", "request"]


def test_a_journal_that_misses_an_outcome_fails_the_task(modules, standin, path, bobs, full_disk):
    full_disk(3)
    run = modules.remove(app_key_id=bobs[0].id, journal=str(path))
    assert run.outcomes == ["deleted"]
    assert run.failed
    assert "It is not complete" in run.msg


def test_a_journal_that_cannot_be_closed_fails_the_task_and_keeps_its_rows(modules, standin, path, bobs, mocker):
    close = os.close

    def full(file):
        close(file)
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    mocker.patch.object(durable.os, "close", full)
    run = modules.remove(app_key_id=bobs[0].id, journal=str(path))
    assert run.outcomes == ["deleted"]
    assert run.failed
    assert "It is not complete" in run.msg
    assert bobs[0].id not in standin.organization.keys


def test_threads_share_the_writes_to_the_disk(modules, standin, path, mocker):
    """One fsync for what concurrent threads wrote, or a slow disk would double the time of a large removal."""
    real, slow = os.fsync, []

    def fsync(file):
        slow.append(file)
        time.sleep(0.02)
        real(file)

    mocker.patch.object(durable.os, "fsync", fsync)
    standin.latency = 0.01
    run = modules.remove(owner="ann@example.com", managed_keys="delete", journal=str(path), concurrency=16)
    assert not run.failed
    assert len(lines(path, "request")) == 51
    assert len(slow) < 30


def test_progress_is_told_while_it_deletes_and_waits(modules, standin, path, bobs, mocker):
    mocker.patch.object(journal, "PROGRESS_EVERY", 0.1)
    headers = {"X-RateLimit-Reset": "1", "X-RateLimit-Remaining": "0"}
    standin.faults.add("status", method="DELETE", status=429, skip=2, times=1, headers=headers)
    assert (
        modules.remove(app_key_id=[key.id for key in bobs], journal=str(path), concurrency=1).outcomes
        == ["deleted"] * 6
    )
    told = [one for one in lines(path, "progress") if one["doing"] == "deleting"]
    assert told
    assert {one["total"] for one in told} == {6}
    assert [one["done"] for one in told] == sorted(one["done"] for one in told)
    waiting = [one for one in told if one["waiting_until"]]
    assert waiting
    assert waiting[0]["done"] == 2
    assert waiting[0]["waiting_until"] > waiting[0]["at"]


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_progress_is_told_while_owners_are_looked_up_and_keys_are_read_again(modules, standin, path, mocker, check):
    """Each step says how much of it is done, and ends with all of it."""
    mocker.patch.object(journal, "PROGRESS_EVERY", 0.02)
    standin.latency = 0.05
    owners = [user.id for user in standin.organization.users.values() if standin.organization.keys_of(user.id)][:6]
    modules.remove(owner=owners, journal=str(path), concurrency=1, check=check)
    for doing, total in (("reading", len(owners)), ("verifying", None)):
        told = [one for one in lines(path, "progress") if one["doing"] == doing]
        done = [one["done"] for one in told]
        assert len(set(done)) > 1, doing
        assert done == sorted(done)
        assert {one["total"] for one in told} == ({total} if total else {told[0]["total"]})
        assert max(done) <= told[0]["total"]


def test_progress_is_told_while_what_remains_is_read(modules, standin, path, mocker):
    mocker.patch.object(journal, "PROGRESS_EVERY", 0.02)
    standin.latency = 0.05
    users = [user.id for user in standin.organization.users.values() if standin.organization.keys_of(user.id)][:3]
    modules.remove_access(user=users, journal=str(path), concurrency=1)
    told = [one for one in lines(path, "progress") if one["kind"] == "remaining access"]
    assert len({one["done"] for one in told}) > 1
    assert {one["total"] for one in told} == {3}


def test_progress_tells_of_reading_and_until_when_it_waits(modules, standin, path, bobs, mocker):
    mocker.patch.object(journal, "PROGRESS_EVERY", 0.1)
    headers = {"X-RateLimit-Reset": "1", "X-RateLimit-Remaining": "0"}
    standin.faults.add("status", endpoint="v2.keys.list", status=429, times=1, headers=headers)
    assert modules.remove(owner=SECOND_LEAVER, journal=str(path)).outcomes == ["deleted"] * 6
    waiting = [one for one in lines(path, "progress") if one["waiting_until"]]
    assert waiting
    first = waiting[0]
    assert first.pop("waiting_until") > first.pop("at")
    assert first == {"event": "progress", "kind": "application key", "doing": "reading", "done": 0, "total": 1}


def test_once_nobody_waits_for_the_task_no_delete_is_announced_or_sent(modules, standin, path, bobs, mocker):
    def gone(_parents):
        return "Nobody waits for it." if len(deletes(standin)) == 2 else None

    mocker.patch.object(Parents, "gone", gone)
    run = modules.remove(app_key_id=[key.id for key in bobs], journal=str(path), concurrency=1)
    assert run.failed
    assert run.outcomes == ["deleted"] * 2 + ["skipped"] * 4
    assert {row["message"] for row in run.rows[2:]} == {"Not deleted: Nobody waits for it."}
    assert [one["reason"] for one in lines(path, "stopped")] == ["Nobody waits for it."]
    assert [one["id"] for one in lines(path, "request")] == deletes(standin) == [key.id for key in bobs[:2]]
    assert {key.id for key in bobs} & set(standin.organization.keys) == {key.id for key in bobs[2:]}
