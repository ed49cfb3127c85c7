# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ages and dates: what users write, and what Datadog sends."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.ages import (
    now,
    parse_age,
    parse_moment,
    parse_timestamp,
    timestamp,
)

UTC = timezone.utc


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("90d", timedelta(days=90)),
        ("26w", timedelta(weeks=26)),
        ("0d", timedelta(0)),
        (" 7 d ", timedelta(days=7)),
        ("100000h", timedelta(hours=100000)),
    ],
)
def test_an_age_is_a_number_and_a_unit(text, age):
    assert parse_age("unused_for", text) == age


@pytest.mark.parametrize("text", ["", "d", "90", "90 days", "-90d", "9.5d", "1y", "90D", "1d2h", "90d\n90d", "90d x"])
def test_what_is_no_age_is_refused_with_the_options_name(text):
    with pytest.raises(OptionError, match=r"^unused_for: .* is no age\. Write a number and a unit"):
        parse_age("unused_for", text)


@pytest.mark.parametrize("text", ["999999w", "999999d"])
def test_an_age_before_the_calendar_begins_is_refused(text):
    with pytest.raises(OptionError, match="too long ago"):
        parse_age("unused_for", text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        (" 2026-01-31 12:00 ", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_a_date_is_iso_8601_and_utc_unless_it_says_otherwise(text, moment):
    assert parse_moment("created_before", text) == moment


def test_a_moment_may_be_an_age_counted_back_from_now():
    assert now() - parse_moment("created_before", "90d") - timedelta(days=90) < timedelta(seconds=10)


@pytest.mark.parametrize("text", ["", "yesterday", "31.01.2026", "2026-02-30", "2026-13-01", "2026-01-31T25:00:00Z"])
def test_what_is_neither_date_nor_age_is_refused_with_the_options_name(text):
    with pytest.raises(OptionError, match=r"^created_before: .* is neither a date nor an age"):
        parse_moment("created_before", text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T12:00:00.123456+00:00", datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-31T12:00:00.5Z", datetime(2026, 1, 31, 12, 0, 0, 500000, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123456789Z", datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-01-31T12:00:00+0100", datetime(2026, 1, 31, 11, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_datadogs_timestamps_are_read_on_every_python(text, moment):
    assert parse_timestamp(text) == moment


@pytest.mark.parametrize("text", [None, "", "never", 1700000000, True, ["2026-01-31"]])
def test_what_cannot_be_read_is_no_timestamp_instead_of_an_error(text):
    assert parse_timestamp(text) is None


@pytest.fixture
def elsewhere(monkeypatch):
    """A machine whose clock does not show UTC."""
    monkeypatch.setenv("TZ", "XXX-5:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_our_timestamps_are_utc_to_the_millisecond_wherever_the_machine_is():
    moment = datetime(2026, 1, 31, 12, 0, 0, 123999, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(moment) == "2026-01-31T10:00:00.123Z"
    assert parse_timestamp(timestamp(moment)) == datetime(2026, 1, 31, 10, 0, 0, 123000, tzinfo=UTC)
