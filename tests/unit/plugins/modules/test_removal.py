# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removing keys that are named: there or gone, for real or in check mode, through either version."""

from __future__ import annotations

import re

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import asked, deletes
from ansible_collections.keywarden.datadog.tests.standin import (
    ACCESS_TOKEN,
    APP_KEY,
    NO_USERS_APP_KEY,
    PLAIN_USER_APP_KEY,
    SERVICE_TOKEN,
    Organization,
)
from ansible_collections.keywarden.datadog.tests.standin.organization import FLAGS

GONE = "00000000-0000-4000-8000-000000000000"
GONE_SECRET = "f" * 40
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NONE = {"deleted": 0, "absent": 0, "kept": 0, "refused": 0, "skipped": 0, "failed": 0, "unknown": 0}
# What a prediction cannot know.
OF_THE_REAL_RUN = ("status_code", "requested_at", "verified_at", "message")


@pytest.fixture(params=["v1", "v2"])
def version(request):
    return request.param


@pytest.fixture
def bobs(standin):
    return standin.organization.keys_of("bob@example.com")


def selected(version, *keys):
    """Options that name these keys, which may be None for one that does not exist."""
    if version == "v1":
        return {"api_version": "v1", "key": [key.secret if key else GONE_SECRET for key in keys]}
    return {"app_key_id": [key.id if key else GONE for key in keys]}


def foretold(run):
    return [{name: value for name, value in row.items() if name not in OF_THE_REAL_RUN} for row in run.rows]


def test_a_key_that_is_there_is_read_deleted_and_read_again_and_reported_deleted(modules, standin, version, bobs):
    run = modules.remove(**selected(version, bobs[0]))
    assert not run.failed
    assert run.changed
    assert run.result["counts"] == {**NONE, "deleted": 1}
    (row,) = run.rows
    assert row["outcome"] == "deleted"
    assert row["name"] == bobs[0].name
    assert row["last4"] == bobs[0].last4
    assert row["id"] == (None if version == "v1" else bobs[0].id)
    assert row["status_code"] == (200 if version == "v1" else 204)
    assert UTC.fullmatch(row["requested_at"])
    assert UTC.fullmatch(row["verified_at"])
    assert row["requested_at"] <= row["verified_at"]
    assert bobs[0].id not in standin.organization.keys
    assert len(standin.organization.keys) == 145
    assert [(sent.method, sent.status) for sent in asked(standin)] == [
        ("GET", 200),
        ("DELETE", 200 if version == "v1" else 204),
        ("GET", 404),
    ]


def test_a_key_that_is_gone_is_absent_which_is_fine_and_nothing_is_deleted(modules, standin, version):
    run = modules.remove(**selected(version, None))
    assert not run.failed
    assert not run.changed
    assert run.result["counts"] == {**NONE, "absent": 1}
    assert run.rows[0]["status_code"] == 404
    assert UTC.fullmatch(run.rows[0]["verified_at"])
    assert run.rows[0]["requested_at"] is None
    # API v1 also serves those who see only their own keys, so its 404 takes a look at what they see.
    looks = [("GET", 404), ("GET", 200)] if version == "v1" else [("GET", 404)]
    assert [(sent.method, sent.status) for sent in asked(standin)] == looks
    assert len(standin.organization.keys) == 146


def test_check_predicts_the_real_run_and_deletes_nothing(modules, standin, version, bobs):
    """Walk: check, real, check again, real again."""
    options = selected(version, bobs[0], None, bobs[1])
    expected = ["deleted", "absent", "deleted"]

    preview = modules.remove(check=True, diff=True, **options)
    assert (preview.changed, preview.failed, preview.outcomes) == (True, False, expected)
    assert deletes(standin) == []
    assert len(standin.organization.keys) == 146

    real = modules.remove(diff=True, **options)
    assert (real.changed, real.failed, real.outcomes) == (True, False, expected)
    assert foretold(preview) == foretold(real)
    assert set(preview.result) == set(real.result)
    assert [set(row) for row in preview.rows] == [set(row) for row in real.rows]
    assert preview.result["counts"] == real.result["counts"]
    assert preview.result["diff"] == real.result["diff"]
    assert len(standin.organization.keys) == 144

    for check in (True, False):
        standin.clear_log()
        again = modules.remove(check=check, diff=True, **options)
        assert (again.changed, again.failed, again.outcomes) == (False, False, ["absent"] * 3)
        assert again.result["diff"]["before"] == again.result["diff"]["after"]
        assert deletes(standin) == []
    assert len(standin.organization.keys) == 144


