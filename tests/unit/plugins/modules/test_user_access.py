# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""datadog_user_access: both kinds in one task, each as its own module does it, and neither in the other's way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.keywarden.datadog.plugins.module_utils import _access_removal
from ansible_collections.keywarden.datadog.plugins.module_utils._api import retry
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.journal import Journal, JournalError
from ansible_collections.keywarden.datadog.plugins.modules import datadog_user_access
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import ModuleRun, Modules, deletes
from ansible_collections.keywarden.datadog.tests.standin import (
    APP_KEY,
    LEAVER,
    LEAVER_KEYS,
    LEAVER_TOKENS,
    NEIGHBOUR,
    NO_PERMISSION_APP_KEY,
    NOBODY,
    OPERATOR,
    PLAIN_USER_APP_KEY,
    READ_ONLY_APP_KEY,
    SECOND_LEAVER,
    SERVICE_TOKEN,
    Organization,
    StandIn,
)
from pytest_mock import MockerFixture

KINDS = ("application_keys", "access_tokens")
BOB = SECOND_LEAVER


def there(standin: StandIn, user: str = BOB) -> tuple[int, int]:
    """How many keys and tokens somebody has on the server."""
    return len(standin.organization.keys_of(user)), len(standin.organization.tokens_of(user))


def outcomes(run: ModuleRun) -> dict[str, dict[str, int]]:
    """How many of each kind have which outcome."""
    told = {kind: run.result[kind]["counts"] for kind in KINDS if run.result[kind]}
    return {kind: {outcome: n for outcome, n in counts.items() if n} for kind, counts in told.items()}


def lines(path: Path) -> list[dict[str, Any]]:
    """A journal."""
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def lookups(standin: StandIn) -> list[Mapping[str, Any]]:
    """The requests that look users up."""
    return [sent for sent in standin.requests if sent.endpoint == "v2.users.list"]


# Check, real, again


def test_both_kinds_are_predicted_removed_and_then_absent(modules: Modules, standin: StandIn) -> None:
    keys, tokens = there(standin)
    assert keys
    assert tokens
    rehearsal = modules.remove_access(user=BOB, check=True, diff=True)
    assert (rehearsal.failed, rehearsal.changed, there(standin)) == (False, True, (keys, tokens))
    assert deletes(standin) == []
    real = modules.remove_access(user=BOB, diff=True)
    assert (real.failed, real.changed, there(standin)) == (False, True, (0, 0))
    assert outcomes(real) == {"application_keys": {"deleted": keys}, "access_tokens": {"deleted": tokens}}
    for part in ("application_keys", "access_tokens"):
        for same in ("counts", "owners", "listing", "changed"):
            assert rehearsal.result[part][same] == real.result[part][same]
    assert rehearsal.result["diff"] == real.result["diff"]
    assert [len(rows) for rows in real.result["diff"]["before"].values()] == [keys, tokens]
    assert set(real.result["diff"]["after"]) == set(KINDS)
    again = modules.remove_access(user=BOB)
    assert (again.failed, again.changed) == (False, False)
    assert outcomes(again) == {"application_keys": {}, "access_tokens": {}}
    assert all(owner["complete"] for kind in KINDS for owner in again.result[kind]["owners"])


def test_each_part_is_what_the_single_module_returns(modules: Modules) -> None:
    both = modules.remove_access(user=[BOB, LEAVER], check=True).result
    keys = modules.remove(owner=[BOB, LEAVER], check=True).result
    tokens = modules.remove_tokens(owner=[BOB, LEAVER], check=True).result
    for part, single in ((both["application_keys"], keys), (both["access_tokens"], tokens)):
        assert part == {name: single[name] for name in part}
        assert {"counts", "owners", "listing", "changed"} < set(part)
    assert (both["caller"], both["organization"]) == (keys["caller"], keys["organization"])


