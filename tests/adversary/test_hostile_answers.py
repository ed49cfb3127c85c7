# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are Datadog's in form and hostile in content, and lies that no client can see through."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any
from unittest import mock

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import deletion
from ansible_collections.keywarden.datadog.tests.standin import APP_KEY, LEAVER, Organization, StandIn
from ansible_collections.keywarden.datadog.tests.standin.organization import FLAGS

from . import oracle
from .harness import INFO, REMOVE, hurried, run
from .world import World, world

KEY_NOT_FOUND = {"errors": ["Application key not found"]}


def nested(depth: int) -> Any:
    """Lists in lists."""
    value: Any = "x"
    for _level in range(depth):
        value = [value]
    return value


VALUES = {
    "nested": nested(900),
    "object": {"a": {"b": None}},
    "number": 7,
    "nan": float("nan"),
    "enormous": 10**4000,
    "boolean": True,
    "lone surrogate": "\ud800",
    "control": "a\x00\x1b[31m\r\nb",
    "markup": "<script>alert(1)</script>",
    "template": "{{ lookup('pipe', 'id') }}",
    "long": "x" * 100_000,
}


@pytest.fixture
def made(standin: StandIn) -> World:
    """A small organization."""
    made = world()
    standin.reset(made.organization)
    return made


@pytest.mark.parametrize("place", ["key", "owner", "leak", "relationship", "user"])
@pytest.mark.parametrize("value", VALUES)
def test_hostile_values_in_an_answer_end_in_an_orderly_result(
    standin: StandIn, made: World, record_property: Any, value: str, place: str
) -> None:
    record_property("cells", 3)
    hostile = VALUES[value]
    facts = ("name", "last4", "created_at", "last_used_at", "scopes")
    people = ("email", "handle", "title", "status", "disabled", "service_account", "verified")
    owned_by = {"data": {"type": "users", "id": made.leaver.id}}
    leak = {"data": {"type": "leaked_keys", "id": "leak"}}
    user = dict.fromkeys(people, hostile) if place in ("owner", "user") else {"email": LEAVER, "handle": LEAVER}
    item = {
        "type": "application_keys",
        "id": made.targets[0].id,
        "attributes": dict.fromkeys(facts, hostile) if place == "key" else {"name": "n", "last4": "1234"},
        "relationships": {"owned_by": owned_by, "leak_information": {"data": hostile} if place == "leak" else leak},
    }
    if place == "relationship":
        item["relationships"] = hostile
    included = [
        {"type": "users", "id": made.leaver.id, "attributes": user},
        {"type": "leaked_keys", "id": "leak", "attributes": {"date": hostile, "leak_source": hostile}},
        {"type": hostile, "id": hostile, "attributes": hostile},
        hostile,
    ]
    count = {"meta": {"page": {"total_filtered_count": 1}}}
    one = {"method": "GET", "path": "application_keys/", "body": {"data": item, "included": included}}
    many = {"method": "GET", "path": r"application_keys\?", "body": {"data": [item], "included": included, **count}}
    found = {"id": made.leaver.id, "type": "users", "attributes": user}
    users = {"method": "GET", "path": "users", "body": {"data": [found], "included": included, **count}}
    for fault in (one, many, *([users] if place == "user" else [])):
        standin.faults.add("json", **fault)
    truth = oracle.Truth.of(standin, [made.targets[0].id])
    tasks: list[tuple[ModuleType, dict[str, Any]]] = [
        (REMOVE, {"app_key_id": made.targets[0].id, "check": True}),
        (REMOVE, {"owner": LEAVER, "check": True}),
        (INFO, {}),
    ]
    for module, options in tasks:
        result = run(module, standin.url, diff=True, **options)
        truth.settle(standin)
        assert not oracle.of_any_run(result, truth)
        json.loads(json.dumps(result.result, allow_nan=False))


# Lies in Datadog's own words


def test_a_404_to_a_delete_that_is_a_lie_is_caught_by_verification(standin: StandIn, made: World) -> None:
    standin.faults.add("json", method="DELETE", status=404, body=KEY_NOT_FOUND, effect=False)
    with hurried():
        tasks: list[dict[str, Any]] = [{"app_key_id": [key.id for key in made.targets]}, {"owner": LEAVER}]
        for options in tasks:
            result = run(REMOVE, standin.url, **options)
            assert result.outcomes == ["failed"] * 3, result.text
            assert "answered 404 to the delete, but the application key is still there" in result.msg
    assert len(standin.organization.keys_of(LEAVER)) == 3


def test_a_404_to_a_delete_that_cannot_be_verified_is_no_absence(standin: StandIn, made: World) -> None:
    standin.faults.add("json", method="DELETE", status=404, body=KEY_NOT_FOUND, effect=False)
    standin.faults.add("status", method="GET", endpoint="v2.key.get", skip=3, status=500)
    with hurried():
        result = run(REMOVE, standin.url, app_key_id=[key.id for key in made.targets])
    assert set(result.outcomes) == {"unknown"}, result.text
    assert result.failed


