# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that Ansible cuts into pieces, that fail half-way or are killed: true evidence in each case."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.keywarden.datadog.tests.helpers.playbook import CALLBACKS
from ansible_collections.keywarden.datadog.tests.playbooks.offboarding import (
    ANN,
    PLAYBOOK,
    RECORD,
    ROLE,
    Offboard,
    host,
    owned,
    said,
    statuses,
)
from ansible_collections.keywarden.datadog.tests.standin import (
    API_KEY,
    APP_KEY,
    LEAVER,
    LEAVER_KEYS,
    NEIGHBOUR,
    SECOND_LEAVER,
    StandIn,
)

BOB = SECOND_LEAVER
KEYS = {"offboard_credentials": ["application_keys"]}
FREE = {"strategy": "free"}
RUN_ONCE = ("^Using run_once with the free strategy is not currently supported",)
REMOVED = {(BOB, "one"): "removed", (BOB, "two"): "removed"}


@pytest.fixture
def organizations(standin: StandIn, other: StandIn) -> dict[str, Any]:
    """Two organizations, as hosts."""
    return {"one": host(standin), "two": host(other)}


@pytest.mark.parametrize(
    "keywords",
    [{"serial": 1}, {"strategy": "host_pinned"}, {"strategy": "free"}, {"any_errors_fatal": True}, {"serial": "50%"}],
    ids=str,
)
def test_however_the_play_goes_through_its_hosts_there_is_one_run(
    organizations: dict[str, Any], standin: StandIn, other: StandIn, offboard: Offboard, keywords: dict[str, Any]
) -> None:
    free = keywords.get("strategy") in ("free", "host_pinned")
    warnings = RUN_ONCE if free else ()
    run = offboard(BOB, organizations=organizations, play=keywords, extra_vars=KEYS, warnings=warnings)
    assert run.rc == 0, run.output
    facts = offboard.only()
    assert (facts["state"], statuses(facts)) == ("finished", REMOVED)
    assert (owned(standin, BOB), owned(other, BOB)) == (0, 0)


@pytest.mark.parametrize("keywords", [{"strategy": "linear"}, {"strategy": "free"}, {"serial": 2}], ids=str)
def test_an_organization_whose_task_cannot_even_begin_fails_the_run(
    organizations: dict[str, Any], standin: StandIn, other: StandIn, offboard: Offboard, keywords: dict[str, Any]
) -> None:
    organizations["two"]["offboard_organization"] = "{{ 1 / 0 }}"
    organizations["three"] = host(standin)
    free = keywords.get("strategy") == "free"
    warnings = RUN_ONCE if free else ()
    run = offboard(BOB, organizations=organizations, play=keywords, extra_vars=KEYS, warnings=warnings)
    assert run.rc != 0
    facts = offboard.only()
    assert facts["state"] == "finished"
    assert statuses(facts)[BOB, "two"] == "not recorded"
    assert {statuses(facts)[BOB, name] for name in ("one", "three")} <= {"removed", "nothing to remove"}
    assert owned(standin, BOB) == 0
    assert other.requests == []


@pytest.mark.parametrize("keywords", [{}, {"serial": 1}, FREE], ids=str)
@pytest.mark.parametrize("skipped", ["one", "three"])
@pytest.mark.parametrize("how", ["when", "end_host"])
def test_an_organization_that_skips_the_role_hides_no_failure_of_another(
    organizations: dict[str, Any],
    standin: StandIn,
    other: StandIn,
    offboard: Offboard,
    keywords: dict[str, Any],
    skipped: str,
    how: str,
) -> None:
    other.faults.add("status", status=403, body="datadog", method="DELETE")
    organizations["three"] = host(standin)
    out = f"inventory_hostname == '{skipped}'"
    role = {"role": ROLE, "when": f"not ({out})"} if how == "when" else ROLE
    end = [{"name": "End", "ansible.builtin.meta": "end_host", "when": out}] if how == "end_host" else []
    in_batches = "serial" in keywords
    known = "one, two" if skipped == "one" else "two"
    warning = (
        f"Not all leavers are dealt with in {known}. The evidence is not finished, and the play does not fail, before"
    )
    run = offboard(
        BOB,
        organizations=organizations,
        play={**keywords, "roles": [role], "pre_tasks": end},
        extra_vars={**KEYS, "max_retries": 0},
        warnings=RUN_ONCE if keywords == FREE else (f"^{warning}",) if in_batches else (),
    )
    assert owned(other, BOB) > 0
    # Where the last batch skips the role, no task of it runs any more: all that can be done is the warning.
    assert run.rc != 0 or (in_batches and skipped == "three"), run.output
    for facts in offboard.runs():
        assert statuses(facts)[BOB, "two"] in ("failed", "not recorded")