@pytest.mark.parametrize("options", [{}, {"app_key": "f" * 40}, {"api_key": None}, {"timeout": 0}, {"user": [" "]}])
def test_every_result_is_documented_and_comes_on_failure_too(modules: Modules, options: dict[str, Any]) -> None:
    run = modules.remove_access(**{"user": BOB, "check": True, **options})
    assert run.failed is bool(options)
    documented = yaml.safe_load(datadog_user_access.RETURN)
    assert set(run.result) - {"changed", "invocation", "failed", "msg"} == set(documented)
    for name in (*KINDS, "remains"):
        if run.result[name]:
            assert set(run.result[name]) - {"failed", "msg"} == set(documented[name]["contains"])


# The kinds share what they need, and nothing else


def test_leavers_are_looked_up_once_for_all_kinds_and_for_what_remains(modules: Modules, standin: StandIn) -> None:
    run = modules.remove_access(user=[BOB, LEAVER, NEIGHBOUR])
    assert not run.failed
    assert len(run.result["remains"]["users"]) == 3
    assert len(lookups(standin)) == 3
    assert sum(sent.endpoint == "v2.current_user" for sent in standin.requests) == 1


def test_hundreds_of_leavers_take_one_reading_of_the_list_of_users(modules: Modules, standin: StandIn) -> None:
    owners = {f"user{number:04}@example.com": 1 for number in range(2000)}
    standin.reset(Organization.generated(len(owners) + 1, owners))
    leavers = [f"leaver{number:04}@example.com" for number in range(450)] + list(owners)[:3]
    run = modules.remove_access(user=leavers, missing_user="report")
    assert not run.failed
    assert outcomes(run)["application_keys"] == {"deleted": 3}
    assert len(lookups(standin)) <= 60
    assert [row["query"] for row in run.result["remains"]["users"]] == leavers[450:]


def test_keys_that_appear_while_keys_and_tokens_are_removed_have_a_row_each(modules: Modules, standin: StandIn) -> None:
    """The listing that verifies shows the first one, and the one of what remains shows both."""
    for endpoint in ("v2.key.delete", "v2.token.delete"):
        standin.faults.add("actor", endpoint=endpoint, times=1, add_key={"owner": BOB, "name": "brand new"})
    run = modules.remove_access(user=BOB)
    rows = run.result["application_keys"]["application_keys"]
    appeared = [row["id"] for row in rows if row["outcome"] == "skipped"]
    assert run.failed
    assert sorted(appeared) == sorted(key.id for key in standin.organization.keys_of(BOB))
    assert (len(appeared), len(rows)) == (2, 8)


@pytest.mark.parametrize("had", [True, False], ids=["had keys", "had no key"])
def test_a_key_that_appears_while_tokens_are_removed_fails_the_task(
    modules: Modules, standin: StandIn, had: bool
) -> None:
    if not had:
        modules.remove_access(user=BOB, credentials=["application_keys"])
    kept = standin.organization.tokens_of(BOB)[0].id
    add = {"owner": BOB, "name": "brand new"}
    standin.faults.add("actor", endpoint="v2.token.delete", times=1, add_key=add)
    rehearsal = modules.remove_access(user=BOB, check=True)
    run = modules.remove_access(user=[BOB, LEAVER], keep=[kept])
    (key,) = standin.organization.keys_of(BOB)
    assert (rehearsal.failed, run.failed, run.result["access_tokens"].get("failed")) == (False, True, None)
    (row,) = [row for row in run.result["application_keys"]["application_keys"] if row["id"] == key.id]
    assert (row["outcome"], row["owner"]["id"]) == ("skipped", key.owner_id)
    assert "appeared while this task ran" in run.msg
    assert run.result["application_keys"]["counts"]["skipped"] == 1
    assert key.id not in deletes(standin)


def test_an_account_that_is_disabled_meanwhile_is_reported_as_it_is_now(modules: Modules, standin: StandIn) -> None:
    bob = standin.organization.find_user(BOB)
    standin.faults.add("actor", method="DELETE", times=1, call=lambda organization: organization.disable_user(bob.id))
    run = modules.remove_access(user=BOB)
    (row,) = run.result["remains"]["users"]
    assert row["user"]["disabled"] is True
    assert run.result["application_keys"]["owners"][0]["disabled"] is False