def test_check_mode_asks_for_no_more_than_a_read_of_each_key(modules, standin, bobs):
    modules.remove(check=True, **selected("v2", *bobs))
    assert [sent.endpoint for sent in asked(standin)] == ["v2.key.get"] * 6


def test_the_diff_shows_what_goes_and_what_stays(modules, bobs):
    run = modules.remove(diff=True, **selected("v2", bobs[0], bobs[1]), keep=[bobs[1].id])
    assert [one["id"] for one in run.result["diff"]["before"]["application_keys"]] == [bobs[0].id, bobs[1].id]
    assert [one["id"] for one in run.result["diff"]["after"]["application_keys"]] == [bobs[1].id]
    assert run.result["diff"]["before"]["application_keys"][0] == {
        "id": bobs[0].id,
        "last4": bobs[0].last4,
        "name": bobs[0].name,
        "owner": "bob@example.com",
    }
    assert "diff" not in modules.remove(**selected("v2", None)).result


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_rows_come_in_the_order_asked_for_and_what_is_named_twice_is_one_row(modules, standin, bobs, check):
    ids = [bobs[2].id, GONE, bobs[0].id.upper(), bobs[2].id.upper(), bobs[1].id]
    run = modules.remove(app_key_id=ids, check=check)
    assert [row["id"] for row in run.rows] == [bobs[2].id, GONE, bobs[0].id, bobs[1].id]
    assert sorted(deletes(standin)) == ([] if check else sorted(key.id for key in bobs[:3]))


def test_a_single_string_will_do(modules, standin, version, bobs):
    option = selected(version, bobs[0])
    name = "key" if version == "v1" else "app_key_id"
    run = modules.remove(**{**option, name: option[name][0]})
    assert run.outcomes == ["deleted"]
    assert bobs[0].id not in standin.organization.keys


def test_a_mixed_list_deletes_two_finds_one_gone_fails_one_and_says_which(modules, standin, version, bobs):
    """There, gone, forbidden, there."""
    forbidden = bobs[1]
    # Its answer comes last: after a missing permission no more deletes are sent.
    standin.faults.add("status", status=403, body="datadog", method="DELETE", key_id=forbidden.id, after=0.5)
    run = modules.remove(**selected(version, bobs[0], None, forbidden, bobs[2]))
    assert run.failed
    assert run.changed
    assert run.outcomes == ["deleted", "absent", "failed", "deleted"]
    assert run.result["counts"] == {**NONE, "deleted": 2, "absent": 1, "failed": 1}
    assert run.rows[2]["name"] == forbidden.name
    assert run.rows[2]["status_code"] == 403
    assert "org_app_keys_write" in run.rows[2]["message"]
    assert "1 of 4 application keys were not confirmed as removed (1 failed)" in run.msg
    assert "org_app_keys_write" in run.msg
    assert {key.id for key in bobs} & set(standin.organization.keys) == {key.id for key in bobs[1:2] + bobs[3:]}


def test_a_mixed_list_in_check_mode_cannot_know_of_a_delete_that_will_be_forbidden(modules, standin, bobs):
    standin.faults.add("status", status=403, body="datadog", method="DELETE", key_id=bobs[1].id)
    run = modules.remove(check=True, **selected("v2", bobs[0], None, bobs[1]))
    assert run.outcomes == ["deleted", "absent", "deleted"]
    assert not run.failed


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_a_read_that_is_forbidden_fails_that_key_and_the_others_go_on(modules, standin, version, bobs, check):
    standin.faults.add("status", status=403, body="datadog", method="GET", key_id=bobs[1].id)
    run = modules.remove(check=check, **selected(version, *bobs[:3]))
    assert run.failed
    assert run.outcomes == ["deleted", "failed", "deleted"]
    assert bobs[1].id in standin.organization.keys
    assert bobs[1].id not in deletes(standin)


