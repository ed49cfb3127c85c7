# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Whose credentials a task runs with, and in which organization: asked for once, beside everything else."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from .._api.client import Client
from .._api.errors import WaitLimitError
from .users import Facts, organization_of, user_facts

PATH = ("api", "v2", "current_user")
TOLD = ("id", "email", "handle", "service_account")
IN_PASSING = 5.0  # seconds that the question may wait for rate limits as long as nobody needs the answer
PATIENCE = 5.0  # seconds that the end of a task waits for an answer that is still due


class Account:
    """The account of a task's credentials. One object per task; threads may share it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._thread: threading.Thread | None = None
        self._caller: Facts | None = None
        self._error: Exception | None = None
        self._organization: Facts | None = None

    def start(self) -> None:
        """Ask now, in the background: the task may delete the very credentials that it asks with."""
        with self._lock:
            if self._thread is None:
                # A daemon, so that an answer that never comes does not keep the task from ending.
                self._thread = threading.Thread(target=self._ask, name="current_user", daemon=True)
                self._thread.start()

    def caller(self) -> Facts:
        """The user or service account that the credentials belong to; the shape of ``owner``. Waits for the answer.

        :raises DatadogError: Datadog did not tell.
        """
        self._join(None)
        with self._asking:
            if self._caller is None and isinstance(self._error, WaitLimitError):
                self._ask(self._client.waits.unspent)  # now somebody needs it
        if self._caller is None:
            raise self._error or RuntimeError("nobody asked")
        return self._caller

    def organization(self) -> Facts | None:
        """The organization that the credentials belong to, as in ``told``; None where Datadog did not tell.

        Waits for the answer. Never raises.
        """
        with suppress(Exception):
            self.caller()
        return dict(self._organization) if self._organization else None

    def told(self) -> dict[str, Facts | None]:
        """``{caller, organization}`` for a result: each None where it is not known. Never raises.

        ``caller`` is ``{id, email, handle, service_account}``, ``organization`` is ``{id, name}``, where the name may
        be None. Waits a few seconds for an answer that is still due; asks nothing that was not asked before.
        """
        if self._thread is not None:
            self._join(PATIENCE)
        caller = self._caller
        return {
            "caller": {name: caller[name] for name in TOLD} if caller else None,
            "organization": dict(self._organization) if self._organization else None,
        }

    def note(self, users: Iterable[Any], included: Iterable[Any]) -> None:
        """Learn the organization from another answer's objects of users, and from its related objects."""
        found = organization_of(users, included)
        with self._lock:
            if found and (self._organization is None or self._organization["name"] is None):
                self._organization = found

    def _join(self, seconds: float | None) -> None:
        self.start()
        if self._thread is not None:
            self._thread.join(seconds)

    def _ask(self, seconds: float = IN_PASSING) -> None:
        try:
            reply = self._client.request(
                "GET", PATH, purpose="Reading the account that the credentials belong to", aside=seconds
            )
            data = reply.data or {}
            item, included = data.get("data"), data.get("included")
            caller = user_facts(item)
            self.note([item], included if isinstance(included, list) else ())
            self._caller = caller
        except Exception as error:  # raised to whoever needs the answer; nobody else's trouble
            self._error = error
