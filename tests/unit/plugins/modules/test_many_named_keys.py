# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many named keys at once: looked up in a listing where that takes fewer requests, and never less surely."""

from __future__ import annotations

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import asked as requests
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import deletes
from ansible_collections.keywarden.datadog.tests.standin import Organization

GONE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def twenty(standin):
    return [key.id for key in standin.organization.keys_of("ann@example.com")[:20]]


def asked(standin):
    return [sent.endpoint for sent in requests(standin)]


def test_rows_keep_the_order_asked_for_and_say_nothing_of_a_listing(modules, standin, twenty):
    others = set(standin.organization.keys) - set(twenty)
    run = modules.remove(app_key_id=twenty[::-1])
    assert [row["id"] for row in run.rows] == twenty[::-1]
    assert run.outcomes == ["deleted"] * 20
    assert all(row["verified_at"] for row in run.rows)
    assert run.result["listing"] == {"total": None, "complete": None}
    assert set(standin.organization.keys) == others
    assert "v2.key.get" not in asked(standin)


def test_pages_and_owners_are_read_once_to_look_keys_up(modules, standin, twenty):
    """What a listing has is true, however it changes. The one that verifies has to be whole, so it is read twice, and
    asks for nothing but the keys; the rows keep what was known of their owners.
    """
    run = modules.remove(app_key_id=twenty)
    included = [sent.query.get("include") for sent in requests(standin) if sent.endpoint == "v2.keys.list"]
    assert included == [["owned_by"]] * 2 + [None] * 4
    assert {row["owner"]["email"] for row in run.rows} == {"ann@example.com"}
    assert not set(twenty) & set(standin.organization.keys)


def test_a_single_page_is_read_once_before_and_once_after_the_deletes(modules, standin):
    standin.reset(Organization.generated(60, owners={"leaver@example.com": 50}))
    ids = [key.id for key in standin.organization.keys_of("leaver@example.com")]
    assert modules.remove(app_key_id=ids).outcomes == ["deleted"] * 50
    assert asked(standin) == ["v2.keys.list", *["v2.key.delete"] * 50, "v2.keys.list"]
    assert standin.organization.keys_of("leaver@example.com") == []


def test_check_predicts_the_same_rows(modules, standin, twenty):
    preview = modules.remove(app_key_id=[*twenty, GONE], check=True)
    assert deletes(standin) == []
    real = modules.remove(app_key_id=[*twenty, GONE])
    assert preview.outcomes == real.outcomes == ["deleted"] * 20 + ["absent"]
    assert [row["name"] for row in preview.rows] == [row["name"] for row in real.rows]
    assert real.rows[-1]["status_code"] == 404


def test_a_listing_that_hides_keys_does_not_make_them_absent(modules, standin, twenty):
    """Absent is Datadog's own 404 for that very key, never a gap in a listing."""
    empty = {"data": [], "meta": {"page": {"total_filtered_count": 0}}}
    standin.faults.add("json", endpoint="v2.keys.list", body=empty, times=1)
    assert modules.remove(app_key_id=twenty).outcomes == ["deleted"] * 20
    assert not set(twenty) & set(standin.organization.keys)


@pytest.mark.parametrize("skip", [0, 2], ids=["to look up", "to verify"])
@pytest.mark.parametrize(
    "fault",
    [
        {"act": "status", "status": 403, "body": "datadog"},
        {"act": "status", "status": 500, "body": "html"},
        {"act": "json", "body": {"data": [], "meta": {"page": {"total_filtered_count": 5}}}},
    ],
    ids=["forbidden", "broken", "incomplete"],
)
def test_a_listing_that_cannot_be_read_is_replaced_by_a_read_of_each(modules, standin, twenty, fault, skip):
    standin.faults.add(**fault, endpoint="v2.keys.list", skip=skip)
    run = modules.remove(app_key_id=twenty, max_retries=0)
    assert run.outcomes == ["deleted"] * 20
    assert asked(standin).count("v2.key.get") == (20 if skip else 40)
    assert not set(twenty) & set(standin.organization.keys)


