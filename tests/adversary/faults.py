# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of faults. Generated, so that no combination is left out because nobody thought of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .harness import SECOND

CONNECT = ("refused", "no-such-name", "connect-timeout", "tls-handshake", "tls-certificate")
STATUSES = (200, 204, 302, 307, 400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504, 512)
BODIES = ("datadog", "objects", "html", "empty")
TOO_LATE = 2 * SECOND

# JSON that parses, and is not the answer to any of the requests. The text of a 404 that Datadog sends for a
# key that does not exist is not among them: see test_promises_have_limits.
SHAPES: dict[str, Any] = {
    "null": None,
    "number": 7,
    "text": "deleted",
    "list": [],
    "object": {},
    "data-null": {"data": None, "application_key": None},
    "data-list": {"data": [], "application_key": []},
    "data-object": {"data": {}, "application_key": {}},
    "data-text": {"data": "x", "application_key": "x"},
    "bare-ids": {"data": [{"id": "x"}], "meta": {"page": {"total_filtered_count": 1}}},
    "other-key": {
        "data": {"type": "application_keys", "id": "00112233-4455-4677-8899-aabbccddeeff", "attributes": {}},
        "application_key": {"hash": "f" * 40, "name": "other", "owner": "other@example.com"},
    },
    "count-text": {"data": [], "meta": {"page": {"total_filtered_count": "0"}}},
    "count-negative": {"data": [], "meta": {"page": {"total_filtered_count": -1}}},
    "count-boolean": {"data": [], "meta": {"page": {"total_filtered_count": False}}},
    "count-enormous": {"data": [], "meta": {"page": {"total_filtered_count": 10**30}}},
    "count-only": {"data": [], "meta": {"page": {"total_filtered_count": 3}}},
    "no-count": {"data": [], "meta": None},
    "ownerless-keys": {
        "data": [
            {"type": "application_keys", "id": "00112233-4455-4677-8899-aabbccddeeff", "attributes": {"name": "x"}}
        ],
        "meta": {"page": {"total_filtered_count": 1}},
    },
    "other-token": {
        "data": {"type": "personal_access_tokens", "id": "00112233-4455-4677-8899-aabbccddeeff", "attributes": {}}
    },
    "ownerless-tokens": {
        "data": [
            {
                "type": "personal_access_tokens",
                "id": "00112233-4455-4677-8899-aabbccddeeff",
                "attributes": {"name": "x"},
            }
        ],
        "meta": {"page": {"total_filtered_count": 1}},
    },
    "errors-empty": {"errors": []},
    "errors-text": {"errors": "Application key not found"},
    "errors-beside": {"errors": ["Application key not found"], "data": None},
}

INTERIM = {"100": (100,), "102": (102,), "103": (103,), "many": (103, 102, 100, 103)}
HEADS: dict[str, dict[str, str]] = {
    "two-lengths": {"text": "Content-Length: 3\nContent-Length: 4"},
    "long-number": {"text": "Content-Length: " + "9" * 5000},
    "no-header": {"text": "this is no header"},
    "no-status": {"start": "HTTP/1.1 OK"},
    "no-http": {"start": "junk"},
    "http-1.0": {"start": "HTTP/1.0 204 No Content"},
    "no-location": {"start": "HTTP/1.1 302 Found", "text": "Location: http://["},
    "no-wait": {"text": "Retry-After: " + "9" * 5000 + "\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: -1e300"},
}
TRAILERS = {
    "junk": "junk\r\n\r\n",
    "answer": "HTTP/1.1 404 Not Found\r\nContent-Length: 42\r\n\r\n" + '{"errors": ["Application key not found"]}  ',
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    :ivar act: an act of the stand-in, or None where there is no connection at all.
    :ivar effect: whether the request is carried out all the same.
    :ivar fields: of the stand-in's fault.
    :ivar heavy: whether it takes long to serve.
    """

    name: str
    act: str | None
    effect: bool = False
    fields: dict[str, Any] = field(default_factory=dict)
    heavy: bool = False

    @property
    def status(self) -> int | None:
        """The status that it answers with, where it sets one."""
        return self.fields.get("status")

    @property
    def lies(self) -> bool:
        """Whether it refuses in Datadog's own words what it carries out. A client may believe that, but must say so."""
        if not self.effect or self.status is None:
            return False
        in_its_own_words = 400 <= self.status < 500 and self.fields["body"] in ("datadog", "objects")
        return self.status == 429 or (in_its_own_words and self.status != 408)


def catalogue(mutates: bool) -> Iterator[Fault]:
    """Every fault of a request; of one that changes something, each without the effect and with it."""
    for problem in CONNECT:
        yield Fault(problem, None)
    effects = (False, True) if mutates else (True,)
    yield Fault("reset", "reset")
    yield Fault("drop", "drop")
    yield Fault("timeout-before", "delay", False, {"before": TOO_LATE})
    if mutates:
        yield Fault("reset+effect", "reset", True)
        yield Fault("drop+effect", "drop_after", True)
        yield Fault("timeout-after", "delay", True, {"after": TOO_LATE})
        yield Fault("late-effect", "delay", True, {"before": TOO_LATE})
    for effect in effects:
        yield from _spoilt(effect, "+effect" if effect and mutates else "")


def _spoilt(effect: bool, mark: str) -> Iterator[Fault]:
    """Answers that are cut, garbled, of another shape or of another status."""
    yield Fault(f"truncated{mark}", "truncate", effect, {"keep": 0.5})
    yield Fault(f"truncated-all{mark}", "truncate", effect, {"keep": 0.0})
    yield Fault(f"length-long{mark}", "length", effect, {"by": 10})
    yield Fault(f"length-short{mark}", "length", effect, {"by": -5})
    yield Fault(f"drip{mark}", "drip", effect, {"chunk": 8, "seconds": 0.1}, heavy=True)
    yield Fault(f"gzip-garbage{mark}", "gzip", effect)
    yield Fault(f"utf8-garbage{mark}", "utf8", effect)
    yield Fault(f"nested{mark}", "nested", effect)
    yield Fault(f"huge{mark}", "huge", effect, heavy=True)
    for name, statuses in INTERIM.items():
        yield Fault(f"interim-{name}{mark}", "interim", effect, {"statuses": statuses})
    for name, head in HEADS.items():
        yield Fault(f"head-{name}{mark}", "garble", effect, head)
    for name, text in TRAILERS.items():
        yield Fault(f"trailing-{name}{mark}", "trailing", effect, {"text": text})
    for encoding in ("gzip", "gzip, gzip"):
        yield Fault(
            f"bomb-{encoding.replace(', ', '-')}{mark}", "bomb", effect, {"encoding": encoding, "size": 64 << 20}
        )
    yield Fault(f"redirect-flood{mark}", "flood", effect)
    for name, body in SHAPES.items():
        yield Fault(f"shape-{name}{mark}", "json", effect, {"body": body})
    for status in STATUSES:
        for body in BODIES:
            yield Fault(f"{status}-{body}{mark}", "status", effect, {"status": status, "body": body})