@pytest.mark.parametrize("broken", KINDS)
def test_a_kind_that_cannot_be_listed_leaves_the_other_one_to_be_removed(
    modules: Modules, standin: StandIn, broken: str
) -> None:
    # Whether tokens can be believed takes a listing of keys, too; so only the first one of keys fails.
    fault = {"endpoint": "v2.keys.list", "times": 1} if broken == KINDS[0] else {"endpoint": "v2.tokens.list"}
    standin.faults.add("status", status=400, **fault)
    keys, tokens = there(standin)
    run = modules.remove_access(user=BOB)
    assert (run.failed, run.changed) == (True, True)
    assert there(standin) == ((keys, 0) if broken == KINDS[0] else (0, tokens))
    assert run.result[broken]["failed"]
    assert run.result[broken]["msg"] in run.msg
    assert run.result[broken]["owners"][0]["complete"] is False


@pytest.mark.parametrize(
    ("endpoint", "noun"), [("v2.key.delete", "Application keys: "), ("v2.token.delete", "Access tokens: ")]
)
def test_a_kind_that_may_not_be_deleted_leaves_the_other_one_to_be_removed(
    modules: Modules, standin: StandIn, endpoint: str, noun: str
) -> None:
    keys, tokens = there(standin)
    standin.faults.add("status", endpoint=endpoint, status=403, body="datadog")
    run = modules.remove_access(user=BOB)
    assert (run.failed, run.changed) == (True, True)
    assert there(standin) == ((keys, 0) if endpoint == "v2.key.delete" else (0, tokens))
    assert run.msg.startswith(noun)
    assert run.result["remains"]["users"][0]["status"] == "resolved"


