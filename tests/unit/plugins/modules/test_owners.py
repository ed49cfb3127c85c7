# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing all that somebody owns: the right victim, all of it, nothing else."""

from __future__ import annotations

import uuid

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import asked, deletes
from ansible_collections.keywarden.datadog.tests.standin import (
    LEAVER,
    NEIGHBOUR,
    NO_USERS_APP_KEY,
    NOBODY,
    OPERATOR,
    READ_ONLY_APP_KEY,
    SECOND_LEAVER,
    Organization,
)

OF_THE_REAL_RUN = ("status_code", "requested_at", "verified_at", "message")


def ids_of(standin, *owners):
    return {key.id for owner in owners for key in standin.organization.keys_of(owner)}


def foretold(run):
    return [{name: value for name, value in row.items() if name not in OF_THE_REAL_RUN} for row in run.rows]


# All of it, and nothing else


def test_51_of_146_keys_go_and_95_others_are_untouched(modules, standin):
    before = set(standin.organization.keys)
    mine = ids_of(standin, LEAVER)
    names = [key.name for key in standin.organization.keys_of(LEAVER)]
    run = modules.remove(owner=LEAVER)
    assert (run.failed, run.changed) == (False, True)
    assert run.result["counts"]["deleted"] == len(run.rows) == len(mine) == 51
    assert [row["name"] for row in run.rows] == sorted(names, key=str.casefold)
    assert {row["id"] for row in run.rows} == mine == set(deletes(standin))
    assert set(standin.organization.keys) == before - mine
    assert len(standin.organization.keys) == 95
    assert all(row["verified_at"] and row["status_code"] == 204 for row in run.rows)
    (owner,) = run.result["owners"]
    assert (owner["query"], owner["status"], owner["email"]) == (LEAVER, "resolved", LEAVER)
    assert (owner["total"], owner["complete"]) == (51, True)
    assert run.result["listing"] == {"total": 51, "complete": True}

    again = modules.remove(owner=LEAVER)
    assert (again.failed, again.changed, again.rows) == (False, False, [])
    (owner,) = again.result["owners"]
    assert (owner["status"], owner["total"], owner["complete"]) == ("resolved", 0, True)
    assert again.result["listing"] == {"total": 0, "complete": True}
    assert len(standin.organization.keys) == 95


def test_it_takes_one_look_up_one_listing_a_delete_each_and_one_listing_to_verify(modules, standin):
    modules.remove(owner=LEAVER)
    sent = [one.endpoint for one in asked(standin)]
    assert sent.count("v2.key.delete") == 51
    # Whose credentials these are is asked for beside all this, once.
    assert [one.endpoint for one in standin.requests].count("v2.current_user") == 1
    assert [one for one in sent if one != "v2.key.delete"] == ["v2.users.list", "v2.keys.list", "v2.keys.list"]


def test_keys_spread_over_both_pages_of_an_older_deployment_are_all_found(modules, standin):
    standin.organization.set_flag("honours_owned_by", False)
    mine, others = ids_of(standin, LEAVER), set(standin.organization.keys) - ids_of(standin, LEAVER)
    run = modules.remove(owner=LEAVER)
    assert set(deletes(standin)) == mine
    assert set(standin.organization.keys) == others
    assert run.result["owners"][0]["total"] == 51


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
def test_check_predicts_and_deletes_nothing(modules, standin, check):
    preview = modules.remove(owner=[LEAVER, NOBODY, SECOND_LEAVER], missing_owner="report", check=True)
    assert deletes(standin) == []
    assert len(standin.organization.keys) == 146
    run = modules.remove(owner=[LEAVER, NOBODY, SECOND_LEAVER], missing_owner="report", check=check)
    assert foretold(run) == foretold(preview)
    assert run.result["owners"] == preview.result["owners"]
    assert run.result["counts"] == preview.result["counts"]
    assert run.warnings == preview.warnings
    assert set(run.result) == set(preview.result)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 201])
def test_an_owner_of_any_number_of_keys_loses_all_of_them_and_nobody_else_any(modules, standin, count):
    standin.reset(Organization.generated(count + 60, owners={"leaver@example.com": count}))
    others = set(standin.organization.keys) - ids_of(standin, "leaver@example.com")
    run = modules.remove(owner="leaver@example.com", concurrency=16)
    assert not run.failed
    assert run.result["counts"]["deleted"] == len(run.rows) == count
    assert set(standin.organization.keys) == others