@pytest.mark.parametrize(
    "keywords",
    [{"serial": 1, "order": "reverse_inventory"}, {"serial": 1, "strategy": "host_pinned"}, {"serial": 1}],
    ids=str,
)
def test_an_organization_that_fails_stops_none_that_comes_after_it(
    organizations: dict[str, Any], standin: StandIn, other: StandIn, offboard: Offboard, keywords: dict[str, Any]
) -> None:
    organizations = {"one": organizations["two"], "two": organizations["one"], "three": organizations["two"]}
    other.faults.add("status", status=403, body="datadog", method="DELETE")
    failing = ["one", "three"]
    batches = reversed(list(organizations)) if "order" in keywords else list(organizations)
    texts = []
    for host_name in list(batches)[:-1]:
        texts.append(f"^Not all leavers are dealt with in .*{host_name if host_name in failing else ''}")
    free = RUN_ONCE if keywords.get("strategy") else ()
    run = offboard(
        BOB, organizations=organizations, play=keywords, extra_vars={**KEYS, "max_retries": 0}, warnings=(*free, *texts)
    )
    assert run.rc != 0
    facts = offboard.only()
    assert facts["state"] == "finished"
    assert statuses(facts) == {(BOB, "one"): "failed", (BOB, "two"): "removed", (BOB, "three"): "failed"}
    assert (owned(standin, BOB), owned(other, BOB)) == (0, 6)


@pytest.mark.parametrize("keywords", [{}, {"serial": 1}], ids=str)
def test_two_runs_of_one_play_may_have_a_directory_each(
    organizations: dict[str, Any],
    standin: StandIn,
    other: StandIn,
    offboard: Offboard,
    tmp_path: Path,
    keywords: dict[str, Any],
) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    roles = [
        {"role": ROLE, "vars": {"offboard_leavers": who, "evidence": str(tmp_path / name)}}
        for name, who in (("first", BOB), ("second", NEIGHBOUR))
    ]
    run = offboard(
        None,
        organizations=organizations,
        play={**keywords, "roles": roles, "vars": KEYS},
        extra_vars={"offboard_report_dir": "{{ evidence }}"},
    )
    assert run.rc == 0, run.output
    assert [owned(server, who) for server in (standin, other) for who in (BOB, NEIGHBOUR)] == [0] * 4
    assert [len(list((tmp_path / name).glob("offboard-*/*.json"))) for name in ("first", "second")] == [1, 1]


@pytest.mark.parametrize("keywords", [{"serial": 1}, FREE], ids=str)
def test_a_directory_for_each_organization_is_refused(
    organizations: dict[str, Any],
    standin: StandIn,
    other: StandIn,
    offboard: Offboard,
    keywords: dict[str, Any],
    tmp_path: Path,
) -> None:
    for name, variables in organizations.items():
        (tmp_path / name).mkdir()
        variables["evidence"] = str(tmp_path / name)
    variables = {**KEYS, "offboard_report_dir": "{{ evidence }}"}
    warnings = RUN_ONCE if keywords == FREE else ()
    run = offboard(BOB, organizations=organizations, play=keywords, extra_vars=variables, warnings=warnings)
    assert run.rc != 0
    assert "offboard_report_dir is another one than that of the organizations before" in " ".join(run.output.split())
    assert owned(standin, BOB) + owned(other, BOB) > 0


