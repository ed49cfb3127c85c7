# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The journal: what is about to happen, on disk before it happens, and what became of it.

One JSON object per line, so that the file of a run that was killed can still be read. Every line has ``event`` and
``at``:

``start``     what runs where: ``format``, ``module``, ``version``, ``site``, ``check_mode``, and more
``plan``      a plan with all its rows, also those that stay; ``kind`` is what one of them is called
``request``   a delete is about to be sent
``outcome``   what became of a row
``progress``  about every ten seconds: ``kind``, ``doing``, ``done`` of ``total``, and ``waiting_until``
``stopped``   no further delete is sent, and why
``end``       whether the task failed, and its message

A task that removes several kinds of credentials does so one after the other: all plans of a kind come before the first
request of that kind.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Callable

from .._api.errors import DatadogError, OptionError
from .._datadog.ages import now, timestamp
from .durable import DurableFile
from .plan import Plan, Row

FORMAT = "keywarden.datadog journal 1"
PROGRESS_EVERY = 10.0  # seconds

OF_A_ROW = ("id", "last4", "name", "created_at", "last_used_at", "scopes")


class JournalError(DatadogError):
    """The journal could not be written, so nothing may be done that it would have to tell."""


class Journal:
    """Tells nobody, unless it was opened at a path.

    :ivar problem: why it is not complete, None as long as it is.
    """

    def __init__(self) -> None:
        self.problem: str | None = None
        self._path = ""
        self._file: DurableFile | None = None
        self._clean: Callable[[str], str] = str
        self._opening: Callable[[], dict[str, Any]] | None = None

    @classmethod
    def at(cls, path: str, clean: Callable[[str], str] = str) -> Journal:
        """A journal in a new file.

        :param clean: takes secrets out of a line.
        :raises OptionError: the file cannot be created there.
        """
        if not os.path.isabs(path):
            raise OptionError(f"journal: {path!r} is not an absolute path. Name a file that does not exist yet.")
        journal = cls()
        journal._path, journal._clean = path, clean
        try:
            journal._file = DurableFile(path)
        except FileExistsError:
            raise OptionError(
                f"journal: {path} already exists, and a journal is never overwritten. "
                f"Nothing was deleted. Name a file that does not exist yet."
            ) from None
        except (OSError, ValueError) as error:
            raise OptionError(
                f"journal: {path} cannot be created ({_cause(error)}). Nothing was deleted. "
                f"Its directory must exist and be writable on the host that runs the task."
            ) from None
        return journal

    def start(self, tell: Callable[[], dict[str, Any]]) -> None:
        """What runs where.

        :param tell: the facts, asked for when the first line after this one is due: until then nothing is done that
            a journal has to tell, and nobody has to wait for the facts.
        """
        moment = timestamp(now())
        self._opening = lambda: {"event": "start", "at": moment, "format": FORMAT, **tell()}

    def plan(self, noun: str, plans: Sequence[Plan]) -> None:
        """All the plans of a kind. From now on the journal follows the rows that are to be removed.

        :param noun: what one of the credentials is called.
        :raises JournalError: it could not be written.
        """
        if not self._file:
            return
        self._write(
            *(
                {"event": "plan", "kind": noun, "owner": plan.owner, "rows": [_planned(row) for row in plan.rows]}
                for plan in plans
            )
        )
        self._sync()
        for plan in plans:
            for row in plan.to_remove:
                row.follow(self._outcome)

    def request(self, row: Row) -> None:
        """A delete is about to be sent. Returns once that is on the disk.

        :raises JournalError: it is not.
        """
        self._write({"event": "request", **_named(row)})
        self._sync()

    def _outcome(self, row: Row) -> None:
        # A row is settled, written down or not: what has been done is not undone by a full disk.
        with suppress(JournalError):
            self._write(
                {
                    "event": "outcome",
                    **_named(row),
                    "outcome": row.outcome,
                    "status_code": row.status_code,
                    "requested_at": row.requested_at,
                    "verified_at": row.verified_at,
                    "message": row.message,
                }
            )

    def stopped(self, reason: str) -> None:
        """No further delete is sent."""
        self._try({"event": "stopped", "reason": reason})

    def end(self, failed: bool, message: str | None) -> None:
        """The task is over."""
        self._try({"event": "end", "failed": failed, "msg": message})
        if self._file:
            with suppress(JournalError):
                self._carefully(self._file.close)
            self._file = None

    def flush(self) -> None:
        """Bring what was written so far to the disk."""
        with suppress(JournalError):
            self._sync()

    @contextmanager
    def progress(self, tell: Callable[[], dict[str, Any]]) -> Iterator[None]:
        """Tell every few seconds how far the work inside has come.

        :param tell: the facts of that moment.
        """
        if not self._file:
            yield
            return
        over = threading.Event()

        def ticker() -> None:
            while not over.wait(PROGRESS_EVERY):
                self._try({"event": "progress", **tell()})

        thread = threading.Thread(target=ticker, name="journal", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _try(self, entry: dict[str, Any]) -> None:
        try:
            self._write(entry)
            self._sync()
        except JournalError:
            pass

    def _write(self, *entries: dict[str, Any]) -> None:
        if not self._file:
            return
        if self._opening:
            opening, self._opening = self._opening, None
            self._write(opening())
        moment = timestamp(now())
        lines = [json.dumps({"event": entry["event"], "at": moment, **entry}) + "\n" for entry in entries]
        self._carefully(self._file.write, self._clean("".join(lines)))

    def _sync(self) -> None:
        if self._file:
            self._carefully(self._file.sync)

    def _carefully(self, work: Callable[..., None], *arguments: Any) -> None:
        # After one failure nothing is written any more: a journal with a gap would mislead.
        if self.problem is None:
            try:
                work(*arguments)
            except OSError as error:
                self.problem = f"The journal {self._path} could not be written ({_cause(error)})."
        if self.problem is not None:
            raise JournalError(self.problem)


def _named(row: Row) -> dict[str, Any]:
    """How the journal names a row. What API v1 addresses by its secret has no id."""
    named = {"id": row.facts["id"]}
    if "last4" in row.facts:
        named["last4"] = row.facts["last4"]
    return named


def _planned(row: Row) -> dict[str, Any]:
    owner = row.facts["owner"]
    return {
        **{name: row.facts[name] for name in OF_A_ROW if name in row.facts},
        "owner": {"id": owner["id"], "email": owner["email"]},
        "outcome": row.outcome,
        "message": row.message,
    }


def _cause(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