def test_a_listing_that_never_adds_up_deletes_nothing(modules, standin):
    keys = standin.organization.keys_of(LEAVER)
    short = {"data": [], "meta": {"page": {"total_filtered_count": len(keys)}}}
    standin.faults.add("json", endpoint="v2.keys.list", body=short)
    run = modules.remove(owner=[LEAVER])
    assert run.failed
    assert not run.changed
    assert "do not add up" in run.msg
    assert run.result["owners"][0]["status"] == "failed"
    assert run.result["owners"][0]["complete"] is False
    assert run.result["listing"]["complete"] is False
    assert deletes(standin) == []


# Who is meant


@pytest.mark.parametrize("name", [NEIGHBOUR, NEIGHBOUR.upper()])
def test_a_substring_neighbour_loses_their_own_keys_only(modules, standin, name):
    mine, anns = ids_of(standin, NEIGHBOUR), ids_of(standin, LEAVER)
    assert modules.remove(owner=name).result["counts"]["deleted"] == len(mine) == 11
    assert set(deletes(standin)) == mine
    assert anns <= set(standin.organization.keys)


def test_the_leaver_is_found_in_any_case_and_the_neighbour_untouched(modules, standin):
    neighbours = ids_of(standin, NEIGHBOUR)
    assert modules.remove(owner="Ann@Example.COM").result["counts"]["deleted"] == 51
    assert neighbours <= set(standin.organization.keys)


def test_a_service_account_with_the_leavers_email_is_left_alone_and_warned_of(modules, standin):
    (account,) = [one for one in standin.organization.users.values() if one.service_account and one.email == LEAVER]
    its = ids_of(standin, account.id)
    assert len(its) == 4
    run = modules.remove(owner=LEAVER)
    assert its <= set(standin.organization.keys)
    warning = f"Service account {account.id} shares {LEAVER}. Its application keys are left alone;"
    assert any(warning in text for text in run.warnings)

    run = modules.remove(owner=account.id)
    assert {run.row(key_id)["outcome"] for key_id in its} == {"deleted"}
    assert not its & set(standin.organization.keys)


def test_a_service_account_alone_is_not_meant_by_its_email(modules, standin):
    run = modules.remove(owner=OPERATOR)
    assert run.failed
    assert run.result["owners"][0]["status"] == "unknown"
    assert any("Service account" in text and OPERATOR in text for text in run.warnings)
    assert deletes(standin) == []


def test_two_accounts_with_one_email_are_ambiguous_and_both_are_named(modules, standin):
    second = standin.organization.add_user(SECOND_LEAVER, handle="bob-two", disabled=True, status="Disabled")
    standin.organization.add_key(second.id)
    first = standin.organization.find_user(SECOND_LEAVER)
    run = modules.remove(owner=[SECOND_LEAVER, NEIGHBOUR])
    assert run.failed
    assert f"Owner {SECOND_LEAVER} is ambiguous" in run.msg
    for user in (first, second):
        assert user.id in run.msg
    ambiguous, resolved = run.result["owners"]
    assert ambiguous["status"] == "ambiguous"
    assert {one["id"] for one in ambiguous["matches"]} == {first.id, second.id}
    assert ambiguous["message"] in run.msg
    assert resolved["message"] is None
    assert {one["disabled"] for one in ambiguous["matches"]} == {True, False}
    assert resolved["status"] == "resolved"
    # Nothing of the ambiguous one is touched, the other owner is carried out.
    assert len(standin.organization.keys_of(first.id)) == 6
    assert len(standin.organization.keys_of(second.id)) == 1
    assert standin.organization.keys_of(NEIGHBOUR) == []

    assert not modules.remove(owner=second.id).failed
    assert standin.organization.keys_of(second.id) == []
    assert len(standin.organization.keys_of(first.id)) == 6


def test_a_disabled_owner_is_removed_and_shown_as_disabled(modules, standin):
    run = modules.remove(owner="dave@example.com")
    assert not run.failed
    assert run.result["owners"][0]["disabled"] is True
    assert run.outcomes == ["deleted"] * 3
    assert standin.organization.keys_of("dave@example.com") == []


