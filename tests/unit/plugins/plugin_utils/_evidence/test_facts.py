# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What evidence says of a leaver: only what the result of the task shows counts as dealt with."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import plan as plans
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import facts as evidence
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import summary, verdicts
from ansible_collections.keywarden.datadog.tests.helpers.evidence import NOW, finished, started, told

LEAVER = "ann@example.com"


def key(number: int = 1, outcome: str = "deleted", owner: str = "user-1", **more: Any) -> dict[str, Any]:
    """A row as datadog_app_key returns it."""
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "name": f"key {number}",
        "last4": "0a1b",
        "created_at": "2025-03-01T09:30:00.000000+00:00",
        "last_used_at": None,
        "scopes": None,
        "leaked": None,
        "owner": {"id": owner, "email": LEAVER},
        "outcome": outcome,
        "status_code": 204,
        "requested_at": NOW,
        "verified_at": NOW,
        "message": None,
        **more,
    }


def owner(query: str = LEAVER, status: str = "resolved", **more: Any) -> dict[str, Any]:
    """A row of `owners`."""
    row = {"query": query, "status": status, "id": None, "email": None, "disabled": None, "matches": []}
    if status == "resolved":
        row.update(id="user-1", email=query, disabled=False)
    return {**row, "total": 1 if status == "resolved" else None, "complete": status == "resolved", **more}


def run(
    *results: dict[str, Any], plan: bool = False, leavers: tuple[Any, ...] = (LEAVER,), finish: bool = True
) -> dict[str, Any]:
    """The facts of a run with one result for each organization."""
    names = [f"Organization {number}" for number, _result in enumerate(results, 1)]
    facts = started(leavers, names, plan=plan)
    for name, result in zip(names, results):
        evidence.record(facts, told(name, result))
    evidence.count(facts)
    return finished(facts) if finish else facts


def verdict(result: dict[str, Any], plan: bool = False) -> tuple[str, str]:
    """The status and the message of the one leaver."""
    (row,) = run(result, plan=plan)["leavers"]
    return row["status"], row["message"]


def test_the_outcomes_are_those_of_the_module() -> None:
    assert verdicts.OUTCOMES == plans.OUTCOMES
    good = {verdicts.DELETED, verdicts.ABSENT, verdicts.KEPT}
    assert set(plans.OUTCOMES) - plans.FAILURES == good


def test_all_keys_deleted_is_removed() -> None:
    result = {"owners": [owner(total=2)], "application_keys": [key(1), key(2)]}
    assert verdict(result) == ("removed", "Listing complete, 2 of 2 listed: 2 deleted.")


def test_a_complete_listing_without_keys_is_nothing_to_remove() -> None:
    assert verdict({"owners": [owner(total=0)]}) == ("nothing to remove", "Listing complete, 0 of 0 listed.")


def test_what_was_kept_is_told() -> None:
    result = {"owners": [owner(total=2)], "application_keys": [key(1), key(2, "kept")]}
    assert verdict(result) == ("removed", "Listing complete, 2 of 2 listed: 1 deleted, 1 kept.")
    result = {"owners": [owner()], "application_keys": [key(2, "kept")]}
    assert verdict(result) == ("nothing to remove", "Listing complete, 1 of 1 listed: 1 kept.")


def test_who_is_unknown_has_no_account() -> None:
    assert verdict({"owners": [owner(status="unknown")]})[0] == "no account"


@pytest.mark.parametrize("outcome", sorted(plans.FAILURES))
def test_one_key_that_is_not_dealt_with_fails_the_leaver_and_says_why(outcome: str) -> None:
    result = {"owners": [owner(total=2)], "application_keys": [key(1), key(2, outcome, message="Because.")]}
    status, message = verdict(result)
    assert status == "failed"
    assert message.endswith("Because.")
    assert f"1 {outcome}" in message


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"msg": "MODULE FAILURE"},
        {"failed": True, "msg": "Datadog refuses the credentials.", "owners": [], "application_keys": []},
        {"owners": [owner("joann@example.com")], "application_keys": [key()]},
        {"owners": [owner(complete=False)], "application_keys": [key()]},
        {"owners": [owner(status="failed")], "msg": "Looking up failed."},
        {"owners": [owner(status="ambiguous", matches=[{"id": "user-1", "email": LEAVER}])]},
        {"owners": [owner(status="something new")]},
        {"skipped": True, "changed": False},
    ],
    ids=[
        "empty",
        "the module broke",
        "credentials",
        "another owner only",
        "listing incomplete",
        "not asked",
        "ambiguous",
        "new word",
        "skipped",
    ],
)
def test_a_result_that_does_not_show_it_is_a_failure(result: dict[str, Any]) -> None:
    status, message = verdict(result)
    assert status == "failed"
    assert message