def test_every_result_has_the_same_fields_whether_it_fails_or_not(modules, standin, version, bobs):
    fine = modules.remove(**selected(version, bobs[0]))
    standin.faults.add("status", status=500)
    bad = modules.remove(**selected(version, bobs[1]), max_retries=0)
    worse = modules.remove(**selected(version, bobs[1]), app_key="xy")
    assert (fine.failed, bad.failed, worse.failed) == (False, True, True)
    fields = {"changed", "application_keys", "counts", "owners", "listing", "site", "api_version", "waited"}
    for run in (fine, bad, worse):
        assert fields <= set(run.result)
    assert worse.rows == []
    assert fine.result["listing"] == {"total": None, "complete": None}
    assert fine.result["owners"] == []
    assert fine.result["api_version"] == version
    assert fine.result["site"] == standin.url.partition("//")[2]


@pytest.mark.parametrize("token", [ACCESS_TOKEN, SERVICE_TOKEN])
def test_an_access_token_removes_without_an_api_key(modules, standin, bobs, token):
    run = modules.remove(app_key=token, api_key=None, **selected("v2", bobs[0]))
    assert run.outcomes == ["deleted"]
    assert bobs[0].id not in standin.organization.keys


def test_ids_in_capitals_are_the_same_keys(modules, standin, bobs):
    assert modules.remove(app_key_id=bobs[0].id.upper()).outcomes == ["deleted"]
    assert bobs[0].id not in standin.organization.keys


def test_permission_to_read_users_is_not_needed_for_named_keys(modules, standin, bobs):
    assert modules.remove(app_key=NO_USERS_APP_KEY, **selected("v2", bobs[0])).outcomes == ["deleted"]
    assert {sent.endpoint for sent in asked(standin)} == {"v2.key.get", "v2.key.delete"}


def test_an_id_of_another_organization_is_absent_and_the_message_names_the_site(modules, standin):
    """It cannot be told from a key that is gone, so the row says where it was looked for."""
    stranger = next(iter(Organization.generated(3).keys))
    run = modules.remove(app_key_id=stranger)
    assert run.outcomes == ["absent"]
    assert run.result["site"] in run.rows[0]["message"]


def test_many_keys_are_looked_up_and_verified_in_two_listings(modules, standin):
    ids = [key.id for key in standin.organization.keys_of("ann@example.com")]
    run = modules.remove(app_key_id=ids)
    assert set(run.outcomes) == {"deleted"}
    pages_before, pages_after = 2, 1
    assert len(asked(standin)) == pages_before + len(ids) + pages_after
    assert not [sent for sent in asked(standin) if sent.endpoint == "v2.key.get"]
    assert len(set(deletes(standin))) == len(deletes(standin)) == 51
    assert len(standin.organization.keys) == 146 - 51


def test_a_key_that_the_listing_lacks_is_read_by_itself_before_it_counts_as_absent(modules, standin):
    ids = [key.id for key in standin.organization.keys_of("ann@example.com")]
    gone = "00000000-0000-4000-8000-000000000000"
    run = modules.remove(app_key_id=[gone, *ids])
    assert run.outcomes == ["absent"] + ["deleted"] * len(ids)
    assert [sent.key_id for sent in asked(standin) if sent.endpoint == "v2.key.get"] == [gone]


def test_few_keys_of_a_large_organization_are_read_one_by_one(modules, standin):
    standin.reset(Organization.generated(2000))
    ids = [key.id for key in standin.organization.keys.values() if key.secret != APP_KEY][:30]
    run = modules.remove(app_key_id=ids)
    assert set(run.outcomes) == {"deleted"}
    assert len([sent for sent in asked(standin) if sent.endpoint == "v2.keys.list"]) == 1
    assert len([sent for sent in asked(standin) if sent.endpoint == "v2.key.get"]) == 2 * len(ids)