def test_a_handle_names_its_person(modules, standin):
    carla = standin.organization.add_user("carla@example.com", name="carla-x", handle="Carla-X")
    key = standin.organization.add_key(carla.id)
    assert modules.remove(owner="carla-x").row(key.id)["outcome"] == "deleted"
    assert key.id not in standin.organization.keys


@pytest.mark.parametrize("name", [NOBODY, "nn@example.com", "AnnExample", str(uuid.UUID(int=7))])
def test_an_unknown_owner_is_an_error_and_the_others_are_carried_out(modules, standin, name):
    run = modules.remove(owner=[name, SECOND_LEAVER])
    assert run.failed
    assert run.changed
    assert f"Owner {name} is not known" in run.msg
    assert "missing_owner: report" in run.msg
    assert [one["status"] for one in run.result["owners"]] == ["unknown", "resolved"]
    assert run.outcomes == ["deleted"] * 6
    assert len(standin.organization.keys) == 140


def test_an_unknown_owner_is_no_error_where_that_is_wanted(modules, standin):
    run = modules.remove(owner=NOBODY, missing_owner="report")
    assert (run.failed, run.changed, run.rows) == (False, False, [])
    (owner,) = run.result["owners"]
    assert (owner["query"], owner["status"], owner["id"], owner["total"]) == (NOBODY, "unknown", None, None)
    assert owner["message"].endswith(
        " as the e-mail or handle of a person, or as a user ID. Check the spelling, the site and the organization."
    )


@pytest.mark.parametrize("missing_owner", ["fail", "report"])
def test_a_typing_error_is_answered_with_who_may_be_meant(modules, standin, missing_owner):
    run = modules.remove(owner="anm@example.com", missing_owner=missing_owner)
    assert run.failed == (missing_owner == "fail")
    (owner,) = run.result["owners"]
    assert owner["status"] == "unknown"
    leaver = standin.organization.find_user(LEAVER)
    assert owner["matches"][0] == {"id": leaver.id, "name": leaver.name, "email": LEAVER}
    assert f"Did you mean {LEAVER}" in owner["message"]
    assert (f"Did you mean {LEAVER}" in run.msg) == run.failed
    assert deletes(standin) == []


def test_strasse_and_its_sharp_s_are_two_people_with_keys_of_their_own(modules, standin):
    people = ["strasse@example.com", "straße@example.com"]
    for name in people:
        standin.organization.add_user(name)
        standin.organization.add_key(name)
    run = modules.remove(owner=people)
    assert not run.failed
    assert [one["query"] for one in run.result["owners"]] == people
    assert run.outcomes == ["deleted"] * 2
    assert len(standin.organization.keys) == 146


@pytest.mark.parametrize("covers", [False, True])
def test_a_leaver_named_by_an_old_handle_is_found_with_a_warning(modules, standin, covers):
    standin.organization.set_flag("search_covers_handles", covers)
    standin.organization.add_user("ann.married@example.com", handle="ann.old@example.net")
    key = standin.organization.add_key("ann.married@example.com")
    run = modules.remove(owner="Ann.Old@example.net")
    assert not run.failed
    assert run.row(key.id)["outcome"] == "deleted"
    assert key.id not in standin.organization.keys
    (warning,) = [text for text in run.warnings if "handle" in text]
    assert "Ann.Old@example.net" in warning
    assert "ann.married@example.com" in warning


@pytest.mark.parametrize("missing_owner", ["fail", "report"])
@pytest.mark.parametrize("by", ["email", "id"])
def test_keys_of_who_may_be_a_service_account_are_left_alone(modules, standin, missing_owner, by):
    standin.organization.set_flag("tells_service_account", False)
    bob = standin.organization.find_user(SECOND_LEAVER)
    run = modules.remove(owner=getattr(bob, by), missing_owner=missing_owner)
    assert run.failed
    assert "does not state" in run.msg
    (owner,) = run.result["owners"]
    assert owner["status"] == "ambiguous"
    assert bob.id in [one["id"] for one in owner["matches"]]
    assert len(standin.organization.keys) == 146


@pytest.mark.parametrize("missing_owner", ["fail", "report"])
def test_a_404_about_the_path_makes_nobody_unknown(modules, standin, missing_owner):
    standin.faults.add("json", endpoint="v2.user.get", status=404, body={"errors": ["Not Found"]})
    run = modules.remove(owner=standin.organization.find_user(SECOND_LEAVER).id, missing_owner=missing_owner)
    assert run.failed
    assert run.result["owners"][0]["status"] == "failed"
    assert len(standin.organization.keys) == 146