def test_a_limit_leaves_the_others_alone(
    organizations: dict[str, Any], standin: StandIn, other: StandIn, offboard: Offboard
) -> None:
    run = offboard(BOB, organizations=organizations, arguments=("--limit", "one"), extra_vars=KEYS)
    assert run.rc == 0, run.output
    assert statuses(offboard.only()) == {(BOB, "one"): "removed"}
    assert owned(standin, BOB) == 0
    assert other.requests == []


def test_a_limit_that_leaves_no_organization_is_an_error(
    organizations: dict[str, Any], standin: StandIn, offboard: Offboard, tmp_path: Path
) -> None:
    inventory = tmp_path / "more.json"
    groups = {"web": {"hosts": {"web1": {}}}, "datadog_organizations": {"hosts": organizations}}
    inventory.write_text(json.dumps(groups))
    run = offboard(BOB, arguments=("-i", str(inventory), "--limit", "web"))
    assert run.rc != 0
    assert "--limit excludes all of its hosts" in run.output
    assert standin.requests == []
    inventory.write_text(json.dumps({"datadog_organizations": {"hosts": {}}}))
    run = offboard(BOB, arguments=("-i", str(inventory)))
    assert run.rc != 0
    assert standin.requests == []


def test_the_playbook_takes_leavers_of_the_inventory_and_those_of_the_command_line_go_first(
    organizations: dict[str, Any], offboard: Offboard
) -> None:
    for known in organizations.values():
        known.update(offboard_leavers=[BOB], offboard_ticket="HR-7")
    run = offboard(None, organizations=organizations, extra_vars=KEYS)
    assert run.rc == 0, run.output
    facts = offboard.only()
    assert (statuses(facts), facts["people"][0]["ticket"]) == (REMOVED, "HR-7")
    file = offboard.play.folder / "leavers.csv"
    file.write_text(f"email\n{BOB}\n")
    long = {**KEYS, "offboard_leavers_file": str(file)}
    assert offboard(None, organizations=organizations, extra_vars=long).rc == 0
    run = offboard(LEAVER, organizations=organizations, extra_vars={**KEYS, "ticket": "HR-8"}, warnings=ANN)
    assert run.rc == 0, run.output
    (person,) = offboard.runs()[-1]["people"]
    assert (person["leaver"], person["ticket"]) == (LEAVER, "HR-8")


def test_tags_of_the_play_leave_out_no_part_of_a_run(
    organizations: dict[str, Any], standin: StandIn, other: StandIn, offboard: Offboard
) -> None:
    run = offboard(BOB, organizations=organizations, arguments=("--tags", "something"), extra_vars=KEYS)
    assert run.rc == 0, run.output
    assert statuses(offboard.only()) == REMOVED
    assert (owned(standin, BOB), owned(other, BOB)) == (0, 0)


def test_an_organization_that_is_given_other_leavers_removes_nothing(
    organizations: dict[str, Any], other: StandIn, offboard: Offboard
) -> None:
    for name, leaver in (("one", BOB), ("two", LEAVER)):
        organizations[name]["offboard_leavers"] = [leaver]
    run = offboard(None, organizations=organizations, play={}, extra_vars=KEYS)
    assert run.rc != 0
    assert any("other leavers" in str(one.result["msg"]) for one in run.failures)
    assert other.requests == []
    assert statuses(offboard.only()) == {(BOB, "one"): "removed", (BOB, "two"): "not recorded"}


def test_an_organization_that_is_given_other_kinds_removes_nothing(
    organizations: dict[str, Any], other: StandIn, offboard: Offboard
) -> None:
    organizations["two"]["offboard_credentials"] = ["application_keys"]
    run = offboard(BOB, organizations=organizations)
    assert run.rc != 0
    assert any("kinds of credentials" in str(one.result["msg"]) for one in run.failures)
    assert other.requests == []
    assert statuses(offboard.only()) == {(BOB, "one"): "removed", (BOB, "two"): "not recorded"}


def test_a_key_that_appears_while_tokens_are_removed_fails_the_run(standin: StandIn, offboard: Offboard) -> None:
    standin.faults.add("actor", endpoint="v2.token.delete", times=1, add_key={"owner": BOB, "name": "brand new"})
    run = offboard(BOB)
    assert run.rc != 0
    assert owned(standin, BOB) == 1
    assert statuses(offboard.only()) == {(BOB, "Datadog"): "failed"}
    assert "It appeared while this task ran" in said(run)


