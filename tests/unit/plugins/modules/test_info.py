# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading keys: named, owned, filtered, or all of the organization."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.keywarden.datadog.tests.standin import (
    LEAVER,
    NEIGHBOUR,
    NO_PERMISSION_APP_KEY,
    NO_USERS_APP_KEY,
    NOBODY,
    READ_ONLY_APP_KEY,
    SECOND_LEAVER,
    Organization,
)

GONE = "00000000-0000-4000-8000-000000000000"
GONE_SECRET = "f" * 40
FIELDS = {"changed", "application_keys", "not_found", "total", "owners", "listing", "site", "api_version", "waited"}
FIELDS |= {"organization"}


@pytest.fixture
def bobs(standin):
    return standin.organization.keys_of(SECOND_LEAVER)


def ids(run):
    return [row["id"] for row in run.rows]


def ago(**span):
    return (datetime.now(timezone.utc) - timedelta(**span)).isoformat()


# Named


def test_keys_by_id_in_the_order_asked_for_with_missing_ones_apart(modules, standin, bobs):
    run = modules.read(app_key_id=[bobs[1].id, GONE, bobs[0].id.upper(), bobs[1].id])
    assert (run.failed, run.changed) == (False, False)
    assert ids(run) == [bobs[1].id, bobs[0].id]
    assert run.result["not_found"] == [GONE]
    assert run.result["total"] == 2
    assert run.rows[0]["owner"]["email"] == SECOND_LEAVER
    assert {one["type"] for one in run.result["included"]} == {"users", "roles"}
    assert run.result["listing"] == {"total": None, "complete": None}
    assert set(run.result) - {"invocation"} == FIELDS | {"included"}


def test_a_leaked_key_comes_with_the_leak(modules, standin):
    (leaked,) = [key for key in standin.organization.keys.values() if key.leaked]
    run = modules.read(app_key_id=leaked.id)
    assert run.rows[0]["leaked"] == leaked.leaked
    assert "leaked_keys" in {one["type"] for one in run.result["included"]}


def test_keys_by_secret_through_v1_have_the_same_shape_and_no_secret(modules, standin, bobs):
    run = modules.read(api_version="v1", key=[bobs[0].secret, GONE_SECRET])
    assert (run.failed, run.changed) == (False, False)
    (row,) = run.rows
    assert (row["name"], row["last4"], row["owner"]["email"]) == (bobs[0].name, bobs[0].last4, SECOND_LEAVER)
    assert set(row) == set(modules.read(app_key_id=bobs[0].id).rows[0])
    assert run.result["not_found"] == ["****ffff"]
    assert set(run.result) - {"invocation"} == FIELDS
    for secret in (bobs[0].secret, GONE_SECRET):
        assert secret not in run.output


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_single_string_will_do(modules, bobs, version):
    options = {"api_version": "v1", "key": bobs[0].secret} if version == "v1" else {"app_key_id": bobs[0].id}
    assert modules.read(**options).result["total"] == 1


def test_without_include_there_are_no_related_objects(modules, standin, bobs):
    run = modules.read(app_key_id=bobs[0].id, include=[])
    assert run.result.get("included", []) == []
    assert run.rows[0]["owner"]["id"] == bobs[0].owner_id
    assert run.rows[0]["owner"]["email"] is None


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_reading_is_the_same_in_check_mode_and_never_a_change(modules, standin, bobs, check):
    run = modules.read(app_key_id=[bobs[0].id, GONE], check=check)
    assert (run.changed, ids(run), run.result["not_found"]) == (False, [bobs[0].id], [GONE])
    assert {sent.method for sent in standin.requests} == {"GET"}