def test_a_defect_in_one_kind_is_a_sentence_and_stops_no_other(
    modules: Modules, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    _keys, tokens = there(standin)

    def broken(*_arguments: Any, **_options: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(_access_removal.KeyRemoval, "remove", broken)
    run = modules.remove_access(user=BOB)
    assert run.failed
    assert "This is a defect of the collection: RuntimeError" in run.result["application_keys"]["msg"]
    assert "a secret" not in run.output
    assert outcomes(run)["access_tokens"] == {"deleted": tokens}
    assert standin.organization.tokens_of(BOB) == []


def test_whoever_interrupts_the_task_stops_the_kinds_that_are_still_to_come(
    modules: Modules, standin: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = there(standin)

    def interrupted(*_arguments: Any, **_options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_access_removal.KeyRemoval, "remove", interrupted)
    run = modules.remove_access(user=BOB, journal=str(tmp_path / "journal"))
    assert run.failed
    assert "interrupted" in run.msg
    assert (run.result["access_tokens"], run.result["remains"]) == (None, None)
    assert (deletes(standin), there(standin)) == ([], before)
    assert lines(tmp_path / "journal")[-1]["msg"] == run.msg


def test_what_still_waited_to_be_removed_when_the_task_was_interrupted_is_told_as_skipped(
    modules: Modules, standin: StandIn, mocker: MockerFixture, tmp_path: Path
) -> None:
    keys, _tokens = there(standin)
    standin.limit_mutations(1, 600)
    mocker.patch.object(retry.Waits, "sleep", side_effect=KeyboardInterrupt)
    run = modules.remove_access(user=BOB, max_wait=3600, concurrency=1, journal=str(tmp_path / "journal"))
    assert run.failed
    assert there(standin)[0] == keys - 1
    sent, waited, *others = run.result["application_keys"]["application_keys"]
    assert (sent["outcome"], sent["status_code"]) == ("unknown", 204)
    assert (waited["outcome"], waited["requested_at"]) == ("skipped", None)
    assert waited["message"] == "Not deleted: The task was interrupted."
    assert {row["outcome"] for row in others} == {"skipped"}
    journal = lines(tmp_path / "journal")
    assert [line["reason"] for line in journal if line["event"] == "stopped"] == ["The task was interrupted."]
    assert [line["id"] for line in journal if line["event"] == "outcome"] == [waited["id"]]


def test_what_is_wrong_with_all_kinds_is_said_once(modules: Modules, standin: StandIn) -> None:
    run = modules.remove_access(user=["nobody@example.org"])
    assert run.failed
    assert run.msg.count("is not known on") == 1
    assert run.msg.endswith("To accept an unknown owner, set missing_user: report.")
    assert not run.changed
    assert deletes(standin) == []


def test_credentials_that_are_refused_are_not_tried_again_for_the_next_kind(modules: Modules, standin: StandIn) -> None:
    single = modules.remove(owner=BOB, app_key="f" * 40)
    once = len(standin.requests)
    run = modules.remove_access(user=BOB, app_key="f" * 40)
    assert (single.failed, run.failed) == (True, True)
    assert len(standin.requests) - once == once
    assert run.result["remains"] == {"users": [], "not_seen": []}


# Options


def test_only_the_kinds_that_are_named_are_removed(modules: Modules, standin: StandIn) -> None:
    keys, _tokens = there(standin)
    run = modules.remove_access(user=BOB, credentials=["access_tokens"])
    assert not run.failed
    assert run.result["application_keys"] is None
    assert there(standin) == (keys, 0)
    # What remains tells of it.
    assert len(run.result["remains"]["users"][0]["application_keys"]) == keys
    assert modules.remove_access(user=BOB, credentials=[]).msg.startswith("credentials is empty.")


def test_only_and_keep_take_ids_of_both_kinds(modules: Modules, standin: StandIn) -> None:
    organization = standin.organization
    mine = [one.id for one in [*organization.keys_of(BOB), *organization.tokens_of(BOB)]]
    tokens = [token.id for token in organization.tokens_of(BOB)]
    run = modules.remove_access(user=BOB, only=[])
    assert run.failed
    assert deletes(standin) == []
    run = modules.remove_access(user=BOB, only=tokens)
    assert run.result["application_keys"]["failed"]
    assert "failed" not in run.result["access_tokens"]
    assert there(standin) == (6, 0)
    late = organization.add_token(organization.find_user(BOB).id, name="late")
    run = modules.remove_access(user=BOB, only=mine, keep=mine[:1])
    assert there(standin) == (1, 1)
    assert late.id in organization.tokens
    assert outcomes(run)["application_keys"] == {"deleted": 5, "kept": 1}
    assert run.result["access_tokens"]["failed"]


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"max_keys": 2}, (6, 0)),
        ({"max_tokens": 0}, (0, None)),
        ({"max_keys": 0, "max_tokens": 0}, (6, None)),
    ],
)
def test_a_limit_holds_back_its_own_kind(
    modules: Modules, standin: StandIn, options: dict[str, int], left: tuple[int, int | None]
) -> None:
    keys, tokens = there(standin)
    run = modules.remove_access(user=BOB, **options)
    assert run.failed
    assert there(standin) == (keys if left[0] else 0, tokens if left[1] is None else 0)


def test_guards_on_uses_and_managed_keys_hold_in_one_task(modules: Modules, standin: StandIn) -> None:
    ann = standin.organization.find_user(LEAVER).id
    managed = standin.organization.add_key(ann, name="Some Integration - Datadog Managed - ann@example.com")
    run = modules.remove_access(user=LEAVER, refuse_used_within="7d")
    assert run.failed
    assert there(standin, LEAVER) == (LEAVER_KEYS + 1, LEAVER_TOKENS)
    assert deletes(standin) == []
    run = modules.remove_access(user=LEAVER)
    assert run.result["application_keys"]["counts"]["refused"] == 1
    assert [key.id for key in standin.organization.keys_of(LEAVER)] == [managed.id]
    assert standin.organization.tokens_of(LEAVER) == []
    assert not modules.remove_access(user=LEAVER, managed_keys="delete").failed
    assert there(standin, LEAVER) == (0, 0)


def test_somebody_unknown_can_be_tolerated_and_the_others_are_dealt_with(modules: Modules, standin: StandIn) -> None:
    run = modules.remove_access(user=[NOBODY, BOB], missing_user="report")
    assert not run.failed
    assert there(standin) == (0, 0)
    for kind in KINDS:
        assert [owner["status"] for owner in run.result[kind]["owners"]] == ["unknown", "resolved"]
    assert [row["query"] for row in run.result["remains"]["users"]] == [BOB]


