# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What evidence says of a leaver: only what the result of the task shows counts as dealt with."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import plan as plans
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import facts as evidence

NOW = "2026-04-01T08:00:00.000Z"
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
    *results: dict[str, Any], plan: bool = False, leavers: tuple[Any, ...] = (LEAVER,), finished: bool = True
) -> dict[str, Any]:
    """The facts of a run with one result for each organization."""
    names = [f"Organization {number}" for number, _result in enumerate(results, 1)]
    checked = evidence.checked_leavers(leavers)
    facts = evidence.start("offboard-1", NOW, checked, names, {"keep": [], "max_keys": 9}, plan=plan)
    for name, result in zip(names, results):
        evidence.record(facts, NOW, name, "datadoghq.eu", result)
    if finished:
        evidence.finish(facts, NOW)
    return facts


def verdict(result: dict[str, Any], plan: bool = False) -> tuple[str, str]:
    """The status and the message of the one leaver."""
    (row,) = run(result, plan=plan)["leavers"]
    return row["status"], row["message"]


def test_the_outcomes_are_those_of_the_module() -> None:
    assert evidence.OUTCOMES == plans.OUTCOMES
    good = {evidence.DELETED, evidence.ABSENT, evidence.KEPT}
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
        assert message.endswith("It does not show whether keys were removed: run it again.")
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
    assert not evidence.is_success(facts)
    assert evidence.headline(facts) == (
        "Not dealt with: ann@example.com in Organization 2. 1 leaver in 2 organizations: 1 application key deleted."
    )


def test_a_run_that_is_not_finished_is_no_success() -> None:
    facts = run({"owners": [owner()], "application_keys": [key()]}, finished=False)
    assert not evidence.undone(facts)
    assert not evidence.is_success(facts)
    assert evidence.headline(facts).startswith("This run has not finished.")


def test_what_no_result_was_recorded_for_is_not_dealt_with() -> None:
    facts = evidence.start("offboard-1", NOW, evidence.checked_leavers([LEAVER]), ["One"], {}, plan=False)
    evidence.finish(facts, NOW)
    assert [row["status"] for row in facts["leavers"]] == ["not recorded"]
    assert not evidence.is_success(facts)


def test_a_plan_never_says_that_something_was_deleted() -> None:
    result = {"owners": [owner()], "application_keys": [key(message="Would be deleted.")]}
    facts = run(result, plan=True)
    assert facts["application_keys"][0]["outcome"] == "to delete"
    assert facts["leavers"][0]["status"] == "to remove"
    assert set(facts["counts"]["application_keys"]) & {"deleted", "to delete"} == {"to delete"}
    assert evidence.headline(facts) == ("1 leaver in 1 organization: 1 application key to delete; nothing was deleted.")


def test_the_counts_are_those_of_the_rows() -> None:
    leavers = (LEAVER, "bob@example.com", "gone@example.com")
    keys = [key(1), key(2, "kept"), key(3, owner="user-2"), key(4, "failed", owner="user-2")]
    owners = [owner(total=2), owner("bob@example.com", id="user-2"), owner("gone@example.com", "unknown")]
    facts = run({"owners": owners, "application_keys": keys, "msg": "1 failed"}, leavers=leavers)
    wanted = {"removed": 1, "nothing to remove": 0, "no account": 1, "failed": 1, "not recorded": 0}
    assert facts["counts"]["leavers"] == wanted
    assert {name: count for name, count in facts["counts"]["application_keys"].items() if count} == {
        "deleted": 2,
        "kept": 1,
        "failed": 1,
    }
    assert [row["leaver"] for row in facts["application_keys"]] == [
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
    assert [row["leaver"] for row in facts["application_keys"]] == [LEAVER]


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


def test_an_organization_is_recorded_once_and_only_if_the_run_has_it() -> None:
    facts = run({"owners": [owner()], "application_keys": [key()]}, finished=False)
    for name in ("Organization 1", "Another"):
        with pytest.raises(OptionError, match="still to record"):
            evidence.record(facts, NOW, name, None, {})
    assert len(facts["application_keys"]) == 1


def test_leavers_whose_names_only_look_alike_are_two() -> None:
    given = ["strasse@example.com", "straße@example.com", "rene\u0301@example.com", "Ren\u00e9@example.com"]
    assert [one["email"] for one in evidence.checked_leavers(given)] == given[:3]


def test_a_leaver_who_is_named_twice_is_one_with_all_tickets() -> None:
    given = [" Ann@Example.com", {"email": "ann@example.com", "ticket": "HR-1"}, {"email": LEAVER, "ticket": 7}, "b@c"]
    assert evidence.checked_leavers(given) == [
        {"email": "Ann@Example.com", "ticket": "HR-1, 7"},
        {"email": "b@c", "ticket": None},
    ]


@pytest.mark.parametrize(
    ("leavers", "sentence"),
    [
        ([], "There are no leavers. Name at least one e-mail; an empty list never means all."),
        ([LEAVER, "  "], "Leaver 2 is blank."),
        ([{"ticket": "HR-1"}], "Leaver 1 is blank."),
        ([{"email": None}], "Leaver 1 is blank."),
        (["ann"], "Leaver 1 is 'ann', which is no e-mail."),
        (["Ann <ann@example.com>"], "which is no e-mail."),
        (["a@example.com,b@example.com"], "which is no e-mail."),
        (['["a@example.com"]'], "which is no e-mail."),
        (["a@example.com\nb@example.com"], "which is no e-mail."),
        (["*"], "which is no e-mail."),
        ([None], "Leaver 1 is neither an e-mail nor a mapping"),
        ([42], "Leaver 1 is neither an e-mail nor a mapping"),
        ([[LEAVER]], "Leaver 1 is neither an e-mail nor a mapping"),
        ([{"email": LEAVER, "tickets": "HR-1"}], "Leaver 1 is neither an e-mail nor a mapping"),
    ],
)
def test_what_is_no_leaver_is_refused_with_a_sentence(leavers: list[Any], sentence: str) -> None:
    with pytest.raises(OptionError, match=r"^Leaver|^There are") as caught:
        evidence.checked_leavers(leavers)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "There are no organizations."),
        (["One", " "], "The name of organization 2 is blank."),
        (["One", "Two", "one "], "Two organizations are named 'one'."),
    ],
)
def test_organizations_that_evidence_could_not_tell_apart_are_refused(names: list[str], sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        evidence.checked_organizations(names)
    assert sentence in str(caught.value)


def test_the_guards_are_told_for_people() -> None:
    guards = {"keep": ["a", "b"], "max_keys": 0, "refuse_used_within": ""}
    assert evidence.guards_text({"guards": guards}) == "keep a, b; max_keys 0"
    assert evidence.guards_text({"guards": {"keep": [], "max_keys": None}}) == "none"
