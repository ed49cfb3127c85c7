# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Whose credentials: the users behind the IDs that a listing has, each read once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future

from .._api.client import Client
from .users import Facts, owner

MANY = 20  # from so many users on it is looked whether a list of all of them takes fewer requests


class Owners:
    """Users by ID. What was read or learned once is not read again."""

    def __init__(
        self,
        client: Client,
        read: Callable[[str], Facts],
        everyone: Callable[[int], Iterable[Facts]] = lambda _pages: (),
    ) -> None:
        """:param read: how one user is read by ID.
        :param everyone: all users, if they fill no more pages than that; otherwise nobody.
        """
        self._client = client
        self._read = read
        self._everyone = everyone
        self._lock = threading.Lock()
        self._asked: dict[str, Future[Facts]] = {}

    def learn(self, users: Iterable[Facts]) -> None:
        """Take over users that were read elsewhere, in the shape of ``users.owner``."""
        for user in users:
            known: Future[Facts] = Future()
            known.set_result(user)
            self._asked[user["id"]] = known

    def known(self, user_id: str) -> Facts:
        """The user as far as already read; otherwise nothing but the ID."""
        asked = self._asked.get(user_id)
        return asked.result() if asked and asked.done() and not asked.exception() else owner(id=user_id)

    def of(self, user_ids: Iterable[str]) -> Mapping[str, Facts]:
        """These users by ID. One that these credentials may not read, or that Datadog does not know, is only an ID.

        :raises DatadogError: a user could not be read for another reason.
        """
        distinct = list(dict.fromkeys(user_ids))
        unknown = [user_id for user_id in distinct if user_id not in self._asked]
        if len(unknown) >= MANY:
            # A page is read twice, and takes longer than one user.
            self.learn(self._everyone(len(unknown) // 4))
        return dict(zip(distinct, self._client.each(self._one, distinct)))

    def _one(self, user_id: str) -> Facts:
        with self._lock:
            asked = self._asked.get(user_id)
            if asked is None:
                mine = self._asked[user_id] = Future()
        if asked is not None:
            return asked.result()
        try:
            mine.set_result(self._read(user_id))
        except BaseException as error:
            self._asked.pop(user_id, None)
            mine.set_exception(error)
            raise
        return mine.result()
