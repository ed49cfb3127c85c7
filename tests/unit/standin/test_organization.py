# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ready-made organizations are what the other tests take them for."""

from __future__ import annotations

import datetime
import json

import pytest
from ansible_collections.keywarden.datadog.tests import standin
from ansible_collections.keywarden.datadog.tests.standin import Organization

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc)


def test_demo_has_the_recorded_numbers() -> None:
    keys = list(Organization.demo().keys.values())
    assert len(keys) == 146
    assert sum(key.name.startswith("dd_auth_cli-") for key in keys) == 77
    assert sum(key.last_used_at is None for key in keys) == 39
    assert sum(key.scopes is not None for key in keys) == 3
    assert sum(key.leaked is not None for key in keys) == 1
    managed = [key for key in keys if " - Datadog Managed - " in key.name]
    leavers = {Organization.demo().find_user(email).id for email in (standin.LEAVER, standin.SECOND_LEAVER)}
    assert len(managed) == 4
    assert not leavers & {key.owner_id for key in managed}


def test_demo_spreads_the_leaver_over_both_pages() -> None:
    organization = Organization.demo()
    leaver = organization.find_user(standin.LEAVER)
    owners = [key.owner_id for key in organization.keys.ordered("name")]
    assert owners.count(leaver.id) == standin.LEAVER_KEYS == 51
    assert 0 < owners[:100].count(leaver.id) < 51


def test_demo_has_a_service_account_with_the_leavers_email_and_a_neighbour() -> None:
    organization = Organization.demo()
    same = [user for user in organization.users.values() if user.email == standin.LEAVER]
    assert sorted(user.service_account for user in same) == [False, True]
    for user in [*same, organization.find_user(standin.NEIGHBOUR), organization.find_user(standin.SECOND_LEAVER)]:
        assert organization.keys_of(user.id)
    with pytest.raises(KeyError):
        organization.find_user(standin.NOBODY)


def test_demo_is_always_the_same() -> None:
    assert Organization.demo(NOW).to_json() == Organization.demo(NOW).to_json()


@pytest.mark.parametrize("keys", [0, 1, 99, 100, 101, 200, 201])
def test_generated_has_exactly_so_many_keys(keys: int) -> None:
    organization = Organization.generated(keys)
    assert len(organization.keys) == keys
    assert len({key.secret for key in organization.keys.values()}) == keys


def test_generated_gives_owners_their_share() -> None:
    organization = Organization.generated(1000, owners={"Ann@example.com": 51, "bob@example.com": 0}, seed=3)
    assert len(organization.keys_of("ann@example.com")) == 51
    assert organization.keys_of("bob@example.com") == []
    again = Organization.generated(1000, owners={"Ann@example.com": 51, "bob@example.com": 0}, seed=3)
    assert list(again.keys) == list(organization.keys)
    with pytest.raises(ValueError, match="do not fit"):
        Organization.generated(51, owners={"ann@example.com": 51})


def test_json_carries_everything() -> None:
    organization = Organization.demo()
    organization.set_flag("one_time_read", True)
    state = json.loads(json.dumps(organization.to_json()))
    assert Organization.from_json(state).to_json() == organization.to_json()


def test_json_without_secrets_has_none() -> None:
    organization = Organization.demo()
    text = json.dumps(organization.to_json(secrets=False))
    assert not [key for key in organization.keys.values() if key.secret in text]
    assert standin.API_KEY not in text
    assert standin.ACCESS_TOKEN not in text


def test_deletions_are_recorded_once() -> None:
    organization = Organization.demo()
    key = organization.keys_of(standin.LEAVER)[0]
    assert organization.delete_key(key.id)
    assert not organization.delete_key(key.id)
    assert key.id not in organization.keys
    assert organization.keys.by_secret(key.secret) is None
    assert [(one.id, one.by) for one in organization.deleted] == [(key.id, "actor")]


def test_the_order_follows_additions_and_deletions() -> None:
    organization = Organization.demo()
    before = [key.id for key in organization.keys.ordered("name")]
    added = organization.add_key(standin.LEAVER, name="zz last")
    organization.delete_key(before[0])
    assert [key.id for key in organization.keys.ordered("name")] == [*before[1:], added.id]
