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
    UNREADABLE,
    moment_of,
    moment_text,
    now,
    parse_age,
    parse_end,
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
    with pytest.raises(OptionError, match=r"^unused_for: .* is not an age\. Write a number and a unit"):
        parse_age("unused_for", text)


@pytest.mark.parametrize("text", ["999999w", "999999d"])
def test_an_age_before_the_calendar_begins_is_refused(text):
    for parse in (parse_age, parse_moment, parse_end):
        with pytest.raises(OptionError, match=r"^unused_for: .* too long ago"):
            parse("unused_for", text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        (" 2026-01-31 12:00 ", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2099-01-31", datetime(2099, 1, 31, tzinfo=UTC)),
        ("1999-12-31", datetime(1999, 12, 31, tzinfo=UTC)),
    ],
)
def test_a_date_is_iso_8601_and_utc_unless_it_says_otherwise(text, moment):
    assert parse_moment("created_before", text) == moment


def test_a_moment_may_be_an_age_counted_back_from_now():
    assert now() - parse_moment("created_before", "90d") - timedelta(days=90) < timedelta(seconds=10)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "31.01.2026",
        "90",
        "9999-12-31T23:59:59-01:00",
        "2026-02-30",
        "2026-13-01",
        "2026-01-31T25:00:00Z",
    ],
)
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
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
    ],
)
def test_datadogs_timestamps_are_read_on_every_python(text, moment):
    assert parse_timestamp(text) == moment


NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T12:00:00Z",
        "2026-01-31t12:00:00z",
        " 2026-01-31T12:00:00Z\n",
        "2026-01-31 12:00:00 UTC",
        "2026-01-31 12:00:00 GMT",
        "2026-01-31T12:00:00+00",
        "2026-01-31T12:00:00+0000",
        "2026-01-31T14:00:00+02",
        "2026-01-31T07:00:00 -05:00",
        "2026-01-31 12:00:00.000000000 +0000 UTC",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00.0Z",
        "2026-01-31T12:00:00.000000000Z",
        "2026-01-31T12:00:00,000Z",
        "20260131T120000Z",
        "2026-W05-6T12:00:00Z",
        "2026W056T120000Z",
        "2026-031T12:00:00Z",
        "Sat, 31 Jan 2026 12:00:00 GMT",
        "31 Jan 2026 13:00:00 +0100",
        "sat, 31 jan 2026 12:00 utc",
        1769860800,
        1769860800.0,
        "1769860800",
        "1769860800.000",
        1769860800000,
        "1769860800000",
        1769860800000000,
        1769860800000000000,
    ],
)
def test_every_clear_way_to_write_a_date_is_read(value):
    assert moment_of(value) == NOON
    assert moment_of(moment_text(value)) == NOON


@pytest.mark.parametrize("digits", range(10))
def test_a_fraction_of_any_length_is_read(digits):
    microsecond = int("123456789"[:digits][:6].ljust(6, "0"))
    assert moment_of(f"2026-01-31T12:00:00.{'123456789'[:digits]}Z") == NOON.replace(microsecond=microsecond)


@pytest.mark.parametrize(
    "text",
    ["2026-06-30T23:59:60Z", "2026-07-01T01:59:60+02:00", "Tue, 30 Jun 2026 23:59:60 GMT", "2026-06-30T24:00:00Z"],
)
def test_a_leap_second_and_the_end_of_a_day_begin_the_next_day(text):
    assert moment_of(text) == datetime(2026, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "never",
        "null",
        "2026",
        "2026-01",
        "01/02/2026",
        "31.01.2026 12:00",
        "2026-02-30T12:00:00Z",
        "2026-01-31T25:00:00Z",
        "2026-01-31T24:00:01Z",
        "2026-01-31T12:60:00Z",
        "2026-01-31T12:00:61Z",
        "2026-01-31T12:00:00+24:00",
        "2026-01-31T12:00:00+02:60",
        "2026-01-31T12:00:00 CET",
        "2026-W54-1",
        "2026-W05-8",
        "2026-000",
        "2026-366",
        "Sat, 31 Foo 2026 12:00:00 GMT",
        "Sat, 31 Feb 2026 12:00:00 GMT",
        "Sat, 31 Jan 2026 12:00:00 CET",
        "９９９９-01-01",  # noqa: RUF001
        "9" * 5000,
        "2026-01-31T12:00:00." + "1" * 5000,
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T24:00:00Z",
        "2999-01-01T00:00:00Z",
        0,
        1,
        -1769860800,
        20261332,
        10**5000,
        -(10**5000),
        1e300,
        float("inf"),
        float("nan"),
        True,
        False,
        {},
        {"seconds": 1769860800},
        [],
        ["2026-01-31"],
        (),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_told_but_cannot_be_read_differs_from_nothing(value):
    assert moment_of(value) is UNREADABLE
    assert parse_timestamp(value) is None
    text = moment_text(value)
    assert isinstance(text, str)
    assert moment_of(text) is UNREADABLE


def test_nothing_is_nothing_and_no_unreadable_date():
    assert moment_of(None) is None
    assert moment_text(None) is None
    assert parse_timestamp(None) is None


def test_a_clock_that_is_somewhat_ahead_is_believed():
    ahead = now() + timedelta(days=2)
    assert moment_of(timestamp(ahead)) is not UNREADABLE


def test_what_an_object_holds_does_not_get_into_the_facts():
    assert "3f9c81d27ab4" not in str(moment_text({"key": "3f9c81d27ab4e650d1c83e97f25b604ad8e17c93"}))


@pytest.mark.parametrize(
    ("value", "kind"), [(1e300, "a number"), (float("nan"), "a number"), (True, "true or false"), ([], "a list")]
)
def test_what_is_no_date_is_named_in_the_facts(value, kind):
    assert moment_text(value) == f"(unreadable: {kind})"


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
