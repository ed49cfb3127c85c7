# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request for an endpoint: who calls, with which parameters, and what of them cannot be understood."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Mapping, Sequence
from typing import TypeVar

from . import access, answers
from .answers import RefusalError
from .organization import Organization

T = TypeVar("T")

MAX_PAGE_SIZE = 100


@dataclasses.dataclass
class Call:
    """One request for an endpoint.

    `effect` is False where the server only pretends. `fades` has the seconds for which a deleted key still shows
    in reads of one key ("get") and in listings ("listing").
    """

    organization: Organization
    credentials: access.Sent
    params: Mapping[str, str]
    query: Mapping[str, list[str]]
    effect: bool = True
    fades: Mapping[str, float] = dataclasses.field(default_factory=lambda: {"get": 0.0, "listing": 0.0})

    @functools.cached_property
    def caller(self) -> access.Caller:
        """Who is calling. :raises RefusalError: where the credentials do not hold."""
        return access.authenticate(self.organization, self.credentials)

    def identify(self) -> None:
        """:raises RefusalError: unless the credentials hold."""
        access.authenticate(self.organization, self.credentials)

    def require(self, *permissions: str) -> None:
        """:raises RefusalError: unless the caller has one of the permissions."""
        if not any(self.caller.may(permission) for permission in permissions):
            raise RefusalError(answers.no_permission())

    def service_account(self) -> str:
        """The id of the service account that the path names.

        :raises RefusalError: it is none, or the caller may not manage any.
        """
        self.require("service_account_write")
        account = self.organization.users.get(self.params["user_id"])
        if account is None or not account.service_account:
            raise RefusalError(answers.not_found())
        return account.id

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter."""
        values = self.query.get(name)
        return values[-1] if values else None

    def number(self, name: str, default: int, lowest: int, highest: int | None = None) -> int:
        """A whole number from the query. :raises RefusalError: 400 if it is none or out of bounds."""
        value = self.parameter(name)
        if value is None:
            return default
        if not value.isdecimal() or int(value) < lowest or (highest is not None and int(value) > highest):
            raise RefusalError(answers.bad_parameter(name))
        return int(value)

    def page(self, items: Sequence[T], default: int = 10) -> Sequence[T]:
        """The page of these items that the query asks for, `default` of them where it does not say.

        :raises RefusalError: 400 if it asks for none.
        """
        size = self.number("page[size]", default, 1, MAX_PAGE_SIZE)
        start = self.number("page[number]", 0, 0) * size
        return items[start : start + size]

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> tuple[str, bool]:
        """A sort order from the query: (attribute, whether descending). :raises RefusalError: 400 for another."""
        value = self.parameter(name) or default
        descending = value.startswith("-")
        if value[descending:] not in choices:
            raise RefusalError(answers.bad_parameter(name))
        return value[descending:], descending


@functools.lru_cache(maxsize=65536)
def moment(text: str) -> datetime.datetime:
    """A timestamp; UTC where it does not say. :raises ValueError: it is none."""
    # Python before 3.11 does not read the "Z".
    read = datetime.datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)
    return read if read.tzinfo else read.replace(tzinfo=datetime.timezone.utc)


def bound(call: Call, name: str) -> datetime.datetime | None:
    """A date from the query. :raises RefusalError: 400 if it is none."""
    value = call.parameter(name)
    if value is None:
        return None
    try:
        # An unescaped "+" arrives as a space.
        return moment(value.replace(" ", "+"))
    except ValueError:
        raise RefusalError(answers.bad_parameter(name)) from None