@pytest.mark.parametrize("owner", ["a@example.com b@example.com", ["ok@example.com", "a\u200b@example.com"], "<a@b>"])
def test_what_cannot_be_one_owner_is_an_error_before_any_request(modules, standin, owner):
    for run in (modules.remove(owner=owner, missing_owner="report"), modules.read(owner=owner)):
        assert run.failed
        assert "cannot be one e-mail address, handle or ID" in run.msg
    assert not standin.requests


def test_in_a_huge_organization_the_display_name_finds_a_handle(modules, standin):
    organization = Organization.generated(1, owners={f"u{number:05}@example.com": 0 for number in range(5000)})
    standin.reset(organization)
    organization.add_user("a.b@example.com", name="Ann Example", handle="x77@example.net")
    key = organization.add_key("a.b@example.com")
    run = modules.remove(owner="x77@example.net", check=True, missing_owner="report")
    assert run.result["owners"][0]["status"] == "unknown"
    assert "more than 5,000 users" in run.result["owners"][0]["message"]
    run = modules.remove(owner="x77@example.net", owner_names={"x77@example.net": "Ann Example"})
    assert not run.failed
    assert key.id not in organization.keys


@pytest.mark.parametrize("missing_owner", ["fail", "report"])
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 403, "body": "datadog"}, "user_access_read"),
        ({"status": 404, "body": "html"}, "api_url"),
        ({"status": 404, "body": "datadog"}, "404"),
        ({"status": 500, "body": "html"}, "api_url"),
    ],
)
def test_an_owner_who_cannot_be_looked_up_is_never_unknown(modules, standin, missing_owner, fault, words):
    standin.faults.add("status", endpoint="v2.users.list", **fault)
    run = modules.remove(owner=LEAVER, missing_owner=missing_owner, max_retries=0)
    assert run.failed
    assert words in run.msg
    assert run.result["owners"][0]["status"] == "failed"
    assert deletes(standin) == []


def test_a_missing_permission_to_read_users_is_named(modules, standin):
    run = modules.remove(owner=LEAVER, app_key=NO_USERS_APP_KEY)
    assert run.failed
    assert "user_access_read" in run.msg
    assert len(standin.organization.keys) == 146


@pytest.mark.parametrize("concurrency", [1, 4])
def test_after_a_missing_permission_no_more_deletes_of_that_plan_are_sent(modules, standin, concurrency):
    standin.latency = 0.05
    run = modules.remove(owner=LEAVER, managed_keys="delete", app_key=READ_ONLY_APP_KEY, concurrency=concurrency)
    assert run.failed
    assert not run.changed
    assert len(deletes(standin)) <= concurrency
    assert run.outcomes.count("failed") == len(deletes(standin))
    skipped = [row for row in run.rows if row["outcome"] == "skipped"]
    assert len(skipped) == 51 - len(deletes(standin))
    assert all("a permission is missing" in row["message"] for row in skipped)
    assert len(standin.organization.keys) == 146


def test_a_delete_that_waits_to_be_sent_again_is_not_sent_after_a_missing_permission(modules, standin):
    bobs = standin.organization.keys_of(SECOND_LEAVER)
    for key in bobs[1:]:
        standin.faults.add("status", status=429, headers={"Retry-After": "1"}, method="DELETE", key_id=key.id)
    standin.faults.add("status", status=403, body="datadog", method="DELETE", key_id=bobs[0].id)
    run = modules.remove(owner=SECOND_LEAVER, concurrency=8)
    assert run.outcomes == ["failed"] + ["skipped"] * 5
    assert len(deletes(standin)) == len(set(deletes(standin)))
    assert "Datadog refused another delete of this plan" in run.rows[1]["message"]
    assert standin.organization.keys_of(SECOND_LEAVER) == bobs


def test_a_missing_permission_is_told_once(modules):
    run = modules.remove(owner=[LEAVER, SECOND_LEAVER, NEIGHBOUR], app_key=READ_ONLY_APP_KEY, managed_keys="delete")
    assert run.msg.count("answered 403") == 1
    assert "org_app_keys_write" in run.msg


