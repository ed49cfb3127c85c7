# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Ages such as ``90d``, dates that users write, and Datadog's timestamps, all in UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import Any

from .._api.errors import OptionError
from .dates import LARGEST_NUMBER, parse_date, parse_latest

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

# Datadog is younger than this. An earlier date is somebody's zero, such as 1970-01-01 or 0001-01-01.
EARLIEST = datetime(2000, 1, 1, tzinfo=timezone.utc)
# Clocks differ, but not by that much: a later date is a placeholder or was read in the wrong unit.
LATEST_AHEAD = timedelta(days=366)


class Unreadable(Enum):
    """The type of ``UNREADABLE``, so that type checkers can tell it from a date."""

    UNREADABLE = "unreadable"


UNREADABLE = Unreadable.UNREADABLE


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(timezone.utc)


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC to the millisecond, such as ``2026-01-31T12:00:00.000Z``."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_age(option: str, text: str) -> timedelta:
    """An age such as ``90d``.

    :param option: the option's name, for the message.
    :raises OptionError: it is none.
    """
    match = re.fullmatch(r"(\d{1,6})\s*([mhdw])", text.strip())
    if not match:
        raise OptionError(f"{option}: {text!r} is not an age. Write a number and a unit: 30m, 12h, 90d or 26w.")
    try:
        age = timedelta(**{UNITS[match[2]]: int(match[1])})
        now() - age
    except OverflowError:
        raise OptionError(f"{option}: {text!r} is too long ago. Write for example 90d.") from None
    return age


def parse_moment(option: str, text: str) -> datetime:
    """A date in ISO 8601 (UTC unless it says otherwise), or an age counted back from now.

    :param option: the option's name, for the message.
    :raises OptionError: it is neither.
    """
    if re.fullmatch(r"\d+\s*[mhdw]", text.strip()):
        return now() - parse_age(option, text)
    moment = parse_date(text)
    if moment is None:
        raise OptionError(
            f"{option}: {text!r} is neither a date nor an age. "
            f"Write for example 2026-01-31, 2026-01-31T12:00:00Z or 90d."
        )
    return moment


def parse_end(option: str, text: str) -> datetime:
    """A date in ISO 8601 (UTC unless it says otherwise), or a time counted forward from now.

    :param option: the option's name, for the message.
    :raises OptionError: it is neither.
    """
    if re.fullmatch(r"\d+\s*[mhdw]", text.strip()):
        return now() + parse_age(option, text)
    return parse_moment(option, text)


def moment_of(value: Any) -> datetime | Unreadable | None:
    """When something happened, as Datadog or the facts of a credential tell it.

    :param value: whatever stands there, of any type.
    :returns: the moment in UTC; None only where nothing is told (null); ``UNREADABLE`` where something is told that
        is no date or cannot be one of Datadog's (before 2000, or more than a year ahead). Never raises.
    """
    if value is None:
        return None
    moment = parse_date(value)
    if moment is None or moment < EARLIEST or moment - now() > LATEST_AHEAD:
        return UNREADABLE
    return moment


def latest_of(value: Any) -> datetime | Unreadable | None:
    """As ``moment_of``, but the latest moment that can be meant, where a day has no time or a time no zone.

    That is the one to ask where a recent moment forbids something.
    """
    moment = moment_of(value)
    return parse_latest(value) or UNREADABLE if isinstance(moment, datetime) else moment


def parse_timestamp(value: Any) -> datetime | None:
    """As ``moment_of``, where it makes no difference whether nothing is told or it cannot be read."""
    moment = moment_of(value)
    return None if moment is UNREADABLE else moment


def moment_text(value: Any) -> str | None:
    """How a date stands in the facts of a credential: as Datadog sent it, if need be as text.

    None only where nothing is told. What is no date stays visible, so that ``moment_of`` of this text is still
    ``UNREADABLE``; objects and lists are named, not shown, since nobody knows what they hold.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER:
        return str(value)
    kinds = {bool: "true or false", dict: "an object", list: "a list"}
    return f"(unreadable: {kinds.get(type(value), 'a number')})"