def test_a_listing_that_fails_does_not_keep_named_keys_from_being_removed(modules, standin):
    ids = [key.id for key in standin.organization.keys_of("ann@example.com")]
    standin.faults.add("status", endpoint="v2.keys.list", status=403)
    run = modules.remove(app_key_id=ids)
    assert set(run.outcomes) == {"deleted"}
    assert len(standin.organization.keys) == 146 - len(ids)


def test_what_was_done_before_a_defect_of_ours_is_told(modules, standin, bobs, mocker):
    """Whatever happens inside: no traceback, and every row that was sent is in the result."""
    mocker.patch(
        "ansible_collections.keywarden.datadog.plugins.module_utils._removal.deletion.confirm",
        side_effect=RuntimeError(f"secret {bobs[0].secret}"),
    )
    run = modules.remove(**selected("v1", bobs[0]))
    assert run.failed
    assert run.changed
    assert run.outcomes == ["unknown"]
    assert "defect of the collection: RuntimeError" in run.msg
    assert bobs[0].secret not in run.output


# API v1 also serves those who see only their own keys


@pytest.mark.parametrize("view", FLAGS["v1_half_view"])
@pytest.mark.parametrize("check", [False, True])
def test_a_404_of_v1_means_nothing_to_who_sees_only_their_own_keys(modules, standin, bobs, view, check):
    standin.organization.set_flag("v1_half_view", view)
    for key in (bobs[0], None):
        run = modules.remove(**selected("v1", key), app_key=PLAIN_USER_APP_KEY, check=check)
        assert run.failed
        assert not run.changed
        assert run.outcomes == ["failed"]
        assert "org_app_keys_read" in run.msg
        read = modules.read(**selected("v1", key), app_key=PLAIN_USER_APP_KEY)
        assert read.failed
        assert read.result["not_found"] == []
    assert bobs[0].id in standin.organization.keys


@pytest.mark.parametrize("body", [{"errors": ["Not found"]}, {"errors": ["Application key not found"]}])
def test_a_look_at_all_keys_that_is_not_found_is_no_proof_either(modules, standin, bobs, body):
    """A gateway may forward version 1 alone."""
    standin.organization.set_flag("v1_half_view", "hidden")
    standin.faults.add("json", status=404, body=body, endpoint="v2.keys.list")
    run = modules.remove(**selected("v1", bobs[0]), app_key=PLAIN_USER_APP_KEY)
    assert run.failed
    assert run.outcomes == ["failed"]
    assert bobs[0].id in standin.organization.keys


def test_a_permission_that_goes_before_the_delete_makes_no_key_of_v1_absent(modules, standin, bobs):
    standin.organization.set_flag("v1_half_view", "hidden")

    def meanwhile(organization: Organization) -> None:
        carol = organization.find_user("carol@example.com")
        carol.permissions[:] = ["user_app_keys"]

    standin.organization.find_user("carol@example.com").permissions += ["org_app_keys_read", "org_app_keys_write"]
    standin.faults.add("actor", method="GET", path="/api/v1/", times=1, when="after", call=meanwhile)
    run = modules.remove(**selected("v1", bobs[0]), app_key=PLAIN_USER_APP_KEY, verify_timeout=1)
    assert run.failed
    assert run.outcomes == ["unknown"]
    assert bobs[0].id in standin.organization.keys


def test_who_sees_only_their_own_keys_can_remove_them_through_v1(modules, standin):
    carol = standin.organization.find_user("carol@example.com")
    other = standin.organization.add_key(carol.id, name="another")
    run = modules.remove(**selected("v1", other), app_key=PLAIN_USER_APP_KEY)
    assert run.outcomes == ["deleted"]
    assert other.id not in standin.organization.keys
