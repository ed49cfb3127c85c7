# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Misbehaviour on order: which requests it meets, and what it does to them. See README.md for the list of acts."""

from __future__ import annotations

import dataclasses
import fnmatch
import random
import re
import threading
from collections.abc import Sequence
from typing import Any, Callable

from . import answers
from .organization import Organization

# Acts, each with whether the request takes effect unless the fault says otherwise.
ACTS = {
    "refuse": False,  # reset, and nobody listens on the port for `seconds`
    "reset": False,  # TCP reset instead of an answer
    "drop": False,  # the connection is closed without an answer
    "drop_after": True,  # as drop, but after the effect
    "delay": True,  # `before` seconds before the effect, `after` seconds between the effect and the answer
    "status": False,  # `status` with a `body` of one of answers.BODY_KINDS
    "redirect": False,  # `status` (302) to `to`
    "answer": True,  # the true answer, with `headers`; with effect: false it is a lie
    "json": True,  # the true answer with `body`, any JSON, in place of its own
    "truncate": True,  # `keep` of the body (0..1), then the connection is closed
    "length": True,  # a Content-Length that is `by` bytes too large, or too small where negative
    "gzip": True,  # Content-Encoding: gzip, and junk
    "utf8": True,  # JSON with bytes that are no UTF-8
    "nested": True,  # JSON of `depth` nested lists
    "huge": True,  # JSON of `size` bytes
    "drip": True,  # the true answer, `chunk` bytes every `seconds`
    "interim": True,  # answers of the `statuses` (1xx) before the true one
    "trailing": True,  # the true answer, and `text` after its end
    "garble": True,  # the true answer with a head that starts with `start`, or holds the lines of `text`
    "bomb": True,  # a small answer that is `size` bytes large once `encoding` (gzip, several of them) is undone
    "flood": False,  # `status` (302) with a body that never ends
    "actor": True,  # somebody else does something `when` (before or after): see Actor
}


# This request runs beside all others, so it would upset every count: a fault meets it only if its endpoint or its
# path names it.
ASIDE = "v2.current_user"


@dataclasses.dataclass
class Match:
    """Which requests a fault meets. All that is given must hold; `endpoint` may be a shell pattern or a list."""

    method: str | None = None
    endpoint: str | list[str] | None = None
    path: str | None = None
    key_id: str | None = None
    skip: int = 0
    times: int | None = None
    probability: float = 1.0
    seed: int = 0


@dataclasses.dataclass
class Fault:
    """One piece of misbehaviour. `hits` counts the requests that met it."""

    act: str
    match: Match = dataclasses.field(default_factory=Match)
    effect: bool | None = None
    status: int | None = None
    body: Any = None
    headers: dict[str, str | None] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    before: float = 0.0
    after: float = 0.0
    to: str = ""
    keep: float = 0.5
    by: int = 10
    depth: int = 100_000
    size: int = 50_000_000
    chunk: int = 16
    statuses: Sequence[int] = (102,)
    start: str = ""
    text: str = ""
    encoding: str = "gzip"
    when: str = "before"
    add_key: dict[str, Any] | None = None
    delete_key: str | None = None
    add_token: dict[str, Any] | None = None
    delete_token: str | None = None
    disable_user: str | None = None
    call: Callable[[Organization], Any] | None = None
    hits: int = 0

    def __post_init__(self) -> None:
        if self.act not in ACTS:
            raise ValueError(f"unknown act {self.act!r}: one of {', '.join(ACTS)}")
        if self.act == "status" and self.body not in (None, *answers.BODY_KINDS):
            raise ValueError(f"unknown body {self.body!r}: one of {', '.join(answers.BODY_KINDS)}")
        if self.when not in ("before", "after"):
            raise ValueError("when is before or after")
        if self.effect is None:
            self.effect = ACTS[self.act]
        self._seen = 0
        self._random = random.Random(self.match.seed)

    def meets(self, method: str, endpoint: str, path: str, key_id: str | None) -> bool:
        """Whether this request is met; counts it, so to be asked once for each request."""
        wanted = self.match
        patterns = [wanted.endpoint] if isinstance(wanted.endpoint, str) else wanted.endpoint
        fits = (
            (wanted.method is None or wanted.method == method)
            and (patterns is None or any(fnmatch.fnmatchcase(endpoint, pattern) for pattern in patterns))
            and (endpoint != ASIDE or bool(wanted.path) or any("current_user" in pattern for pattern in patterns or ()))
            and (wanted.path is None or re.search(wanted.path, path) is not None)
            and (wanted.key_id is None or wanted.key_id == key_id)
        )
        if not fits:
            return False
        self._seen += 1
        if self._seen <= wanted.skip or (wanted.times is not None and self.hits >= wanted.times):
            return False
        if wanted.probability < 1 and self._random.random() >= wanted.probability:
            return False
        self.hits += 1
        return True

    def perform(self, organization: Organization, key_id: str | None) -> None:
        """What the other person of an `actor` does. `delete_key: "this"` is the key that the request is about,
        `delete_token: "this"` the token."""
        if self.add_key is not None:
            organization.add_key(**self.add_key)
        if self.delete_key is not None:
            organization.delete_key((key_id or "") if self.delete_key == "this" else self.delete_key)
        if self.add_token is not None:
            organization.add_token(**self.add_token)
        if self.delete_token is not None:
            organization.delete_token((key_id or "") if self.delete_token == "this" else self.delete_token)
        if self.disable_user is not None:
            organization.disable_user(self.disable_user)
        if self.call is not None:
            self.call(organization)

    def to_json(self) -> dict[str, Any]:
        """The fault as `Faults.add` takes it, with its hits; only what differs from the defaults."""
        told: dict[str, Any] = {"act": self.act, "hits": self.hits, "effect": self.effect}
        for part in (self, self.match):
            for field in dataclasses.fields(part):
                value = getattr(part, field.name)
                plain = field.default is not dataclasses.MISSING and value != field.default and field.name != "call"
                if (plain or (field.name == "headers" and value)) and field.name not in told:
                    told[field.name] = value
        return told


_MATCH_FIELDS = {field.name for field in dataclasses.fields(Match)}


class Faults:
    """The faults in force, in order. Every actor that matches acts; of the others the first that matches."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, act: str, **fields: Any) -> Fault:
        """Add a fault: the fields of Match and Fault, flat.

        :raises TypeError: for an unknown field. :raises ValueError: for an unknown act or kind of body.
        """
        match = Match(**{name: value for name, value in fields.items() if name in _MATCH_FIELDS})
        fault = Fault(act, match, **{name: value for name, value in fields.items() if name not in _MATCH_FIELDS})
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """No more faults."""
        with self._lock:
            self._faults.clear()

    def all(self) -> list[Fault]:
        """The faults in force."""
        with self._lock:
            return list(self._faults)

    def met(self, method: str, endpoint: str, path: str, key_id: str | None) -> tuple[list[Fault], Fault | None]:
        """The actors and the fault that this request meets."""
        actors: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                if fault.act == "actor" and fault.meets(method, endpoint, path, key_id):
                    actors.append(fault)
            for fault in self._faults:
                if fault.act != "actor" and fault.meets(method, endpoint, path, key_id):
                    return actors, fault
        return actors, None
