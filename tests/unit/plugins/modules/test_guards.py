# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guards: a plan that one of them stops is untouched, in check mode as for real, and the other plans go on."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import deletes
from ansible_collections.keywarden.datadog.tests.standin import (
    ACCESS_TOKEN,
    API_KEY,
    APP_KEY,
    NEIGHBOUR,
    NO_USERS_APP_KEY,
    OPERATOR,
    SCOPED_APP_KEY,
    SECOND_LEAVER,
)

BOTH = pytest.mark.parametrize("check", [False, True], ids=["real", "check"])


@pytest.fixture
def bobs(standin):
    return standin.organization.keys_of(SECOND_LEAVER)


@pytest.fixture
def own(standin):
    """The key that the task runs with."""
    return standin.organization.keys.by_secret(APP_KEY)


def used(standin, key, **ago):
    moment = datetime.now(timezone.utc) - timedelta(**ago)
    standin.organization.keys[key.id].last_used_at = moment.isoformat()


def untouched(standin, run, keys):
    """Nothing of these keys was deleted, or said to be."""
    ids = {key.id for key in keys}
    said = {row["id"] for row in run.rows if row["outcome"] == "deleted"}
    return ids <= set(standin.organization.keys) and not ids & {*deletes(standin), *said}


# keep


@BOTH
def test_what_is_to_be_kept_stays_whatever_the_selection(modules, standin, bobs, check):
    keep = [bobs[1].id.upper(), bobs[4].id, "00000000-0000-4000-8000-000000000000"]
    run = modules.remove(owner=SECOND_LEAVER, keep=keep, check=check)
    assert (run.failed, run.changed) == (False, True)
    assert {row["id"] for row in run.rows if row["outcome"] == "kept"} == {bobs[1].id, bobs[4].id}
    assert run.result["counts"]["deleted"] == 4
    assert untouched(standin, run, [bobs[1], bobs[4]])
    left = {key.id for key in standin.organization.keys_of(SECOND_LEAVER)}
    assert left == ({key.id for key in bobs} if check else {bobs[1].id, bobs[4].id})


def test_keep_holds_for_named_keys_too(modules, standin, bobs):
    run = modules.remove(app_key_id=[bobs[0].id, bobs[1].id], keep=[bobs[0].id])
    assert run.outcomes == ["kept", "deleted"]
    assert untouched(standin, run, bobs[:1])


def test_all_kept_is_no_change(modules, standin, bobs):
    run = modules.remove(owner=SECOND_LEAVER, keep=[key.id for key in bobs])
    assert (run.failed, run.changed, run.outcomes) == (False, False, ["kept"] * 6)
    assert deletes(standin) == []


def test_a_key_to_be_kept_that_does_not_exist_is_absent_and_not_kept(modules):
    gone = "00000000-0000-4000-8000-000000000000"
    assert modules.remove(app_key_id=gone, keep=[gone]).outcomes == ["absent"]


# max_keys


@BOTH
def test_a_plan_larger_than_max_keys_is_refused_whole_and_the_other_is_carried_out(modules, standin, bobs, check):
    run = modules.remove(owner=[NEIGHBOUR, SECOND_LEAVER], max_keys=6, check=check)
    assert run.failed
    assert run.changed
    assert run.outcomes == ["refused"] * 11 + ["deleted"] * 6
    assert "11 application keys to remove, more than max_keys (6)" in run.msg
    assert len(standin.organization.keys_of(NEIGHBOUR)) == 11
    assert len(standin.organization.keys_of(SECOND_LEAVER)) == (6 if check else 0)
    assert all(row["requested_at"] is None for row in run.rows[:11])


@pytest.mark.parametrize(("max_keys", "fails"), [(5, True), (6, False), (7, False), (0, True)])
def test_max_keys_is_the_most_that_may_go(modules, standin, max_keys, fails):
    run = modules.remove(owner=SECOND_LEAVER, max_keys=max_keys)
    assert run.failed is fails
    assert len(standin.organization.keys_of(SECOND_LEAVER)) == (6 if fails else 0)


def test_max_keys_counts_neither_what_is_kept_nor_what_is_gone(modules, standin, bobs):
    gone = "00000000-0000-4000-8000-000000000000"
    named = [key.id for key in bobs[:3]] + [gone]
    run = modules.remove(app_key_id=named, keep=[bobs[0].id], max_keys=2)
    assert run.outcomes == ["kept", "deleted", "deleted", "absent"]
    assert sorted(deletes(standin)) == sorted(key.id for key in bobs[1:3])