def test_return_key_passes_the_secret_on_where_datadog_sends_it_and_never_otherwise(modules, standin, bobs):
    assert "key" not in modules.read(app_key_id=bobs[0].id, return_key=True).rows[0]
    standin.organization.set_flag("include_secret", True)
    assert modules.read(app_key_id=bobs[0].id, return_key=True).rows[0]["key"] == bobs[0].secret
    run = modules.read(app_key_id=bobs[0].id)
    assert "key" not in run.rows[0]
    assert bobs[0].secret not in run.output


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    "fault",
    [
        {"act": "status", "status": 404, "body": "html"},
        {"act": "status", "status": 404, "body": "empty"},
        {"act": "status", "status": 404, "body": "datadog"},
        {"act": "status", "status": 403, "body": "datadog"},
        {"act": "status", "status": 500, "body": "datadog"},
        {"act": "redirect", "to": "https://login.example.com/"},
        {"act": "json", "body": {}},
        {"act": "drop"},
    ],
    ids=lambda fault: "-".join(str(part) for part in fault.values()),
)
def test_what_cannot_be_read_is_an_error_and_never_not_found(modules, standin, bobs, version, fault):
    standin.faults.add(**{**fault, "key_id": bobs[1].id})
    keys = bobs[:3]
    if version == "v1":
        options = {"api_version": "v1", "key": [key.secret for key in keys]}
    else:
        options = {"app_key_id": [key.id for key in keys]}
    run = modules.read(max_retries=0, **options)
    assert run.failed
    assert run.msg.startswith("1 of 3 application keys could not be read (1 failed). ")
    assert run.result["not_found"] == []
    # What could be read is there all the same.
    assert [row["name"] for row in run.rows] == [bobs[0].name, bobs[2].name]
    assert bobs[1].secret not in run.output


def test_a_missing_permission_is_named(modules, bobs):
    run = modules.read(app_key=NO_PERMISSION_APP_KEY, app_key_id=bobs[0].id)
    assert run.failed
    assert "org_app_keys_read" in run.msg


# The whole organization