def test_an_email_never_selects_the_service_account_that_shares_it(modules: Modules, standin: StandIn) -> None:
    users = standin.organization.users.values()
    account = next(user for user in users if user.email == LEAVER and user.service_account)
    before = there(standin, account.id)
    run = modules.remove_access(user=LEAVER)
    assert not run.failed
    assert there(standin, account.id) == before
    assert len(run.warnings) == len(set(run.warnings))
    assert not modules.remove_access(user=account.id).failed
    assert there(standin, account.id) == (0, 0)


@pytest.mark.parametrize(
    "options",
    [{"user": []}, {"user": ["a b"]}, {"keep": ["x"]}, {"only": ["x"]}, {"refuse_used_within": "soon"}],
    ids=str,
)
def test_an_option_that_cannot_be_meant_fails_before_any_request_or_file(
    modules: Modules, standin: StandIn, tmp_path: Path, options: dict[str, Any]
) -> None:
    run = modules.remove_access(**{"user": BOB, "journal": str(tmp_path / "journal"), **options})
    assert run.failed
    assert (run.result["application_keys"], run.result["access_tokens"]) == (None, None)
    assert standin.requests == []
    assert list(tmp_path.iterdir()) == []


# The credentials of the task


def test_the_key_of_the_task_goes_after_the_other_kind_and_only_where_asked(modules: Modules, standin: StandIn) -> None:
    operator = standin.organization.find_user(OPERATOR).id
    own = next(key.id for key in standin.organization.keys_of(operator) if key.secret == APP_KEY)
    before = there(standin, operator)
    run = modules.remove_access(user=operator)
    assert run.result["application_keys"]["failed"]
    assert there(standin, operator) == (before[0], 0)
    standin.organization.add_token(operator, name="another", kind="service")
    run = modules.remove_access(user=operator, allow_self=True, managed_keys="delete")
    assert there(standin, operator) == (0, 0)
    assert deletes(standin)[-1] == own
    # With the key gone nothing more can be read, which is no failure.
    assert not run.failed, run.msg
    (row,) = run.result["remains"]["users"]
    assert {seen["status"] for seen in row["seen"].values()} == {"failed"}


def test_the_key_of_the_task_stays_where_the_other_kind_was_not_dealt_with(modules: Modules, standin: StandIn) -> None:
    operator = standin.organization.find_user(OPERATOR).id
    own = next(key for key in standin.organization.keys_of(operator) if key.secret == APP_KEY)
    run = modules.remove_access(user=operator, allow_self=True, max_tokens=0)
    assert run.failed
    assert [key.id for key in standin.organization.keys_of(operator)] == [own.id]
    (row,) = [one for one in run.result["application_keys"]["application_keys"] if one["id"] == own.id]
    assert (row["outcome"], "this task runs with" in row["message"]) == ("skipped", True)


def test_the_token_of_the_task_goes_last(modules: Modules, standin: StandIn) -> None:
    operator = standin.organization.find_user(OPERATOR).id
    run = modules.remove_access(user=operator, allow_self=True, app_key=SERVICE_TOKEN, api_key=None)
    assert there(standin, operator) == (0, 0)
    assert [row["outcome"] for row in run.result["application_keys"]["application_keys"]].count("deleted")
    assert len(deletes(standin)) >= 2
    last = [sent for sent in standin.requests if sent.method == "DELETE"][-1]
    assert "token" in last.endpoint


def test_credentials_that_see_half_remove_no_tokens(modules: Modules, standin: StandIn) -> None:
    standin.organization.find_user("carol@example.com").permissions.append("user_access_read")
    before = there(standin)
    run = modules.remove_access(user=BOB, app_key=PLAIN_USER_APP_KEY)
    assert run.failed
    assert "org_app_keys_read" in run.result["access_tokens"]["msg"]
    assert there(standin) == before


