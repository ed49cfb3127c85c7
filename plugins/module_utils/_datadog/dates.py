# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Dates in the forms that they are met in, the same on every Python: ISO 8601, HTTP's, and seconds since 1970."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST = 64  # characters; no date has more
LARGEST_NUMBER = 10**20  # longer ones are slow to write down, or cannot be
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

# datetime.fromisoformat reads a part of this only, and each Python another part.
ISO_8601 = re.compile(
    r"""
    (?P<year>\d{4}) (?P<dash>-?)
    (?: (?P<month>\d\d) (?P=dash) (?P<day>\d\d) | W (?P<week>\d\d) (?P=dash) (?P<weekday>\d) | (?P<ordinal>\d{3}) )
    (?:
        (?: T | \s+ )
        (?P<hour>\d\d) (?: :? (?P<minute>\d\d) (?: :? (?P<second>\d\d) (?: [.,] (?P<fraction>\d*) )? )? )?
        (?: \s* (?P<zone> Z | UTC | GMT | UT | (?P<sign>[+-]) (?P<hours>\d\d) (?: :? (?P<minutes>\d\d) )? ) )?
    )?
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
# As Go writes a date that nobody formatted.
GO = re.compile(r"(.*[+-]0000) UTC", re.ASCII)
# With a zone that everybody reads alike, and four digits of a year.
RFC_1123 = re.compile(
    r"(?:[a-z]{3},\s*)?\d{1,2}[ -][a-z]{3}[ -]\d{4}\s+\d\d:\d\d(?::(?P<second>\d\d))?\s+(?:GMT|UTC|UT|[+-]\d{4})",
    re.ASCII | re.IGNORECASE,
)
NUMBER = re.compile(r"\d+(?:\.\d*)?(?:e\+?\d{1,2})?", re.ASCII | re.IGNORECASE)
# How far a clock may be behind UTC.
FARTHEST_WEST = timedelta(hours=12)
# Between 2001 and 2286 a count since 1970 tells its unit by its size.
EPOCH_UNITS = ((1e9, 1e10, 1.0), (1e12, 1e13, 1e3), (1e15, 1e16, 1e6), (1e18, 1e19, 1e9))


def parse_date(value: Any) -> datetime | None:
    """The moment that is meant, in UTC (also where no zone is told); None where that is not clear. Never raises.

    :param value: ISO 8601 (calendar, week or ordinal dates, extended or basic, a leap second taken for the second
        after it), the form of HTTP's headers, or a count since 1970 (seconds, milliseconds, microseconds,
        nanoseconds) as a number or a text.
    """
    found = _parse(value)
    return found[0] if found else None


def parse_latest(value: Any) -> datetime | None:
    """The latest moment that can be meant: a day without a time may be its end, and a time without a zone may be that
    of any place. Otherwise as ``parse_date``.
    """
    found = _parse(value)
    try:
        return found[0] + found[1] if found else None
    except OverflowError:
        return None


def _parse(value: Any) -> tuple[datetime, timedelta] | None:
    """The earliest moment that is meant, taken for UTC if need be, and how much later it may be."""
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, (int, float)) and abs(value) < LARGEST_NUMBER:
            value = str(value)
        if not isinstance(value, str) or len(value) > LONGEST:
            return None
        text = value.strip()
        moment = _since_1970(float(text)) if NUMBER.fullmatch(text) else None
        return (moment, timedelta()) if moment else _iso_8601(text) or _rfc_1123(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None  # no such day, hour or offset, or outside the calendar


def _since_1970(count: float) -> datetime | None:
    for lowest, highest, per_second in EPOCH_UNITS:
        if lowest <= count < highest:
            return EPOCH + timedelta(seconds=count / per_second)
    return None


def _iso_8601(text: str) -> tuple[datetime, timedelta] | None:
    go = GO.fullmatch(text)
    match = ISO_8601.fullmatch(go[1] if go else text)
    if not match:
        return None
    number = {name: int(digits) for name, digits in match.groupdict().items() if digits and digits.isdigit()}
    year = number["year"]
    if "month" in number:
        day = date(year, number["month"], number["day"])
    elif "week" in number:
        day = date.fromisocalendar(year, number["week"], number["weekday"])
    else:
        day = date(year, 1, 1) + timedelta(days=number["ordinal"] - 1)
        if day.year != year or not number["ordinal"]:
            return None
    moment = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    hour, minute, second = (number.get(name, 0) for name in ("hour", "minute", "second"))
    microsecond = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    # The end of a day may be written as 24:00, and a leap second is the 61st.
    if minute > 59 or second > 60 or hour > 24 or (hour == 24 and (minute or second or microsecond)):
        return None
    offset = timedelta(hours=number.get("hours", 0), minutes=number.get("minutes", 0))
    if number.get("minutes", 0) > 59 or offset >= timedelta(hours=24):
        return None
    time = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microsecond)
    smallest = next((name for name in ("second", "minute", "hour") if name in number), "day")
    later = timedelta(**{f"{smallest}s": 1}) if smallest != "second" else timedelta()
    if not match["zone"]:
        later += FARTHEST_WEST
    return moment + (time + offset if match["sign"] == "-" else time - offset), later


def _rfc_1123(text: str) -> tuple[datetime, timedelta] | None:
    match = RFC_1123.fullmatch(text)
    if not match:
        return None
    leap = match["second"] == "60"
    if leap:
        text = f"{text[: match.start('second')]}59{text[match.end('second') :]}"
    moment = parsedate_to_datetime(text)
    moment = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    later = timedelta() if match["second"] else timedelta(minutes=1)
    return moment + timedelta(seconds=leap), later