def test_a_module_that_broke_off_may_have_removed_keys() -> None:
    for result in ({}, {"msg": "MODULE FAILURE"}):
        _status, message = verdict(result)
        assert message.endswith("It does not show whether anything was removed: run it again.")
    _status, message = verdict({"msg": "Datadog refuses the credentials.", "application_keys": []})
    assert message == "Datadog refuses the credentials."


def test_an_ambiguous_leaver_is_told_who_answers() -> None:
    matches = [{"id": "user-1", "email": LEAVER}, {"id": "user-2", "email": LEAVER}]
    _status, message = verdict({"owners": [owner(status="ambiguous", matches=matches)], "msg": "Long."})
    assert "user-1" in message
    assert "user-2" in message


def test_a_failure_in_one_organization_leaves_the_other_alone() -> None:
    facts = run({"owners": [owner()], "application_keys": [key()]}, {"msg": "Forbidden"})
    assert [row["status"] for row in facts["leavers"]] == ["removed", "failed"]
    assert not summary.is_success(facts)
    assert summary.headline(facts) == (
        "Not dealt with: ann@example.com in Organization 2. 1 leaver in 2 organizations: 1 application key deleted."
    )


def test_a_run_that_is_not_finished_is_no_success() -> None:
    facts = run({"owners": [owner()], "application_keys": [key()]}, finish=False)
    assert not summary.undone(facts)
    assert not summary.is_success(facts)
    assert summary.headline(facts).startswith("This run has not finished.")


def test_what_no_result_was_recorded_for_is_not_dealt_with() -> None:
    facts = finished(started([LEAVER], ["One"]))
    assert [row["status"] for row in facts["leavers"]] == ["not recorded"]
    assert not summary.is_success(facts)


def test_a_plan_never_says_that_something_was_deleted() -> None:
    result = {"owners": [owner()], "application_keys": [key(message="Would be deleted.")]}
    facts = run(result, plan=True)
    assert facts["credentials"][0]["outcome"] == "to delete"
    assert facts["leavers"][0]["status"] == "to remove"
    assert set(facts["counts"]["credentials"]["application key"]) & {"deleted", "to delete"} == {"to delete"}
    assert summary.headline(facts) == ("1 leaver in 1 organization: 1 application key to delete; nothing was deleted.")


def test_the_counts_are_those_of_the_rows() -> None:
    leavers = (LEAVER, "bob@example.com", "gone@example.com")
    keys = [key(1), key(2, "kept"), key(3, owner="user-2"), key(4, "failed", owner="user-2")]
    owners = [owner(total=2), owner("bob@example.com", id="user-2"), owner("gone@example.com", "unknown")]
    facts = run({"owners": owners, "application_keys": keys, "msg": "1 failed"}, leavers=leavers)
    wanted = {"removed": 1, "nothing to remove": 0, "no account": 1, "failed": 1, "not recorded": 0}
    assert facts["counts"]["leavers"] == wanted
    assert {name: count for name, count in facts["counts"]["credentials"]["application key"].items() if count} == {
        "deleted": 2,
        "kept": 1,
        "failed": 1,
    }
    assert [row["leaver"] for row in facts["credentials"]] == [
        LEAVER,
        LEAVER,
        "bob@example.com",
        "bob@example.com",
    ]


def test_two_leavers_who_are_one_person_have_each_key_once() -> None:
    leavers = (LEAVER, "ann.example@example.com")
    owners = [owner(LEAVER), owner("ann.example@example.com")]
    facts = run({"owners": owners, "application_keys": [key()]}, leavers=leavers)
    assert [row["status"] for row in facts["leavers"]] == ["removed", "removed"]
    assert [row["leaver"] for row in facts["credentials"]] == [LEAVER]


def test_warnings_and_the_problem_stand_with_their_organization() -> None:
    facts = run({"msg": "Forbidden", "application_keys": [], "warnings": ["Used within the last day: x."]})
    (one,) = facts["organizations"]
    assert (one["problem"], one["warnings"]) == ("Forbidden", ["Used within the last day: x."])


def test_the_site_comes_from_the_result_or_else_from_what_was_meant() -> None:
    facts = run({"site": "us5.datadoghq.com"}, {"site": None, "msg": "api_key is missing"})
    assert [row["site"] for row in facts["leavers"]] == ["us5.datadoghq.com", "datadoghq.eu"]