def test_owner_after_owner_without_permission_ends_all_deletes(modules, standin):
    owners = sorted({user.id for user in standin.organization.users.values() if standin.organization.keys_of(user.id)})
    run = modules.remove(owner=owners, app_key=READ_ONLY_APP_KEY, managed_keys="delete", concurrency=1)
    assert len(owners) > 5
    assert len(deletes(standin)) == 2
    assert run.failed


def test_a_refusal_that_concerns_one_owner_leaves_the_others_alone(modules, standin):
    for key in standin.organization.keys_of(SECOND_LEAVER):
        standin.faults.add("status", status=403, body="datadog", method="DELETE", key_id=key.id)
    run = modules.remove(owner=[SECOND_LEAVER, NEIGHBOUR], concurrency=1)
    assert run.outcomes == ["failed"] + ["skipped"] * 5 + ["deleted"] * 11
    assert len(standin.organization.keys_of(SECOND_LEAVER)) == 6
    assert standin.organization.keys_of(NEIGHBOUR) == []


def test_many_owners_in_one_task_keep_their_order_and_each_its_keys(modules, standin):
    run = modules.remove(owner=[SECOND_LEAVER, NEIGHBOUR.upper(), SECOND_LEAVER.upper(), "dave@example.com"])
    assert [one["query"] for one in run.result["owners"]] == [SECOND_LEAVER, NEIGHBOUR.upper(), "dave@example.com"]
    assert [row["owner"]["email"] for row in run.rows] == (
        [SECOND_LEAVER] * 6 + [NEIGHBOUR] * 11 + ["dave@example.com"] * 3
    )
    assert len(standin.organization.keys) == 146 - 20


def test_one_person_by_two_names_is_removed_once(modules, standin):
    bob = standin.organization.find_user(SECOND_LEAVER)
    run = modules.remove(owner=[SECOND_LEAVER, bob.id])
    assert not run.failed
    assert run.outcomes == ["deleted"] * 6
    assert len(deletes(standin)) == 6


# Meanwhile


def test_a_key_that_someone_else_deletes_between_listing_and_delete_is_absent(modules, standin):
    victim = standin.organization.keys_of(SECOND_LEAVER)[2]
    standin.faults.add("actor", method="DELETE", key_id=victim.id, delete_key="this", when="before")
    run = modules.remove(owner=SECOND_LEAVER)
    assert not run.failed
    assert run.row(victim.id)["outcome"] == "absent"
    assert run.result["counts"]["deleted"] == 5
    assert standin.organization.keys_of(SECOND_LEAVER) == []
    # Datadog's own 404 and a whole listing without the key agree: it takes no read of its own.
    assert "v2.key.get" not in {sent.endpoint for sent in standin.requests}


def test_a_key_that_appears_meanwhile_is_reported_and_fails_the_task(modules, standin):
    standin.faults.add("actor", method="DELETE", times=1, add_key={"owner": SECOND_LEAVER, "name": "brand new"})
    run = modules.remove(owner=SECOND_LEAVER)
    assert run.failed
    assert run.changed
    assert run.result["counts"]["deleted"] == 6
    (newcomer,) = [row for row in run.rows if row["outcome"] != "deleted"]
    assert (newcomer["name"], newcomer["outcome"]) == ("brand new", "skipped")
    assert "appeared while this task ran" in newcomer["message"]
    assert "appeared while this task ran" in run.msg
    assert [key.name for key in standin.organization.keys_of(SECOND_LEAVER)] == ["brand new"]
    assert newcomer["id"] not in deletes(standin)

    assert not modules.remove(owner=SECOND_LEAVER).failed
    assert standin.organization.keys_of(SECOND_LEAVER) == []


def test_a_key_that_appears_beside_the_only_one_to_remove_is_reported(modules, standin):
    *kept, last = standin.organization.keys_of(SECOND_LEAVER)
    standin.faults.add("actor", method="DELETE", times=1, add_key={"owner": SECOND_LEAVER, "name": "brand new"})
    run = modules.remove(owner=SECOND_LEAVER, keep=[key.id for key in kept])
    assert run.failed
    assert run.row(last.id)["outcome"] == "deleted"
    assert [row["name"] for row in run.rows if row["outcome"] == "skipped"] == ["brand new"]
    assert "brand new" in {key.name for key in standin.organization.keys_of(SECOND_LEAVER)}