@pytest.mark.parametrize("secret", [READ_ONLY_APP_KEY, NO_PERMISSION_APP_KEY])
def test_missing_permissions_fail_both_kinds_and_delete_nothing(
    modules: Modules, standin: StandIn, secret: str
) -> None:
    before = there(standin)
    run = modules.remove_access(user=BOB, app_key=secret)
    assert (run.failed, run.changed, there(standin)) == (True, False, before)


# What remains


@pytest.mark.parametrize("endpoint", ["v2.api_keys.list", "v2.oauth.clients.list", "v2.user.get"])
def test_what_remains_and_cannot_be_seen_does_not_fail_the_task(
    modules: Modules, standin: StandIn, endpoint: str
) -> None:
    standin.faults.add("status", endpoint=endpoint, status=403, body="datadog")
    run = modules.remove_access(user=BOB)
    assert not run.failed, run.msg
    assert there(standin) == (0, 0)
    told = run.result["remains"]
    assert told["not_seen"] or told["users"][0]["message"]


def test_remains_that_cannot_be_read_at_all_do_not_fail_the_task(
    modules: Modules, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(_access_removal.UserAccess, "read", broken)
    run = modules.remove_access(user=BOB)
    assert (run.failed, run.changed, there(standin)) == (False, True, (0, 0))
    assert run.result["remains"]["failed"]
    assert "defect of the collection" in run.result["remains"]["msg"]
    assert "a secret" not in run.output


def test_what_remains_is_not_read_where_nobody_wants_it(modules: Modules, standin: StandIn) -> None:
    run = modules.remove_access(user=BOB, remains=False)
    assert not run.failed
    assert run.result["remains"] is None
    assert not [sent for sent in standin.requests if sent.endpoint.startswith(("v2.api_keys", "v2.oauth"))]


# The journal


def test_one_journal_tells_of_each_kind_before_its_deletes(modules: Modules, standin: StandIn, tmp_path: Path) -> None:
    keys, tokens = there(standin)
    path = tmp_path / "journal"
    seen: list[tuple[str, ...]] = []

    def look(_organization: Any) -> None:
        seen.append(tuple(line["kind"] for line in lines(path) if line["event"] == "plan"))

    standin.faults.add("actor", method="DELETE", call=look)
    run = modules.remove_access(user=[BOB, NOBODY], missing_user="report", journal=str(path))
    assert not run.failed
    key, token = ("application key",) * 2, ("access token",) * 2
    assert Counter(seen) == {key: keys, (*key, *token): tokens}
    told = lines(path)
    assert [line["event"] for line in told].count("start") == 1
    assert (told[0]["event"], told[0]["caller"]["email"]) == ("start", OPERATOR)
    assert (told[-1]["event"], told[-1]["failed"]) == ("end", False)
    gone = {one.id for one in standin.organization.deleted}
    assert {line["id"] for line in told if line["event"] == "request"} == gone
    assert {line["outcome"] for line in told if line["event"] == "outcome"} == {"deleted"}
    assert APP_KEY not in path.read_text()


def test_a_journal_that_cannot_be_made_keeps_both_kinds_and_asks_nothing(
    modules: Modules, standin: StandIn, tmp_path: Path
) -> None:
    (tmp_path / "journal").write_text("of an earlier run")
    before = there(standin)
    run = modules.remove_access(user=BOB, journal=str(tmp_path / "journal"))
    assert run.failed
    assert "already exists" in run.msg
    assert (standin.requests, there(standin)) == ([], before)


def test_a_journal_that_breaks_in_the_first_kind_stops_the_second_one_too(
    modules: Modules, standin: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = there(standin)
    request = Journal.request

    def full(journal: Journal, row: Any) -> None:
        journal.problem = "The journal could not be written (No space left on device)."
        raise JournalError(journal.problem)

    monkeypatch.setattr(Journal, "request", full)
    run = modules.remove_access(user=BOB, journal=str(tmp_path / "journal"))
    monkeypatch.setattr(Journal, "request", request)
    assert run.failed
    assert there(standin) == before
    assert outcomes(run) == {"application_keys": {"skipped": before[0]}, "access_tokens": {"skipped": before[1]}}
    assert "It is not complete" in run.msg or "No space left" in run.msg
