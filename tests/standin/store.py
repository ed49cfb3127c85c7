# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A collection of what lives, by id, with the orders that listings have."""

from __future__ import annotations

import collections
import time
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from .records import Key, Token

T = TypeVar("T", Key, Token)


class Store(collections.UserDict[str, T], Generic[T]):
    """The living keys or tokens by id. Keeps the secrets' index and the sorted orders as it changes.

    `fading` has what went, by id, with the time.monotonic() of its end: reads may still show it.
    """

    def __init__(self, living: Iterable[T] = ()) -> None:
        self.fading: dict[str, tuple[T, float]] = {}
        self._by_secret: dict[str, T] = {}
        self._sorted: dict[str, list[T]] = {}
        super().__init__()
        for one in living:
            self[one.id] = one

    def __setitem__(self, one_id: str, one: T) -> None:
        if one_id in self.data:
            del self[one_id]
        self.data[one_id] = one
        self._by_secret[one.secret] = one
        self._sorted.clear()

    def __delitem__(self, one_id: str) -> None:
        one = self.data.pop(one_id)
        self._by_secret.pop(one.secret, None)
        for ordered in self._sorted.values():
            ordered.remove(one)

    def by_secret(self, secret: str) -> T | None:
        """The living one with this secret."""
        return self._by_secret.get(secret)

    def ordered(self, sort: str) -> list[T]:
        """All, ascending by an attribute, ties broken by id. Not to be changed by the caller."""
        if sort not in self._sorted:
            self._sorted[sort] = in_order(self.data.values(), sort)
        return self._sorted[sort]

    def end(self, one_id: str) -> T | None:
        """Take one out; it fades from now on. None if it does not live."""
        one: T | None = self.data.get(one_id)
        if one is not None:
            del self[one_id]
            self.fading[one_id] = (one, time.monotonic())
        return one

    def visible(self, one_id: str, seconds: float) -> T | None:
        """The one with this id, also for `seconds` after its end."""
        if one_id in self.data:
            return self.data[one_id]
        one, ended = self.fading.get(one_id, (None, 0.0))
        return one if one is not None and time.monotonic() - ended < seconds else None

    def visible_secret(self, secret: str, seconds: float) -> T | None:
        """The one with this secret, also for `seconds` after its end."""
        one = self.by_secret(secret)
        if one is not None or not seconds:
            return one
        faded = next((one for one, _ended in self.fading.values() if one.secret == secret), None)
        return self.visible(faded.id, seconds) if faded else None

    def listed(self, sort: str, seconds: float) -> list[T]:
        """All in order, with those that ended less than `seconds` ago."""
        if not seconds:
            return self.ordered(sort)
        now = time.monotonic()
        faded: list[T] = [
            one for one, ended in self.fading.values() if now - ended < seconds and one.id not in self.data
        ]
        return in_order([*self.data.values(), *faded], sort) if faded else self.ordered(sort)


def in_order(some: Iterable[Any], sort: str) -> list[Any]:
    """These in the stable order that listings have. What lacks the attribute comes first."""
    return sorted(some, key=lambda one: (getattr(one, sort) or "", one.id))