def test_max_keys_zero_lets_an_empty_plan_pass(modules, standin):
    modules.remove(owner=SECOND_LEAVER)
    assert not modules.remove(owner=SECOND_LEAVER, max_keys=0).failed


# refuse_used_within


@BOTH
def test_one_key_in_use_holds_back_its_whole_plan_and_the_other_is_carried_out(modules, standin, bobs, check):
    used(standin, bobs[3], days=2)
    run = modules.remove(owner=[SECOND_LEAVER, NEIGHBOUR], refuse_used_within="7d", check=check)
    assert run.failed
    assert run.row(bobs[3].id)["outcome"] == "refused"
    assert bobs[3].id in run.msg
    assert bobs[3].name in run.msg
    assert run.result["counts"]["refused"] == 1
    assert run.result["counts"]["skipped"] == 5
    assert run.result["counts"]["deleted"] == 11
    assert untouched(standin, run, bobs)
    assert len(standin.organization.keys_of(NEIGHBOUR)) == (11 if check else 0)


@pytest.mark.parametrize(("days", "fails"), [(6.9, True), (7.1, False)])
def test_the_age_of_the_last_use_decides(modules, standin, bobs, days, fails):
    used(standin, bobs[0], days=days)
    run = modules.remove(app_key_id=bobs[0].id, refuse_used_within="7d")
    assert run.failed is fails
    assert (bobs[0].id in standin.organization.keys) is fails


def test_a_use_in_the_future_of_our_clock_is_a_recent_use(modules, standin, bobs):
    used(standin, bobs[0], hours=-1)
    assert modules.remove(app_key_id=bobs[0].id, refuse_used_within="7d").outcomes == ["refused"]
    assert deletes(standin) == []


def test_a_key_in_use_that_is_kept_holds_nothing_back(modules, standin, bobs):
    used(standin, bobs[3], days=2)
    run = modules.remove(owner=SECOND_LEAVER, refuse_used_within="7d", keep=[bobs[3].id])
    assert not run.failed
    assert run.result["counts"]["deleted"] == 5


def test_a_guard_without_any_use_data_says_that_it_could_not_guard(modules, standin, bobs):
    for key in bobs:
        standin.organization.keys[key.id].last_used_at = None
    run = modules.remove(owner=SECOND_LEAVER, refuse_used_within="7d", check=True)
    assert any("No application key of this task has a recorded use" in text for text in run.warnings)
    used(standin, bobs[0], days=40)
    run = modules.remove(owner=SECOND_LEAVER, refuse_used_within="7d", check=True)
    assert run.warnings == []


@BOTH
@pytest.mark.parametrize(
    "odd",
    ["yesterday", "", " ", "2026-13-45T00:00:00Z", True, {"at": "2026-01-01"}, ["2026"], "1970-01-01T00:00:00Z"],
    ids=str,
)
@pytest.mark.parametrize("age", ["7d", "0d"])
def test_a_last_use_that_cannot_be_read_holds_back_its_plan_and_says_so(modules, standin, bobs, odd, check, age):
    standin.organization.keys[bobs[3].id].last_used_at = odd
    run = modules.remove(owner=SECOND_LEAVER, refuse_used_within=age, check=check)
    assert run.row(bobs[3].id)["outcome"] == "refused"
    assert "cannot be read" in run.msg
    assert run.result["counts"]["skipped"] == 5
    assert untouched(standin, run, bobs)


@pytest.mark.parametrize(
    ("form", "ago"),
    [
        ("%Y-%m-%d", {"hours": 24}),
        ("%Y%m%d", {"hours": 24}),
        ("%G-W%V-%u", {"hours": 24}),
        ("%Y-%j", {"hours": 24}),
        ("%Y-%m-%dT%HZ", {"hours": 24}),
        ("%Y-%m-%dT%H:%MZ", {"hours": 24}),
        ("%Y-%m-%dT%H:%M:%S", {"hours": 35}),
        ("%d %b %Y %H:%M GMT", {"hours": 24}),
    ],
)
def test_a_last_use_told_without_its_time_or_its_zone_counts_as_late_as_it_can_be_meant(
    modules, standin, bobs, form, ago
):
    """The end of that day, hour or minute; and without a zone, the time of the place farthest west."""
    used_at = datetime.now(timezone.utc) - timedelta(**ago)
    standin.organization.keys[bobs[3].id].last_used_at = used_at.strftime(form)
    run = modules.remove(owner=SECOND_LEAVER, refuse_used_within="24h")
    assert run.row(bobs[3].id)["outcome"] == "refused"
    assert untouched(standin, run, bobs)
    long_ago = used_at - timedelta(days=3)
    standin.organization.keys[bobs[3].id].last_used_at = long_ago.strftime(form)
    assert modules.remove(owner=SECOND_LEAVER, refuse_used_within="24h").result["counts"]["deleted"] == len(bobs)
    assert bobs[3].id not in standin.organization.keys