def test_a_key_that_someone_else_gets_meanwhile_is_no_newcomer(modules, standin):
    standin.faults.add("actor", method="DELETE", times=1, add_key={"owner": NEIGHBOUR})
    run = modules.remove(owner=SECOND_LEAVER)
    assert not run.failed
    assert len(run.rows) == 6


def test_a_slow_listing_is_read_again_until_it_is_empty(modules, standin):
    standin.propagation(listing=0.5)
    run = modules.remove(owner=SECOND_LEAVER, verify_timeout=20)
    assert not run.failed
    assert run.outcomes == ["deleted"] * 6
    assert sum(sent.endpoint == "v2.keys.list" for sent in standin.requests) > 2


def test_a_key_that_still_shows_after_verify_timeout_has_failed(modules, standin):
    standin.propagation(listing=60, get=60)
    run = modules.remove(owner=SECOND_LEAVER, verify_timeout=1)
    assert run.failed
    assert run.outcomes == ["failed"] * 6


def test_a_listing_that_lags_is_outdone_by_what_each_key_says_of_itself(modules, standin):
    standin.propagation(listing=60)
    run = modules.remove(owner=SECOND_LEAVER, verify_timeout=1)
    assert run.outcomes == ["deleted"] * 6
    assert all(row["verified_at"] for row in run.rows)


def test_keys_whose_verifying_listing_cannot_be_read_are_read_one_by_one(modules, standin):
    standin.faults.add("status", status=403, body="datadog", endpoint="v2.keys.list", skip=1)
    assert modules.remove(owner=SECOND_LEAVER, verify_timeout=0).outcomes == ["deleted"] * 6
    assert standin.organization.keys_of(SECOND_LEAVER) == []


def test_what_neither_a_listing_nor_a_read_of_each_tells_is_unknown(modules, standin):
    standin.faults.add("status", status=403, body="datadog", endpoint="v2.keys.list", skip=1)
    standin.faults.add("status", status=403, body="datadog", endpoint="v2.key.get")
    run = modules.remove(owner=SECOND_LEAVER, verify_timeout=0)
    assert run.failed
    assert run.changed
    assert run.outcomes == ["unknown"] * 6
    assert standin.organization.keys_of(SECOND_LEAVER) == []


def test_a_verifying_listing_that_does_not_add_up_verifies_nothing(modules, standin):
    short = {"data": [], "meta": {"page": {"total_filtered_count": 6}}}
    standin.faults.add("json", endpoint="v2.keys.list", skip=1, body=short)
    standin.faults.add("status", status=500, endpoint="v2.key.get")
    assert modules.remove(owner=SECOND_LEAVER, verify_timeout=0, max_retries=0).outcomes == ["unknown"] * 6


def test_one_owners_trouble_leaves_the_others_alone(modules, standin):
    bob = standin.organization.find_user(SECOND_LEAVER)
    standin.faults.add("status", status=500, body="html", endpoint="v2.keys.list", path=bob.id)
    run = modules.remove(owner=[SECOND_LEAVER, NEIGHBOUR], max_retries=0)
    assert run.failed
    assert [one["status"] for one in run.result["owners"]] == ["failed", "resolved"]
    assert run.outcomes == ["deleted"] * 11
    assert len(standin.organization.keys_of(SECOND_LEAVER)) == 6
    assert standin.organization.keys_of(NEIGHBOUR) == []


# Warnings


def test_it_warns_of_keys_that_integrations_run_on(modules, standin):
    run = modules.remove(owner="platform@example.com", managed_keys="delete", check=True)
    (text,) = [text for text in run.warnings if "Datadog manages" in text or "Without a name" in text]
    managed = [key for key in standin.organization.keys_of("platform@example.com") if "Datadog Managed" in key.name]
    assert len(managed) == 4
    for key in managed:
        assert key.id in text


def test_it_warns_of_keys_used_within_the_last_day(modules, standin):
    run = modules.remove(owner=LEAVER, check=True)
    (text,) = [text for text in run.warnings if text.startswith("Used within the last day")]
    keys = standin.organization.keys_of(LEAVER)
    recent = {key.id for key in keys if key.name in ("airflow (ann)", "ui (ann)")}
    assert {key.id for key in keys if key.id in text} == recent


def test_there_is_nothing_to_warn_of_for_most_people(modules):
    assert modules.remove(owner="dave@example.com", check=True).warnings == []
