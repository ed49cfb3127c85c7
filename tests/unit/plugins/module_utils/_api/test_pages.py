# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A listing is whole or an error, never short."""

from __future__ import annotations

import copy
import uuid

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api import answers
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import (
    ApiError,
    ForbiddenError,
    IncompleteListingError,
    UnexpectedReplyError,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._api.pages import COLLECTS, LARGEST, read_all
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys_v2 import KeysV2
from ansible_collections.keywarden.datadog.tests.standin import (
    ACCESS_TOKEN,
    APP_KEY,
    LEAVER,
    NO_PERMISSION_APP_KEY,
    NO_USERS_APP_KEY,
    Organization,
)

PATH = ("api", "v2", "application_keys")
SECOND_PAGE = "page%5Bnumber%5D=1"


def listing(client, **params):
    return read_all(client, PATH, params, purpose="Listing", when_forbidden="Look at the role.")


def pages(standin):
    return [int(sent.query["page[number]"][0]) for sent in standin.requests]


def item(number: int = 0):
    return {"type": "application_keys", "id": str(uuid.UUID(int=number)), "attributes": {"name": "x"}}


def page(items, total):
    return {"data": items, "meta": {"page": {"total_filtered_count": total}}}


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 201, 10_000])
def test_every_key_is_listed_whatever_their_number(make_client, standin, count):
    standin.reset(Organization.generated(count))
    # Without any key only a token authenticates.
    found = KeysV2(make_client(app_key=ACCESS_TOKEN, api_key=None)).list()
    assert {key["id"] for key in found.facts} == set(standin.organization.keys)
    assert len(found.facts) == found.total == count
    number_of_pages = max(1, -(-count // 100))
    # More than one page is read twice.
    assert sorted(pages(standin)) == sorted([*range(number_of_pages)] * (1 if number_of_pages == 1 else 2))
    assert {sent.query["page[size]"][0] for sent in standin.requests} == {"100"}


def test_the_first_page_comes_alone_and_the_others_side_by_side(make_client, standin):
    standin.reset(Organization.generated(801))
    standin.latency = 0.3
    listing(make_client(concurrency=8))
    first, *others = standin.requests
    assert pages(standin)[0] == 0
    assert min(sent.time for sent in others) >= first.time + first.seconds
    assert 1 < max(sent.under_way for sent in others) <= 8


def test_keys_are_asked_for_by_creation_so_that_a_new_one_shifts_no_page(client, standin):
    keys = KeysV2(client).list().facts
    assert [key["created_at"] for key in keys] == sorted(key["created_at"] for key in keys)
    assert {sent.query["sort"][0] for sent in standin.requests} == {"created_at"}


@pytest.mark.parametrize(
    "fields",
    [{"add_key": {"owner": "bob@example.com"}}, {"delete_key": "first"}],
    ids=["someone creates a key", "someone deletes a key"],
)
def test_a_listing_that_changed_between_two_pages_is_read_again(client, standin, fields):
    if "delete_key" in fields:
        fields = {"delete_key": KeysV2(client).list().facts[0]["id"]}
    standin.clear_log()
    standin.faults.add("actor", path=SECOND_PAGE, times=1, **fields)
    found = listing(client, sort="created_at")
    assert {one["id"] for one in found.items} == set(standin.organization.keys)
    # Once in vain, and then twice with the same keys.
    assert sorted(pages(standin)) == [0, 0, 0, 1, 1, 1]


def swap(standin, gone, times=1, **where):
    """Somebody deletes a key and creates one at the same time, so that the count stays right."""

    def act(organization):
        living = sorted(organization.keys.values(), key=lambda key: key.created_at)
        organization.delete_key(gone or living[0].id)
        organization.add_key("bob@example.com", created_at="2099-01-01T00:00:00+00:00")

    standin.faults.add("actor", times=times, call=act, **where)


def test_a_key_that_moves_to_a_page_read_before_is_not_missed(client, standin):
    """A key is deleted and another one created between two pages: the count fits, and a living key is on neither."""
    oldest, *_others = KeysV2(client).list().facts
    standin.clear_log()
    swap(standin, oldest["id"], path=SECOND_PAGE)
    found = KeysV2(client).list()
    assert {one["id"] for one in found.facts} == set(standin.organization.keys)
    assert len(standin.requests) == 6


def test_a_listing_that_is_emptied_between_two_collects_is_empty(make_client, standin):
    def empty(organization):
        for key in list(organization.keys):
            organization.delete_key(key)

    standin.reset(Organization.generated(150))
    standin.faults.add("actor", path=SECOND_PAGE, times=1, when="after", call=empty)
    found = listing(make_client(app_key=ACCESS_TOKEN, api_key=None))
    assert (found.items, found.total) == ([], 0)


def test_a_listing_in_which_keys_are_swapped_all_the_time_is_an_error(client, standin):
    swap(standin, None, times=None, path=SECOND_PAGE)
    with pytest.raises(
        IncompleteListingError, match=rf"other entries each time .*read {COLLECTS} times\).*run it again"
    ):
        listing(client, sort="created_at")


def test_a_listing_that_shrinks_to_one_page_still_tells_the_owners(client, standin):
    def leave_fifty(organization):
        for key in [key for key in organization.keys.values() if key.secret != APP_KEY][50:]:
            organization.delete_key(key.id)

    standin.faults.add("actor", path=SECOND_PAGE, times=1, when="after", call=leave_fifty)
    found = KeysV2(client).list()
    assert {one["id"] for one in found.facts} == set(standin.organization.keys)
    assert all(one["owner"]["email"] for one in found.facts)


def test_a_listing_that_grows_by_a_page_still_tells_the_owners(client, standin):
    def add_sixty(organization):
        for _number in range(60):
            organization.add_key("bob@example.com")

    standin.faults.add("actor", path=SECOND_PAGE, times=1, when="after", call=add_sixty)
    found = KeysV2(client).list()
    assert {one["id"] for one in found.facts} == set(standin.organization.keys)
    assert all(one["owner"]["email"] for one in found.facts)
    assert sorted(pages(standin)) == [0, 0, 0, 1, 1, 1, 2, 2]


def test_the_last_reading_has_the_related_objects_and_its_facts_count(client, standin):
    last = KeysV2(client).list().facts[-1]
    standin.clear_log()

    def use(organization):
        organization.keys[last["id"]].last_used_at = "2026-05-05T00:00:00+00:00"

    standin.faults.add("actor", path=SECOND_PAGE, times=1, when="after", call=use)
    found = KeysV2(client).list().facts[-1]
    assert found["last_used_at"] == "2026-05-05T00:00:00+00:00"
    assert found["owner"]["email"]
    # The first page may be the only one.
    assert [sent.query.get("include") for sent in standin.requests] == [["owned_by"], None, ["owned_by"], ["owned_by"]]


def test_an_owner_whom_only_another_page_describes_is_known_all_the_same(make_client, standin):
    """Nobody documents that each page describes all the owners of its keys."""
    standin.reset(Organization.generated(151, {LEAVER: 150}))
    client = make_client(app_key=ACCESS_TOKEN, api_key=None)
    params = {"sort": "created_at", "page[size]": 100, "page[number]": 0}
    first = client.request("GET", PATH, params=params, purpose="x").data
    standin.faults.add("json", path="page%5Bnumber%5D=0", body=first)
    found = KeysV2(client).list().facts
    assert {key["id"] for key in found} == set(standin.organization.keys)
    assert [key["owner"]["email"] for key in found].count(LEAVER) == 150


def test_a_fact_that_changes_between_two_readings_is_the_later_one(client, standin):
    def use(organization):
        for key in organization.keys.values():
            key.last_used_at = "2026-05-05T00:00:00+00:00"

    standin.faults.add("actor", path=SECOND_PAGE, times=1, when="after", call=use)
    found = listing(client, sort="created_at")
    assert {one["attributes"]["last_used_at"] for one in found.items} == {"2026-05-05T00:00:00+00:00"}


def test_a_page_that_says_the_same_twice_is_understood_once(client, standin, mocker):
    understood = mocker.spy(answers, "_json_object")
    found = listing(client, sort="created_at")
    assert {one["id"] for one in found.items} == set(standin.organization.keys)
    assert sorted(pages(standin)) == [0, 0, 1, 1]
    assert understood.call_count == 2


@pytest.mark.parametrize("status", [201, 403])
def test_an_answer_of_another_status_is_not_the_earlier_one_though_it_says_the_same(client, standin, status):
    body = page([item(number) for number in range(100)], 101), page([item(100)], 101)
    for number, one in enumerate(body):
        where = {"path": f"page%5Bnumber%5D={number}", "body": one}
        standin.faults.add("json", status=200, times=1, **where)
        standin.faults.add("json", status=status, **where)
    with pytest.raises(UnexpectedReplyError, match=f"answered {status} "):
        listing(client)


def test_a_listing_that_changes_every_time_is_an_error_with_both_numbers(client, standin):
    standin.faults.add("actor", path=SECOND_PAGE, add_key={"owner": "bob@example.com"})
    with pytest.raises(IncompleteListingError, match=rf"do not add up .*read {COLLECTS} times\).*run it again"):
        listing(client)
    assert len(standin.requests) == 2 * COLLECTS


@pytest.mark.parametrize(
    ("body", "requests"),
    [
        (page([item(number) for number in range(46)], 46), 2),
        (page([item(number) for number in range(45)], 146), 2),
        (page([item(number) for number in range(47)], 146), 2),
        (page([item(number % 45) for number in range(46)], 146), 2),
        (page([], 146), 2),
    ],
    ids=["another count", "one short", "one too many", "one twice", "empty"],
)
def test_a_second_page_that_does_not_fit_is_an_error_after_all_attempts(client, standin, body, requests):
    standin.faults.add("json", path=SECOND_PAGE, body=body)
    with pytest.raises(IncompleteListingError):
        listing(client)
    assert len(standin.requests) == requests * COLLECTS


def test_a_second_page_that_fits_the_second_time_will_do(client, standin):
    standin.faults.add("json", path=SECOND_PAGE, body=page([item()], 146), times=1)
    assert listing(client).total == 146


def test_an_id_in_another_case_does_not_make_up_for_a_missing_one(client, standin):
    body = copy.deepcopy(client.request("GET", PATH, params={"page[size]": 100}, purpose="x").data)
    body["data"] = [*body["data"][:-1], {**body["data"][0], "id": body["data"][0]["id"].upper()}]
    body["meta"]["page"]["total_filtered_count"] = len(body["data"])
    standin.faults.add("json", endpoint="v2.keys.list", body=body)
    with pytest.raises(IncompleteListingError):
        listing(client)


def test_a_second_page_that_repeats_the_first_is_an_error(client, standin):
    """As a proxy that strips or ignores the page's number."""
    first = client.request("GET", PATH, params={"page[size]": 100, "page[number]": 0}, purpose="x").data
    standin.faults.add("json", path=SECOND_PAGE, body={**first, "data": first["data"][:46]})
    with pytest.raises(IncompleteListingError):
        listing(client)


@pytest.mark.parametrize(
    ("items", "total"),
    [(0, 1), (1, 0), (99, 100), (10, 146), (101, 146)],
    ids=["none of one", "one of none", "one short", "pages of ten", "more than a page holds"],
)
def test_a_first_page_that_contradicts_its_own_count_is_an_error(client, standin, items, total):
    standin.faults.add("json", body=page([item(number) for number in range(items)], total))
    with pytest.raises(IncompleteListingError):
        listing(client)


def test_an_absurd_count_is_an_error_instead_of_a_flood_of_requests(client, standin):
    standin.faults.add("json", body=page([item(number) for number in range(100)], LARGEST + 1))
    with pytest.raises((IncompleteListingError, UnexpectedReplyError)):
        listing(client)
    assert len(standin.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": []},
        {"data": [], "meta": {}},
        {"data": [], "meta": {"page": {}}},
        {"data": [], "meta": None},
        {"data": None, "meta": {"page": {"total_filtered_count": 0}}},
        {"data": {}, "meta": {"page": {"total_filtered_count": 0}}},
        page([None], 1),
        page([{}], 1),
        page([{"id": 7}], 1),
        page([], "0"),
        page([], None),
        page([], -1),
        page([], False),
        page([], 0.5),
        {**page([], 0), "included": {"a": 1}},
    ],
    ids=str,
)
def test_what_is_no_page_with_its_count_is_an_error(client, standin, body):
    standin.faults.add("json", body=body)
    with pytest.raises(UnexpectedReplyError, match="not a page of a listing with its count") as caught:
        listing(client)
    assert caught.value.status_code == 200


@pytest.mark.parametrize("number", [0, 1])
def test_a_page_that_cannot_be_read_is_an_error_whichever_it_is(make_client, standin, number):
    standin.faults.add("status", status=500, path=f"page%5Bnumber%5D={number}")
    with pytest.raises(ApiError, match=r"^Listing: .* answered 500"):
        listing(make_client(max_retries=1))


def test_a_forbidden_listing_says_what_to_look_at(make_client):
    with pytest.raises(ForbiddenError, match=r"Listing: .*403.*Look at the role\.$"):
        listing(make_client(app_key=NO_PERMISSION_APP_KEY))


def test_the_keys_listing_names_the_missing_permission(make_client, standin):
    with pytest.raises(ForbiddenError, match="needs the permission org_app_keys_read"):
        KeysV2(make_client(app_key=NO_PERMISSION_APP_KEY)).list()
    assert KeysV2(make_client(app_key=NO_USERS_APP_KEY)).list().total == 146


# Keys of one owner


def test_the_owner_is_asked_for_at_the_server_and_checked_again_here(client, standin):
    ann = standin.organization.find_user("ann@example.com")
    mine = {key.id for key in standin.organization.keys_of(ann.id)}
    assert {key["id"] for key in KeysV2(client).list(owner_id=ann.id).facts} == mine
    assert len(standin.requests) == 1

    standin.clear_log()
    standin.organization.set_flag("honours_owned_by", False)
    found = KeysV2(client).list(owner_id=ann.id)
    assert {key["id"] for key in found.facts} == mine
    assert len(standin.requests) == 4


def test_a_listed_key_of_nobody_is_an_error_since_it_may_be_the_owners(client, standin):
    ann = standin.organization.find_user("ann@example.com")
    standin.faults.add("json", body=page([{**item(2), "relationships": None}], 1))
    with pytest.raises(UnexpectedReplyError):
        KeysV2(client).list(owner_id=ann.id)


def test_owners_roles_and_leaks_are_joined_from_all_pages(client, standin):
    found = KeysV2(client).list()
    for key in found.facts:
        owner = standin.organization.users[standin.organization.keys[key["id"]].owner_id]
        assert key["owner"]["email"] == owner.email
        assert key["owner"]["service_account"] is owner.service_account
    leaked = [key for key in standin.organization.keys.values() if key.leaked]
    assert [key["id"] for key in found.facts if key["leaked"]] == [key.id for key in leaked]
    assert [key["leaked"] for key in found.facts if key["leaked"]] == [key.leaked for key in leaked]
    marks = [(one["type"], one["id"]) for one in found.included]
    assert len(marks) == len(set(marks))
    assert {"users", "roles", "leaked_keys"} == {kind for kind, _id in marks}


def test_an_item_that_is_no_application_key_spoils_the_listing(client, standin):
    standin.faults.add("json", body=page([{**item(), "type": "api_keys"}], 1))
    with pytest.raises(UnexpectedReplyError, match="something that is not an application key") as caught:
        KeysV2(client).list()
    assert caught.value.status_code == 200


def test_pages_of_enormous_objects_are_refused_before_they_fill_the_memory(client, standin):
    """Each answer is small enough by itself."""
    standin.reset(Organization.generated(5000))
    for key in standin.organization.keys.values():
        key.name = "x" * 60_000
    with pytest.raises(UnexpectedReplyError, match="larger than what they list can be"):
        listing(client, sort="created_at")
    assert len(standin.requests) < 30