@pytest.mark.parametrize("ahead", [{"minutes": -5}, {"days": -300}, {"days": -30000}], ids=str)
def test_a_use_ahead_of_our_clock_holds_back_its_plan(modules, standin, bobs, ahead):
    used(standin, bobs[3], **ahead)
    run = modules.remove(owner=SECOND_LEAVER, refuse_used_within="1m")
    assert run.row(bobs[3].id)["outcome"] == "refused"
    assert untouched(standin, run, bobs)


# organization_id

ELSEWHERE = "5f1c0a3e-8d2b-4c47-9a60-1b7e4d92c8aa"


@BOTH
@pytest.mark.parametrize("owner", [True, False], ids=["of an owner", "named"])
def test_credentials_of_another_organization_remove_nothing(modules, standin, bobs, check, owner):
    options = {"owner": [SECOND_LEAVER, "nobody@example.com"]} if owner else {"app_key_id": [key.id for key in bobs]}
    run = modules.remove(**options, organization_id=ELSEWHERE, missing_owner="report", check=check)
    assert run.failed
    assert set(run.outcomes) == {"refused"}
    assert f"and not to {ELSEWHERE}, which organization_id requires" in run.msg
    assert untouched(standin, run, bobs)
    assert {one["status"] for one in run.result["owners"]} <= {"failed"}


def test_an_organization_that_datadog_does_not_name_is_not_the_right_one(modules, standin):
    """It could be any; and somebody without keys there must not look as if nothing was left to remove."""
    standin.faults.add("status", endpoint="v2.current_user", status=403, body="datadog")
    nobody = {"data": [], "meta": {"page": {"total_count": 0, "total_filtered_count": 0}}}
    standin.faults.add("json", endpoint="v2.users.list", body=nobody)
    run = modules.remove(owner="nobody@example.com", organization_id=ELSEWHERE, missing_owner="report")
    assert run.failed
    assert "Datadog did not say to which one the credentials of this task belong" in run.msg


@pytest.mark.parametrize("case", [str, str.upper])
def test_credentials_of_the_organization_that_is_meant_remove_what_is_selected(modules, standin, bobs, case):
    organization = modules.remove(owner=SECOND_LEAVER, check=True).result["organization"]["id"]
    run = modules.remove(owner=SECOND_LEAVER, organization_id=case(organization))
    assert run.outcomes == ["deleted"] * len(bobs)
    assert standin.organization.keys_of(SECOND_LEAVER) == []


# only


@BOTH
def test_a_selected_key_that_nobody_reviewed_holds_back_its_plan(modules, standin, bobs, check):
    reviewed = [key.id.upper() for key in bobs if key is not bobs[2]]
    run = modules.remove(
        owner=[SECOND_LEAVER, NEIGHBOUR],
        only=reviewed + [key.id for key in standin.organization.keys_of(NEIGHBOUR)],
        check=check,
    )
    assert run.failed
    assert run.row(bobs[2].id)["outcome"] == "refused"
    assert bobs[2].id in run.msg
    assert "not listed in only" in run.msg
    assert run.result["counts"]["skipped"] == 5
    assert untouched(standin, run, bobs)
    assert len(standin.organization.keys_of(NEIGHBOUR)) == (11 if check else 0)


def test_what_was_reviewed_and_is_gone_is_fine(modules, standin, bobs):
    run = modules.remove(owner=SECOND_LEAVER, only=[*(key.id for key in bobs), "00000000-0000-4000-8000-000000000000"])
    assert (run.failed, run.outcomes) == (False, ["deleted"] * 6)
    assert standin.organization.keys_of(SECOND_LEAVER) == []


def test_with_an_empty_review_nothing_can_be_deleted(modules, standin, bobs):
    run = modules.remove(owner=SECOND_LEAVER, only=[])
    assert run.outcomes == ["refused"] * 6
    assert untouched(standin, run, bobs)


def test_a_key_to_keep_needs_no_review(modules, standin, bobs):
    run = modules.remove(app_key_id=[bobs[0].id, bobs[1].id], only=[bobs[0].id], keep=[bobs[1].id])
    assert (run.failed, run.outcomes) == (False, ["deleted", "kept"])
    assert deletes(standin) == [bobs[0].id]


# managed_keys


