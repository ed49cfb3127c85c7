# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Ages such as ``90d``, ISO 8601 dates, and Datadog's timestamps, all in UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

from .._api.errors import OptionError

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


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
        raise OptionError(f"{option}: {text!r} is no age. Write a number and a unit: 30m, 12h, 90d or 26w.")
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
    moment = parse_timestamp(text.strip())
    if moment is None:
        raise OptionError(
            f"{option}: {text!r} is neither a date nor an age. "
            f"Write for example 2026-01-31, 2026-01-31T12:00:00Z or 90d."
        )
    return moment


def parse_timestamp(text: Any) -> datetime | None:
    """A timestamp as Datadog sends it; None where there is none or it cannot be read."""
    if not isinstance(text, str):
        return None
    # Python before 3.11 reads neither a Z nor fractions of other than 3 or 6 digits.
    text = re.sub(r"[zZ]$", "+00:00", text)
    text = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", text)
    text = re.sub(r"\.(\d+)", lambda match: "." + match[1][:6].ljust(6, "0"), text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