def test_the_modules_can_run_on_another_host(
    organizations: dict[str, Any], standin: StandIn, offboard: Offboard, tmp_path: Path
) -> None:
    inventory = tmp_path / "more.json"
    python = "{{ ansible_playbook_python }}"
    groups = {
        "datadog_organizations": {"hosts": {"one": organizations["one"]}},
        "gateways": {
            "hosts": {
                "gateway": {"ansible_connection": "elsewhere", "ansible_python_interpreter": python},
                "gone": {"ansible_host": "127.0.0.1", "ansible_port": 9},
            }
        },
    }
    inventory.write_text(json.dumps(groups))
    env = {"ANSIBLE_CONNECTION_PLUGINS": str(CALLBACKS.parent / "connection_plugins")}
    options = {"arguments": ("-i", str(inventory)), "env": env}
    run = offboard(BOB, extra_vars={**KEYS, "offboard_run_on": "gone"}, **options)
    assert run.rc != 0
    assert statuses(offboard.only()) == {(BOB, "one"): "failed"}
    assert standin.requests == []
    # The group's variable alone says so; Ansible must not look for it among those of the gateway.
    groups["datadog_organizations"]["vars"] = {"offboard_run_on": "gateway"}
    inventory.write_text(json.dumps(groups))
    run = offboard(BOB, extra_vars=KEYS, **options)
    assert run.rc == 0, run.output
    assert owned(standin, BOB) == 0
    # The one journal was written there, and came here.
    home = offboard.directory / offboard.runs()[-1]["run_id"]
    (here,), (there,) = home.glob("journals/*"), run.home.glob(f".ansible/tmp/offboard-journals/{home.name}/*")
    assert here.read_bytes() == there.read_bytes()


def test_a_plan_that_was_approved_is_carried_out_in_its_organizations_only(
    organizations: dict[str, Any], standin: StandIn, other: StandIn, offboard: Offboard
) -> None:
    assert offboard(BOB, organizations=organizations, check=True, extra_vars=KEYS).rc == 0
    plan = str(offboard.file("json"))
    approved = {**KEYS, "offboard_plan": plan}
    before = len(standin.requests) + len(other.requests)
    for leavers, only in ((LEAVER, ()), (BOB, ("--limit", "one"))):
        run = offboard(leavers, organizations=organizations, extra_vars=approved, arguments=only)
        assert run.rc != 0
        assert "is for other" in run.failures[-1].result["msg"]
    assert len(standin.requests) + len(other.requests) == before
    late = other.organization.add_key(other.organization.keys_of(BOB)[0].owner_id, name="later")
    run = offboard(BOB, organizations=organizations, extra_vars=approved)
    assert run.rc != 0
    assert statuses(offboard.runs()[-1]) == {(BOB, "one"): "removed", (BOB, "two"): "failed"}
    assert owned(standin, BOB) == 0
    assert late.id in other.organization.keys
    assert owned(other, BOB) == 7
    assert offboard.runs()[-1]["approved_plan"]["run_id"] == offboard.runs()[0]["run_id"]


@pytest.mark.parametrize("planned", ["one", "two"])
def test_a_plan_that_only_one_organization_was_given_stops_before_the_other_one_removes_anything(
    organizations: dict[str, Any], standin: StandIn, other: StandIn, offboard: Offboard, planned: str
) -> None:
    assert offboard(BOB, organizations=organizations, check=True, extra_vars=KEYS).rc == 0
    organizations[planned]["offboard_plan"] = str(offboard.file("json"))
    run = offboard(BOB, organizations=organizations, extra_vars=KEYS)
    assert run.rc != 0
    assert any("another approved plan" in str(one.result["msg"]) for one in run.failures)
    # The organization that started the run decides what it is about, so only the other one is stopped.
    assert owned(other, BOB) == 6
    assert statuses(offboard.runs()[-1])[(BOB, "two")] == "not recorded"