def test_a_delete_that_is_accepted_and_not_carried_out_is_caught(standin: StandIn, made: World) -> None:
    standin.faults.add("answer", method="DELETE", effect=False)
    with hurried():
        tasks: list[dict[str, Any]] = [
            {"app_key_id": [key.id for key in made.targets]},
            {"owner": LEAVER},
            {"api_version": "v1", "key": [key.secret for key in made.targets]},
        ]
        for options in tasks:
            result = run(REMOVE, standin.url, **options)
            assert result.outcomes == ["failed"] * 3, result.text
    assert len(standin.organization.keys_of(LEAVER)) == 3


def test_promises_have_limits_a_first_read_that_lies_is_believed_and_deletes_nothing(
    standin: StandIn, made: World
) -> None:
    """Datadog's own "Application key not found" for a key that lives: nobody could know better. Nothing is harmed."""
    standin.faults.add("json", method="GET", path="application_keys/", status=404, body=KEY_NOT_FOUND)
    result = run(REMOVE, standin.url, app_key_id=[key.id for key in made.targets])
    assert result.outcomes == ["absent"] * 3
    assert not result.result["changed"]
    assert len(standin.organization.keys_of(LEAVER)) == 3


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("wording", FLAGS["v1_switched_off"])
def test_promises_have_limits_an_api_v1_that_is_switched_off_is_only_believed_if_it_denies_the_very_key(
    standin: StandIn, made: World, wording: str, check: bool
) -> None:
    """What Datadog answers there is not known. Nothing but the living keys' own 404 is taken for their absence."""
    made.organization.set_flag("one_time_read", True)
    made.organization.set_flag("v1_switched_off", wording)
    with hurried():
        named = [key.secret for key in made.targets]
        result = run(REMOVE, standin.url, check=check, api_version="v1", key=named)
    assert result.failed is (wording != "key")
    assert set(result.outcomes) <= ({"absent"} if wording == "key" else {"failed", "skipped"})
    assert not result.result["changed"]
    assert len(standin.organization.keys_of(LEAVER)) == 3


def test_promises_have_limits_a_listing_that_is_whole_and_false_is_believed(standin: StandIn, made: World) -> None:
    """An empty listing that states a count of 0 is complete by all that Datadog says."""
    empty = {"data": [], "meta": {"page": {"total_filtered_count": 0}}}
    standin.faults.add("json", path=r"application_keys\?", body=empty)
    result = run(REMOVE, standin.url, owner=LEAVER)
    assert (result.failed, result.rows, result.result["listing"]) == (False, [], {"total": 0, "complete": True})
    assert len(standin.organization.keys_of(LEAVER)) == 3


def test_a_key_that_slips_between_two_pages_is_not_missed(standin: StandIn) -> None:
    """Somebody deletes on the first page and adds on the last between the two reads: the count is right anyway."""
    made = world(150)
    standin.reset(made.organization)
    ordered = made.organization.keys.listed("created_at", 0)

    def meanwhile(organization: Organization) -> None:
        organization.delete_key(next(key.id for key in ordered if key.owner_id == made.leaver.id))
        organization.add_key(made.leaver.id, name="newcomer")

    standin.faults.add("actor", path=r"application_keys\?.*page%5Bnumber%5D=1", times=1, call=meanwhile)
    result = run(REMOVE, standin.url, owner=LEAVER)
    assert not result.failed
    assert not standin.organization.keys_of(LEAVER)
    assert len(result.rows) == 150


# A defect of our own


@pytest.mark.parametrize("selection", ["ids", "owner"])
def test_an_unforeseen_error_after_the_deletes_does_not_hide_them(
    standin: StandIn, made: World, selection: str
) -> None:
    truth = oracle.Truth.of(standin, [key.id for key in made.targets])
    options: dict[str, Any] = {"owner": LEAVER} if selection == "owner" else {"app_key_id": list(truth.selected)}
    with mock.patch.object(deletion, "confirm", side_effect=RuntimeError("unforeseen")):
        result = run(REMOVE, standin.url, **options)
    truth.settle(standin)
    assert truth.gone == set(truth.selected)
    assert set(result.outcomes) == {"unknown"}, result.text
    assert result.failed
    assert result.result["changed"]
    assert oracle.DEFECT in result.msg
    assert "unforeseen" not in result.text, "its text could hold a secret"


def test_the_own_key_goes_last_and_not_at_all_after_a_failure(standin: StandIn, made: World) -> None:
    own = standin.organization.keys.by_secret(APP_KEY)
    assert own is not None
    standin.faults.add("status", method="DELETE", key_id=made.targets[1].id, status=403, body="datadog")
    # One at a time, as what is under way when a 403 of a permission comes back may still go through.
    options = {"app_key_id": [own.id, *(key.id for key in made.targets)], "allow_self": True, "concurrency": 1}
    result = run(REMOVE, standin.url, **options)
    assert result.outcomes == ["skipped", "deleted", "failed", "skipped"]
    assert own.id in standin.organization.keys
    standin.faults.clear()
    result = run(REMOVE, standin.url, **options)
    assert result.outcomes == ["deleted", "absent", "deleted", "deleted"]
    assert [one.id for one in standin.organization.deleted][-1] == own.id