def test_nothing_but_known_fields_is_taken_over() -> None:
    result = {
        "owners": [owner()],
        "application_keys": [key(key="secret-1", hash="secret-2")],
        "invocation": {"module_args": {"app_key": "secret-3"}},
        "included": ["secret-4"],
    }
    assert "secret" not in json.dumps(run(result))


def test_the_guards_are_told_for_people() -> None:
    guards = {"keep": ["a", "b"], "max_keys": 0, "refuse_used_within": ""}
    assert summary.guards_text(guards) == "keep a, b; max_keys 0"
    assert summary.guards_text({"keep": [], "max_keys": None}) == "none"


def test_who_is_known_in_no_organization_is_named_and_fails_the_run() -> None:
    unknown = owner(status="unknown", matches=[{"id": "user-9", "email": "anne@example.com"}])
    facts = run({"owners": [unknown], "application_keys": []}, {"owners": [unknown], "application_keys": []})
    assert [row["status"] for row in facts["leavers"]] == ["no account", "no account"]
    assert (summary.verdict(facts), summary.is_success(facts)) == ("nowhere", False)
    assert summary.headline(facts).startswith("Known in no organization: ann@example.com (similar: anne@example.com).")
    assert summary.is_success({**facts, "missing_account": "report"})


def test_who_is_known_in_one_organization_is_found() -> None:
    facts = run(
        {"owners": [owner(total=0)], "application_keys": []},
        {"owners": [owner(status="unknown")], "application_keys": []},
    )
    assert (summary.verdict(facts), summary.nowhere(facts), summary.is_success(facts)) == ("good", [], True)


def test_an_entry_that_cannot_be_used_is_a_row_of_its_own() -> None:
    facts = run({"owners": [owner()], "application_keys": [key()]}, leavers=(LEAVER, "ann@exam\u200bple.com"))
    bad = facts["leavers"][1]
    assert [(row["leaver"], row["status"]) for row in facts["leavers"]] == [
        (LEAVER, "removed"),
        ("ann@exam\\u200bple.com", "failed"),
    ]
    assert "character 9 is U+200B (ZERO WIDTH SPACE)" in bad["message"]
    assert bad["organization"] is None
    assert not summary.is_success(facts)


def test_the_time_to_removal_is_measured_and_held_against_what_was_promised() -> None:
    left = {"email": LEAVER, "left_at": "2026-03-31T09:00:00Z"}
    for sla, in_time in (("24h", True), ("22h", False), (None, None)):
        facts = started([left], ["One"], sla=sla)
        evidence.record(facts, told("One", {"owners": [owner()], "application_keys": [key()]}))
        (person,) = finished(facts, "2026-04-02T08:00:00.000Z")["people"]
        assert (person["removed_at"], person["time_to_removal"]) == (NOW, 23 * 3600)
        assert person["within_sla"] is in_time


def test_who_is_not_removed_in_time_is_late_before_it_is_done() -> None:
    facts = started([{"email": LEAVER, "left_at": "2026-03-31T09:00:00Z"}], ["One"], sla="22h")
    evidence.record(facts, told("One", {"msg": "Forbidden", "application_keys": [], "owners": []}))
    (person,) = finished(facts)["people"]
    assert (person["removed_at"], person["time_to_removal"], person["within_sla"]) == (None, None, False)


def test_several_kinds_of_credentials_make_one_status() -> None:
    tokens = {"owners": [owner(total=1)], "access_tokens": [key(7, kind="personal")]}
    keys = {"owners": [owner(total=0)], "application_keys": []}
    facts = started([LEAVER], ["One"], kinds=["application_keys", "access_tokens"])
    evidence.record(facts, told("One", {}, results={"application_keys": keys, "access_tokens": tokens}))
    (row,) = finished(facts)["leavers"]
    assert row["status"] == "removed"
    assert row["message"] == (
        "Application keys: listing complete, 0 of 0 listed. Access tokens: listing complete, 1 of 1 listed: 1 deleted."
    )
    assert [one["kind"] for one in facts["credentials"]] == ["personal access token"]
    broken = {"application_keys": keys, "access_tokens": {"msg": "Forbidden"}}
    facts = started([LEAVER], ["One"])
    evidence.record(facts, told("One", {}, results=broken))
    assert facts["leavers"][0]["status"] == "failed"


def test_the_organization_and_the_account_that_was_used_are_told() -> None:
    caller = {"id": "user-5", "email": "ops@example.com", "handle": None, "service_account": False}
    result = {
        "owners": [owner()],
        "application_keys": [],
        "caller": caller,
        "organization": {"id": "org-1", "name": "Acme"},
    }
    (one,) = run(result)["organizations"]
    assert (one["id"], one["datadog_name"], one["caller"]) == ("org-1", "Acme", caller)