@BOTH
def test_keys_that_integrations_run_on_are_left_and_the_rest_is_deleted(modules, standin, check):
    keys = standin.organization.keys_of("platform@example.com")
    managed = {key.id for key in keys if "Datadog Managed" in key.name}
    run = modules.remove(owner="platform@example.com", check=check)
    assert run.failed
    assert len(managed) == 4
    assert {row["id"] for row in run.rows if row["outcome"] == "refused"} == managed
    assert run.result["counts"]["deleted"] == len(keys) - 4
    assert "Reconnect the integration as another user first" in run.msg
    left = {key.id for key in standin.organization.keys_of("platform@example.com")}
    assert left == ({key.id for key in keys} if check else managed)


def test_keys_that_integrations_run_on_go_where_that_is_asked_for(modules, standin):
    run = modules.remove(owner="platform@example.com", managed_keys="delete")
    assert not run.failed
    assert standin.organization.keys_of("platform@example.com") == []


@pytest.mark.parametrize("dash", ["-", " - ", "\u2013", " \u2014 ", "\u2011", "\u00a0-\u00a0", "  -  "])
@pytest.mark.parametrize(
    "words", ["Datadog Managed", "datadog managed", "DATADOG  MANAGED", "Datadog\u00a0Managed", "Datadog\u200bManaged"]
)
def test_a_managed_key_is_known_whatever_dashes_and_spaces_it_has(modules, standin, bobs, dash, words):
    bobs[0].name = f"Some Integration{dash}{words}{dash}{SECOND_LEAVER}"
    run = modules.remove(app_key_id=[bobs[0].id, bobs[1].id])
    assert run.outcomes == ["refused", "deleted"]
    assert bobs[0].id in standin.organization.keys


@BOTH
def test_a_key_whose_name_cannot_be_read_may_be_a_managed_one(modules, standin, bobs, check):
    bobs[0].name = None
    options = {"app_key_id": [bobs[0].id, bobs[1].id], "check": check}
    run = modules.remove(**options)
    assert run.outcomes == ["refused", "deleted"]
    assert "has no name that can be read" in run.msg
    assert untouched(standin, run, bobs[:1])
    run = modules.remove(**options, managed_keys="delete")
    assert run.row(bobs[0].id)["outcome"] == "deleted"
    assert [text for text in run.warnings if "Without a name that can be read" in text]
    assert (bobs[0].id in standin.organization.keys) == check


def test_a_managed_key_in_use_does_not_hold_back_the_others(modules, standin, bobs):
    bobs[0].name = "Some Integration - Datadog Managed - bob@example.com"
    used(standin, bobs[0], hours=1)
    run = modules.remove(app_key_id=[bobs[0].id, bobs[1].id], refuse_used_within="1d", max_keys=1)
    assert run.outcomes == ["refused", "deleted"]
    assert deletes(standin) == [bobs[1].id]


# self


@BOTH
def test_the_key_that_the_task_runs_with_is_refused_and_its_plan_held_back(modules, standin, own, bobs, check):
    run = modules.remove(app_key_id=[bobs[0].id, own.id, bobs[1].id], check=check)
    assert run.failed
    assert not run.changed
    assert run.outcomes == ["skipped", "refused", "skipped"]
    assert {row["message"] for row in run.rows[::2]} == {"Not tried: a guard held back the plan that it belongs to."}
    assert "the one that this task runs with" in run.msg
    assert "allow_self" in run.msg
    assert deletes(standin) == []


def test_an_owner_who_has_that_key_is_held_back_and_the_others_are_carried_out(modules, standin, own):
    operator = standin.organization.find_user(OPERATOR)
    run = modules.remove(owner=[operator.id, SECOND_LEAVER])
    assert run.failed
    assert run.row(own.id)["outcome"] == "refused"
    assert run.result["counts"] == {**run.result["counts"], "refused": 1, "skipped": 1, "deleted": 6}
    assert own.id in standin.organization.keys
    assert standin.organization.keys_of(SECOND_LEAVER) == []


def test_v1_knows_that_key_by_its_secret(modules, standin, own):
    run = modules.remove(api_version="v1", key=[APP_KEY])
    assert run.outcomes == ["refused"]
    assert own.id in standin.organization.keys
    assert APP_KEY not in run.output


