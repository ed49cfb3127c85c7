# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters: asked of the server where it knows them, and applied here in any case."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys import application_key
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys_v2 import KeysV2
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.filters import Filters

JANUARY = datetime(2026, 1, 1, tzinfo=timezone.utc)


def ago(days):
    """Days as a date; anything else as it is."""
    if not isinstance(days, int):
        return days
    return (datetime.now(timezone.utc) - timedelta(days=days)).isoformat()


def test_a_listing_is_asked_for_what_datadog_can_filter_itself(client, standin):
    filters = Filters(name="ci", created_before=JANUARY, created_after=JANUARY - timedelta(days=31))
    KeysV2(client).list(**filters.asked, related=False)
    (request,) = standin.requests
    assert {name: value for name, (value,) in request.query.items()} == {
        "filter": "ci",
        "filter[created_at][start]": "2025-12-01T00:00:00.000Z",
        "filter[created_at][end]": "2026-01-01T00:00:00.000Z",
        "sort": "created_at",
        "page[size]": "100",
        "page[number]": "0",
    }


def test_what_datadog_cannot_filter_is_not_asked_for(client, standin):
    KeysV2(client).list(**Filters(unused_for=timedelta(days=90)).asked, related=False)
    assert {name for request in standin.requests for name in request.query} == {"sort", "page[size]", "page[number]"}


@pytest.mark.parametrize(
    ("created", "before", "after"),
    [
        ("2025-12-31T23:59:59.999999+00:00", True, False),
        ("2026-01-01T00:00:00.000000+00:00", False, False),
        ("2026-01-01T00:00:00.000001+00:00", False, True),
        ("2026-01-01T00:30:00+01:00", True, False),
        (None, False, False),
        ("garbage", False, False),
    ],
)
def test_created_before_and_after_are_strict_and_admit_nothing_without_a_date(created, before, after):
    key = application_key(created_at=created)
    assert Filters(created_before=JANUARY).admit(key) is before
    assert Filters(created_after=JANUARY).admit(key) is after
    assert Filters().admit(key)


@pytest.mark.parametrize(
    ("last_used", "created", "unused"),
    [
        (91, 200, True),
        (89, 200, False),
        (None, 91, True),
        (None, 89, False),
        ("garbage", 91, False),
        (91, None, True),
        (None, None, False),
        ("garbage", "garbage", False),
    ],
)
def test_unused_is_last_used_long_ago_or_no_recorded_use_and_created_long_ago(last_used, created, unused):
    key = application_key(last_used_at=ago(last_used), created_at=ago(created))
    assert Filters(unused_for=timedelta(days=90)).admit(key) is unused


def test_all_filters_must_admit_a_key():
    key = application_key(created_at=ago(100), last_used_at=ago(100))
    now = datetime.now(timezone.utc)
    old = Filters(created_before=now - timedelta(days=50), unused_for=timedelta(days=90))
    assert old.admit(key)
    assert not Filters(created_before=now - timedelta(days=150), unused_for=timedelta(days=90)).admit(key)
    assert not Filters(created_before=now - timedelta(days=50), unused_for=timedelta(days=101)).admit(key)
