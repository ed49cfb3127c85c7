# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator sees while a module works for long: a line about every ten seconds.

A module cannot print, but its journal tells how far it has come, and the journal can be followed from here.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, Callable

from ...module_utils._datadog.ages import parse_timestamp
from .kinds import KINDS

WIDTH = 120
LONGEST_NAME = 32  # characters
EVERY = 10.0  # seconds after which a line is due
PATIENCE = 15.0  # as EVERY, where a journal is there, which has a line about every ten seconds
LOOKS = 1.0  # seconds between two looks at the journal
PROGRESS = b'{"event": "progress"'
# What a line may say of the work; anything else in a journal is not shown.
DOING = ("reading", "deleting", "verifying")
WHAT = {**{kind.noun: f"{kind.noun}s" for kind in KINDS.values()}, "remaining access": "remaining access"}


@contextmanager
def shown(name: str, journal: str | None, show: Callable[[str], None]) -> Iterator[None]:
    """Show how the work inside comes along, from the tenth second on.

    Nothing that goes wrong here stops the work.

    :param name: what the organization is called.
    :param journal: the path of the module's journal. Without one, or where it cannot be read from here, such as on
        another host, only the time that has passed is shown.
    :param show: takes a line of at most ``WIDTH`` characters.
    """
    over = threading.Event()
    watch = _Watch(_brief(name), Tail(journal) if journal else None, show)

    def look() -> None:
        try:
            while not over.wait(LOOKS):
                watch.look()
        except Exception:  # the module goes on, and its result tells all that there is to know
            return

    thread = threading.Thread(target=look, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class _Watch:
    """Decides when a line is due."""

    def __init__(self, about: str, tail: Tail | None, show: Callable[[str], None]) -> None:
        self._about = about
        self._tail = tail
        self._show = show
        self._begun = self._last = time.monotonic()

    def look(self) -> None:
        """Show a line if there is something new, or if there was none for long."""
        entry = self._tail.latest() if self._tail else None
        moment = time.monotonic()
        what = WHAT.get(str(entry.get("kind"))) if entry else None
        if entry:
            text = told(entry)
        elif moment - self._last > (PATIENCE if self._tail and self._tail.found else EVERY):
            text = f"at work for {moment - self._begun:.0f} s"
        else:
            return
        self._last = moment
        self._show(f"{self._about}{f', {what}' if what else ''}: {text}."[:WIDTH])


class Tail:
    """The end of a journal that grows.

    :ivar found: whether it ever could be read.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""
        self.found = False

    def latest(self) -> Mapping[str, Any] | None:
        """The last whole line about progress that came since the last call; None where none came."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return None
        self.found = True
        self._offset += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in reversed(lines):
            if line.startswith(PROGRESS):
                return _entry(line)
        return None


def told(entry: Mapping[str, Any]) -> str:
    """What a line about progress says: what is being done, how much of it, and until when it waits."""
    doing, done, total = entry.get("doing"), entry.get("done"), entry.get("total")
    parts = [doing if doing in DOING else "at work"]
    if isinstance(done, int) and isinstance(total, int) and total:
        parts.append(f"{done:,} of {total:,} done")
    until = parse_timestamp(entry.get("waiting_until"))
    if until and until > datetime.now(timezone.utc):
        parts.append(f"waiting until {until:%H:%M:%S} UTC")
    return ", ".join(parts)


def _entry(line: bytes) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _brief(name: str) -> str:
    """A name that fits into a line, without what a terminal would take for a command."""
    text = "".join(char if char.isprintable() else " " for char in name)
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"