def test_keys_that_still_show_in_the_listing_are_waited_for_and_then_failed(modules, standin, twenty):
    standin.propagation(listing=0.5, get=0.5)
    assert modules.remove(app_key_id=twenty[:10], verify_timeout=10).outcomes == ["deleted"] * 10
    standin.propagation(listing=60, get=60)
    assert modules.remove(app_key_id=twenty[10:], verify_timeout=1).outcomes == ["failed"] * 10


def test_a_delete_that_only_seemed_to_work_is_found_out(modules, standin, twenty):
    standin.faults.add("answer", method="DELETE", effect=False, key_id=twenty[3])
    run = modules.remove(app_key_id=twenty, verify_timeout=1)
    assert run.failed
    assert [row["id"] for row in run.rows if row["outcome"] == "failed"] == [twenty[3]]
    assert set(twenty) & set(standin.organization.keys) == {twenty[3]}


def test_guards_hold_for_what_the_listing_told(modules, standin, twenty):
    run = modules.remove(app_key_id=twenty, max_keys=19, keep=[])
    assert run.outcomes == ["refused"] * 20
    run = modules.remove(app_key_id=twenty, keep=twenty[:5])
    assert run.outcomes == ["kept"] * 5 + ["deleted"] * 15
    assert set(twenty) & set(standin.organization.keys) == set(twenty[:5])


# A listing says nothing of what it never held


class Unlisted:
    """A listing that leaves one key out, as whole as any other by its own count."""

    def __init__(self, standin, key_id):
        self.key = standin.organization.keys[key_id]
        real = type(standin.organization.keys).listed
        hidden = self.key

        def listed(store, *arguments, **more):
            return [key for key in real(store, *arguments, **more) if key.id != hidden.id]

        self.listed = listed


@pytest.fixture
def unlisted(standin, twenty, mocker):
    """The key among the twenty that answers by its ID and is in no listing."""
    keys = type(standin.organization.keys)
    mocker.patch.object(keys, "listed", Unlisted(standin, twenty[7]).listed)
    return twenty[7]


@pytest.mark.parametrize(
    ("act", "outcome"), [("drop", "failed"), ("answer", "failed"), ("drop_after", "deleted")], ids=str
)
def test_a_key_that_is_in_no_listing_is_verified_by_its_id(modules, standin, twenty, unlisted, act, outcome):
    standin.faults.add(act, method="DELETE", effect=act == "drop_after", key_id=unlisted)
    run = modules.remove(app_key_id=twenty, verify_timeout=1, max_retries=0)
    assert run.row(unlisted)["outcome"] == outcome
    assert (unlisted in standin.organization.keys) is (outcome == "failed")
    assert run.outcomes.count("deleted") == (20 if outcome == "deleted" else 19)


def test_keys_that_a_lagging_listing_shows_are_read_by_id_before_they_have_failed(modules, standin, twenty):
    standin.propagation(listing=60)
    run = modules.remove(app_key_id=twenty, verify_timeout=1)
    assert run.outcomes == ["deleted"] * 20
    assert all(row["verified_at"] for row in run.rows)


@pytest.mark.parametrize("named", [True, False], ids=["named", "of an owner"])
def test_check_and_real_agree_on_keys_that_only_a_listing_still_shows(modules, standin, named):
    """They were removed a moment ago, and the listing lags behind."""
    standin.propagation(listing=60)
    bobs = [key.id for key in standin.organization.keys_of("ann@example.com")]
    for key_id in bobs:
        standin.organization.delete_key(key_id)
    options = {"app_key_id": bobs} if named else {"owner": "ann@example.com"}
    preview = modules.remove(**options, check=True, verify_timeout=1)
    real = modules.remove(**options, verify_timeout=1)
    assert preview.outcomes == real.outcomes == ["absent"] * 51
    assert all(row["verified_at"] for row in preview.rows)
    assert (preview.changed, preview.failed) == (real.changed, real.failed) == (False, False)


def test_check_and_real_agree_on_a_key_that_no_listing_shows(modules, standin, twenty, unlisted):
    preview = modules.remove(app_key_id=twenty, check=True)
    real = modules.remove(app_key_id=twenty)
    assert preview.outcomes == real.outcomes == ["deleted"] * 20
    assert unlisted not in standin.organization.keys