def test_with_keep_that_key_holds_nothing_back(modules, standin, own, bobs):
    run = modules.remove(app_key_id=[bobs[0].id, own.id], keep=[own.id])
    assert run.outcomes == ["deleted", "kept"]
    assert own.id in standin.organization.keys


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_where_it_may_go_it_goes_last_once_the_others_are_verified(modules, standin, own, bobs, version):
    keys = [own, bobs[0], bobs[1]]
    if version == "v1":
        options = {"api_version": "v1", "key": [key.secret for key in keys]}
    else:
        options = {"app_key_id": [key.id for key in keys]}
    run = modules.remove(allow_self=True, **options)
    assert not run.failed
    assert run.outcomes == ["deleted"] * 3
    assert own.id not in standin.organization.keys
    assert deletes(standin)[-1] == own.id
    verified = [sent.number for sent in standin.requests if sent.status == 404]
    (last,) = [sent.number for sent in standin.requests if sent.method == "DELETE" and sent.key_id == own.id]
    assert len(verified) >= 2
    assert max(verified[:2]) < last


def test_check_mode_predicts_that_it_would_go(modules, standin, own):
    run = modules.remove(app_key_id=own.id, allow_self=True, check=True)
    assert run.outcomes == ["deleted"]
    assert own.id in standin.organization.keys


def test_it_stays_where_another_key_of_the_task_could_not_be_removed(modules, standin, own, bobs):
    standin.faults.add("status", status=409, body="datadog", method="DELETE", key_id=bobs[0].id)
    run = modules.remove(app_key_id=[own.id, bobs[0].id, bobs[1].id], allow_self=True)
    assert run.failed
    assert run.outcomes == ["skipped", "failed", "deleted"]
    assert own.id in standin.organization.keys


def test_a_key_that_only_ends_like_it_is_nobodys_self(modules, standin, own):
    """v2 shows four characters; the owner tells the two apart."""
    twin = standin.organization.add_key(SECOND_LEAVER, secret="0" * 36 + APP_KEY[-4:])
    run = modules.remove(app_key_id=twin.id)
    assert run.outcomes == ["deleted"]
    assert own.id in standin.organization.keys


def test_rather_one_refusal_too_many_where_nobody_tells_whose_key_it_is(modules, standin, own):
    twin = standin.organization.add_key(SECOND_LEAVER, secret="0" * 36 + APP_KEY[-4:])
    standin.faults.add("status", status=403, body="datadog", endpoint="v2.current_user")
    assert modules.remove(app_key_id=twin.id).outcomes == ["refused"]
    assert deletes(standin) == []


def test_another_key_of_the_same_person_is_not_the_one_that_runs(modules, standin, own):
    other = standin.organization.keys.by_secret(SCOPED_APP_KEY)
    assert other.owner_id == own.owner_id
    assert modules.remove(app_key_id=other.id).outcomes == ["deleted"]


def test_a_token_is_no_application_key_so_any_key_may_go(modules, standin, own):
    run = modules.remove(app_key=ACCESS_TOKEN, api_key=None, app_key_id=own.id)
    assert run.outcomes == ["deleted"]
    assert own.id not in standin.organization.keys


def test_the_self_guard_needs_no_permission_of_its_own(modules, standin):
    mine = standin.organization.keys.by_secret(NO_USERS_APP_KEY)
    assert modules.remove(app_key=NO_USERS_APP_KEY, api_key=API_KEY, app_key_id=mine.id).outcomes == ["refused"]
    assert mine.id in standin.organization.keys


# Several at once


def test_guards_look_at_the_whole_plan_before_anything_of_it_is_deleted(modules, standin, bobs):
    """Also where the key that trips one comes last."""
    used(standin, bobs[-1], hours=1)
    modules.remove(owner=SECOND_LEAVER, refuse_used_within="1d", concurrency=1)
    assert deletes(standin) == []


def test_every_key_that_a_guard_objects_to_is_named(modules, standin, bobs, own):
    for key in bobs[:2]:
        used(standin, key, hours=1)
    run = modules.remove(app_key_id=[key.id for key in bobs[:3]] + [own.id], refuse_used_within="1d")
    assert run.outcomes == ["refused", "refused", "skipped", "refused"]
    assert deletes(standin) == []
    for key in [*bobs[:2], own]:
        assert key.id in run.msg


@pytest.mark.parametrize("check", [True, False])
def test_check_mode_foresees_that_the_own_key_stays_where_not_all_others_go(modules, standin, bobs, check):
    own = standin.organization.keys.by_secret(APP_KEY)
    managed = standin.organization.keys[bobs[0].id]
    managed.name = "Example - Datadog Managed - bob@example.com"
    run = modules.remove(app_key_id=[own.id, managed.id, bobs[1].id], allow_self=True, check=check)
    assert run.failed
    assert run.row(own.id)["outcome"] == "skipped"
    assert "not all others were removed" in run.row(own.id)["message"]
    assert own.id in standin.organization.keys