def start(offboard: Offboard, leavers: str, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    """The playbook under way, with further arguments of ansible-playbook."""
    variables = {"leavers": leavers, "offboard_report_dir": str(offboard.directory), **KEYS, **more}
    return subprocess.Popen(
        ["ansible-playbook", PLAYBOOK, "-e", json.dumps(variables), *arguments],
        cwd=offboard.play.folder,
        env=offboard.play.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def descendants(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that a play has started, and those that they have. Its workers have sessions of their own."""
    found, below = [], [process.pid]
    while below:
        pid = below.pop()
        with contextlib.suppress(OSError):
            children = list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()))
            found += children
            below += children
    return found


def kill(process: subprocess.Popen[bytes], all_of_it: bool) -> None:
    """End the play, or the play with its workers and modules, at once."""
    for pid in [process.pid, *(descendants(process) if all_of_it else [])]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def expected(standin: StandIn) -> tuple[str, ...]:
    """What the module warns of, with the keys that are left."""
    recent = {"09b992c7", "6db2494c"}
    used = any(key.id[:8] in recent for key in standin.organization.keys_of(LEAVER))
    return ANN if used else ANN[:1]


def quiet(standin: StandIn) -> None:
    """Wait until nobody asks the server any more."""
    deadline, count = time.monotonic() + 60, -1
    while count != len(standin.requests):
        assert time.monotonic() < deadline, "somebody goes on asking"
        count = len(standin.requests)
        time.sleep(1)


@pytest.mark.parametrize(
    "seed", [1, 2, pytest.param(3, marks=pytest.mark.full), pytest.param(4, marks=pytest.mark.full)]
)
def test_a_run_that_is_killed_names_all_that_it_touched_and_the_next_one_settles_it(
    standin: StandIn, offboard: Offboard, seed: int
) -> None:
    chance = random.Random(seed)
    standin.latency = 0.05
    goal = chance.randrange(1, LEAVER_KEYS)
    process = start(offboard, LEAVER)
    try:
        deadline = time.monotonic() + 90
        while len(standin.organization.deleted) < goal and process.poll() is None:
            assert time.monotonic() < deadline, "nothing was ever deleted"
            time.sleep(0.01)
    finally:
        kill(process, all_of_it=bool(seed % 2))
    quiet(standin)
    standin.latency = 0
    gone = {one.id for one in standin.organization.deleted}
    assert gone
    facts = offboard.only()
    assert (facts["state"], statuses(facts)) == ("running", {(LEAVER, "localhost"): "not recorded"})
    assert "Not finished" in offboard.file("html").read_text()
    before = {path: path.read_bytes() for path in offboard.directory.glob("offboard-*/**/*") if path.is_file()}

    # Which of the keys that are left were used lately, the module only says if one was.
    run = offboard(LEAVER, extra_vars=KEYS, warnings=expected(standin))
    assert run.rc == 0, run.output
    assert owned(standin) == 0
    again = offboard.runs()[-1]
    told = {row["id"]: row for row in again["earlier"]}
    # Everything that is gone because of the first run is named, and nothing is called gone that was not.
    assert gone <= set(told)
    for key, row in told.items():
        assert row["run_id"] == facts["run_id"]
        assert row["settled"] == ("gone" if key in gone else "deleted in this run"), row
    assert f"The earlier run {facts['run_id']} has not finished" in said(run)
    # No run changes the files of another one.
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="finds processes in /proc")
@pytest.mark.parametrize("vault", [False, True], ids=["plain", "vault"])
def test_a_run_that_is_killed_leaves_no_credentials_on_disk(
    standin: StandIn, offboard: Offboard, tmp_path: Path, vault: bool
) -> None:
    standin.latency = 0.05
    arguments: list[str] = []
    if vault:  # a whole file of extra variables, which Ansible decrypts in memory
        (tmp_path / "password").write_text("example")
        file = offboard.play.folder / "vault.yml"
        vault_secret = VaultSecret(b"example")
        file.write_bytes(VaultLib([("default", vault_secret)]).encrypt(json.dumps(host(standin)), vault_secret))
        arguments = ["-e", f"@{file}", "--vault-password-file", str(tmp_path / "password")]
    process = start(offboard, LEAVER, *arguments, **({} if vault else host(standin)))
    try:
        deadline = time.monotonic() + 90
        while not standin.organization.deleted and process.poll() is None:
            assert time.monotonic() < deadline, "nothing was ever deleted"
            time.sleep(0.01)
    finally:
        kill(process, all_of_it=True)
    quiet(standin)
    assert 0 < owned(standin) < LEAVER_KEYS
    files = {path: path.read_bytes() for path in offboard.play.folder.rglob("*") if path.is_file()}
    assert any("ansible-local" in str(path) for path in files)
    secrets = (API_KEY.encode(), APP_KEY.encode())
    assert [path for path, content in files.items() if any(secret in content for secret in secrets)] == []


def modules_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes of a play that run a module: a Python that reads its program from standard input."""
    found = []
    for pid in descendants(process):
        with contextlib.suppress(OSError):
            program, *arguments = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            if os.path.basename(program).startswith(b"python") and not arguments:
                found.append(pid)
    return found


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="finds processes in /proc")
def test_a_module_that_is_killed_hides_nothing_that_it_did_from_the_evidence(
    standin: StandIn, offboard: Offboard
) -> None:
    standin.latency = 0.05
    process = start(offboard, LEAVER)
    try:
        deadline = time.monotonic() + 90
        while len(standin.organization.deleted) < 5 and process.poll() is None:
            assert time.monotonic() < deadline, "nothing was ever deleted"
            time.sleep(0.01)
        modules = modules_of(process)
        assert modules
        for pid in modules:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert process.wait(120) != 0
    finally:
        kill(process, all_of_it=True)
    gone = {one.id for one in standin.organization.deleted}
    assert 5 <= len(gone) < LEAVER_KEYS
    facts = offboard.only()
    assert (facts["state"], statuses(facts)) == ("finished", {(LEAVER, "Datadog"): "failed"})
    rows = {row["id"]: row for row in facts["credentials"]}
    assert len(rows) == LEAVER_KEYS
    # All that is gone was sent, and nothing that is there is said to be gone.
    assert {rows[key]["outcome"] for key in gone} <= {"deleted", "unknown"}
    assert all(rows[key]["requested_at"] for key in gone)
    assert {key for key, row in rows.items() if row["outcome"] == "deleted"} <= gone
    assert "The journal shows: " in facts["leavers"][0]["message"]


def test_a_task_that_runs_out_of_time_leaves_its_journal(standin: StandIn, offboard: Offboard) -> None:
    standin.latency = 0.3
    defaults = {"group/keywarden.datadog.datadog": {"concurrency": 1}}
    play = {"hosts": "localhost", "timeout": 10, "module_defaults": [defaults]}
    run = offboard(LEAVER, play=play, extra_vars=KEYS)
    assert run.rc != 0
    assert [one for one in run.failures if one.task == RECORD]
    quiet(standin)
    facts = offboard.only()
    gone = {one.id for one in standin.organization.deleted}
    assert facts["state"] == "finished"
    assert statuses(facts) == {(LEAVER, "localhost"): "not recorded"}
    assert 0 < len(gone) < LEAVER_KEYS
    assert gone <= {row["id"] for row in facts["credentials"] if row["requested_at"]}
    assert "No result was recorded" in said(run)


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("how", ["include_role", "roles", "play"])
def test_check_mode_of_the_role_alone_is_an_error_that_says_what_to_do(
    standin: StandIn, offboard: Offboard, check: bool, how: str
) -> None:
    keyword = {"check_mode": not check}
    play: dict[str, Any] = {"hosts": "localhost"}
    if how == "include_role":
        role = {"name": ROLE, "apply": keyword}
        play.update(roles=[], tasks=[{"name": "Offboard", "ansible.builtin.include_role": role}])
    elif how == "roles":
        play.update(roles=[{"role": ROLE, **keyword}])
    else:
        play.update(keyword)
    run = offboard([LEAVER], play=play, check=check)
    assert run.rc != 0
    assert "a run is a plan with --check, and removes without it" in said(run)
    assert list(statuses(offboard.only()).values()) == ["failed"]
    assert owned(standin) == LEAVER_KEYS
    assert standin.requests == []