@pytest.mark.parametrize("count", [1, 99, 100, 101, 200, 201])
def test_without_a_selector_all_keys_come_every_page(modules, standin, count):
    standin.reset(Organization.generated(count))
    run = modules.read()
    assert not run.failed
    assert set(ids(run)) == set(standin.organization.keys)
    assert run.result["total"] == len(run.rows) == count
    assert run.result["listing"] == {"total": count, "complete": True}
    assert len(standin.requests) == (1 if count <= 100 else 2 * -(-count // 100))


def test_all_keys_come_with_their_owners(modules, standin):
    run = modules.read()
    emails = {key["id"]: key["owner"]["email"] for key in run.rows}
    owners = standin.organization.users
    assert emails == {key.id: owners[key.owner_id].email for key in standin.organization.keys.values()}


def test_reading_all_needs_no_permission_to_read_users(modules):
    assert modules.read(app_key=NO_USERS_APP_KEY).result["total"] == 146


def test_a_listing_that_does_not_add_up_is_an_error_without_any_rows(modules, standin):
    short = {"data": [], "meta": {"page": {"total_filtered_count": 1}}}
    standin.faults.add("json", path="page%5Bnumber%5D=1", body=short)
    run = modules.read()
    assert run.failed
    assert "do not add up" in run.msg
    assert run.rows == []
    assert run.result["listing"]["complete"] is not True


# Owners


def test_all_keys_of_an_owner_and_of_several(modules, standin):
    run = modules.read(owner=[LEAVER, SECOND_LEAVER.upper()])
    assert not run.failed
    assert [row["owner"]["email"] for row in run.rows] == [LEAVER] * 51 + [SECOND_LEAVER] * 6
    assert run.result["listing"] == {"total": 57, "complete": True}
    assert [(one["query"], one["status"], one["total"]) for one in run.result["owners"]] == [
        (LEAVER, "resolved", 51),
        (SECOND_LEAVER.upper(), "resolved", 6),
    ]


def test_a_neighbour_by_substring_is_not_read(modules, standin):
    assert {row["owner"]["email"] for row in modules.read(owner=NEIGHBOUR).rows} == {NEIGHBOUR}


@pytest.mark.parametrize("missing_owner", ["fail", "report"])
def test_an_unknown_owner_fails_unless_it_is_only_to_be_reported(modules, standin, missing_owner):
    run = modules.read(owner=[NOBODY, SECOND_LEAVER], missing_owner=missing_owner)
    assert run.failed is (missing_owner == "fail")
    assert [one["status"] for one in run.result["owners"]] == ["unknown", "resolved"]
    assert run.result["total"] == 6


def test_an_ambiguous_owner_fails_with_all_that_match(modules, standin):
    standin.organization.add_user(SECOND_LEAVER, handle="bob-two")
    run = modules.read(owner=SECOND_LEAVER, missing_owner="report")
    assert run.failed
    assert len(run.result["owners"][0]["matches"]) == 2
    assert run.rows == []


# Filters


def test_the_free_text_filter_is_datadogs_own(modules, standin):
    run = modules.read(filter="Datadog Managed")
    assert run.result["total"] == 4
    assert standin.requests[0].query["filter"] == ["Datadog Managed"]
    assert run.result["listing"] == {"total": 4, "complete": True}


def test_created_before_and_after_as_age_and_as_date(modules, standin):
    keys = standin.organization.keys.values()
    old = {key.id for key in keys if key.created_at < ago(days=365)}
    assert 0 < len(old) < 146
    assert set(ids(modules.read(created_before="365d"))) == old
    assert set(ids(modules.read(created_after="365d"))) == set(standin.organization.keys) - old
    assert set(ids(modules.read(created_before=ago(days=365)))) == old
    assert modules.read(created_after="365d", created_before="366d").result["total"] <= 1


def test_a_date_filter_is_asked_of_the_server_and_applied_here_as_well(modules, standin):
    page = {"data": [], "meta": {"page": {"total_filtered_count": 0}}}
    body = {"data": {"type": "application_keys", "id": GONE, "attributes": {"name": "x", "created_at": ago(days=1)}}}
    page["data"], page["meta"]["page"]["total_filtered_count"] = [body["data"]], 1
    standin.faults.add("json", body=page)
    run = modules.read(created_before="90d")
    assert run.rows == []
    assert "filter[created_at][end]" in standin.requests[0].query
    assert run.result["listing"] == {"total": 1, "complete": True}


def test_unused_keeps_a_missing_use_as_null(modules, standin):
    stale = set()
    for key in standin.organization.keys.values():
        if (key.last_used_at or key.created_at) < ago(days=90):
            stale.add(key.id)
    run = modules.read(unused_for="90d")
    assert set(ids(run)) == stale
    assert 0 < len(stale) < 146
    assert None in {row["last_used_at"] for row in run.rows}


def test_unused_warns_where_no_key_of_the_listing_has_a_recorded_use(modules, standin):
    for key in standin.organization.keys.values():
        key.last_used_at = None
    run = modules.read(unused_for="90d")
    assert len(run.warnings) == 1
    assert "Audit Trail" in run.warnings[0]


def test_unused_does_not_warn_where_some_other_key_of_the_listing_has_a_recorded_use(modules, standin):
    """Uses are recorded, so a key without one is only a key without one."""
    run = modules.read(owner=SECOND_LEAVER, unused_for="1d")
    assert run.warnings == []
    for key in standin.organization.keys_of(SECOND_LEAVER):
        key.last_used_at = None
    standin.organization.keys_of(SECOND_LEAVER)[0].last_used_at = ago(minutes=1)
    run = modules.read(owner=SECOND_LEAVER, unused_for="1d")
    assert run.result["total"] == 5
    assert run.warnings == []


def test_filters_and_an_owner_go_together(modules, standin):
    run = modules.read(owner=LEAVER, filter="ci", created_before="1d")
    assert ids(run) == [key.id for key in standin.organization.keys_of(LEAVER) if "ci" in key.name]
    assert standin.requests[-1].query["filter[owned_by]"]


def test_an_auditor_may_read_all_this(modules, standin):
    assert modules.read(app_key=READ_ONLY_APP_KEY, owner=LEAVER).result["total"] == 51


# fields


def test_rows_hold_only_the_fields_that_are_asked_for_and_the_id(modules, standin):
    run = modules.read(fields=["name", "owner.email", "last_used_at"])
    assert not run.failed
    assert len(run.rows) == len(standin.organization.keys)
    for row in run.rows:
        key = standin.organization.keys[row["id"]]
        email = standin.organization.users[key.owner_id].email
        assert row == {"id": key.id, "name": key.name, "owner": {"email": email}, "last_used_at": key.last_used_at}


@pytest.mark.parametrize("fields", [["owner"], ["owner.email", "owner"], ["owner", "owner.email"]], ids=str)
def test_a_whole_owner_comes_with_all_that_is_known(modules, fields):
    whole = modules.read()
    assert [row["owner"] for row in modules.read(fields=fields).rows] == [row["owner"] for row in whole.rows]


def test_owners_that_nobody_asks_for_are_not_fetched(modules, standin):
    run = modules.read(fields=["name"])
    assert {frozenset(row) for row in run.rows} == {frozenset({"id", "name"})}
    assert [sent for sent in standin.requests if "include" in sent.query] == []


@pytest.mark.parametrize("fields", [["nam"], ["owner.mail"], ["key"], ["name.x"], ["owner."], [""], []], ids=str)
def test_what_is_no_field_is_an_error_before_any_request(modules, standin, fields):
    run = modules.read(fields=fields)
    assert run.failed
    assert "fields" in run.msg
    assert standin.requests == []
