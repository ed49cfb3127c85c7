# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the results: rows, the floor, and whether the targets hold."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from .works import CLIENT, CONCURRENCY, FORKS, URI, US, VERIFIED, WITHOUT

Results = Mapping[str, Any]


def row(results: Results, work: str, contender: str = US) -> Mapping[str, Any] | None:
    """A contender's row of a work of the table; None where that was not measured."""
    for one in results["works"]:
        for found in one["rows"]:
            if one["name"] == work and found["contender"] == contender:
                return found  # type: ignore[no-any-return]
    return None


def floor(results: Results, requests: int, organizations: int = 0) -> float:
    """Seconds: one ping, and the time that this many requests take on the wire, side by side.

    :param organizations: how many organizations share them evenly, as many at once as there are forks.
    """
    lanes = CONCURRENCY * max(1, min(organizations, FORKS))
    return float(results["floor"]["wall"]) + math.ceil(requests / lanes) * float(results["latency"])


@dataclasses.dataclass(frozen=True)
class Target:
    """One target: `measured` against `limit`, which is a least or a most; None where it was not measured.

    :ivar at_floor: what the floor would measure in our place; None where that is no question.
    :ivar why: where the time goes, for a target that is missed.
    """

    text: str
    limit: float
    least: bool
    measured: float | None
    unit: str = ""
    at_floor: float | None = None
    why: str = ""

    @property
    def verdict(self) -> str:
        """In one word: `holds`, `missed`, or nothing."""
        if self.measured is None:
            return ""
        holds = self.measured >= self.limit if self.least else self.measured <= self.limit
        return "holds" if holds else "missed"


WHY = {
    "100 keys: times as fast as the uri loop": (
        "Half of the time goes into requests: the deletes, and a listing before and after them, each read twice. "
        "The uri loop does not look before it deletes, and verifies nothing."
    ),
    "100 keys": "Starting ansible-playbook and the module takes longer than the official client takes to start.",
    "one key": (
        "The module reads the key, deletes it and reads it again, where the uri task sends one request; and it starts "
        "with requests and this collection to import."
    ),
    "list 10,000": (
        "Every page is read twice, because a listing of several pages is not one moment; the official client reads "
        "each once. The rest is Ansible, which handles every value of the result several times."
    ),
    "100 organizations": (
        "The cores are busy, not the network: about two fifths of the CPU time import what the module needs, in each "
        "organization anew, and another two fifths are Ansible's own."
    ),
    "a night's work": (
        "The floor counts waiting only. Thousands of requests also take CPU time at both ends, and here the server "
        "shares the cores."
    ),
    "10,000 keys of one owner: times without": (
        "Every delete is on the disk before it is sent; how long that takes depends on the disk."
    ),
    "10,000 keys of one owner: times the wire": (
        "Beside the waiting, each delete takes CPU time in requests and urllib3, on one core."
    ),
}


def targets(results: Results) -> list[Target]:
    """All the targets with what was measured, and why those that are missed are."""
    return [
        dataclasses.replace(one, why=next((why for start, why in WHY.items() if one.text.startswith(start)), ""))
        for one in _targets(results)
    ]


def _targets(results: Results) -> list[Target]:

    def wall(work: str, contender: str = US) -> float | None:
        found = row(results, work, contender)
        return found["wall"] if found else None

    def floor_of(work: str) -> float | None:
        found = row(results, work)
        return floor(results, found["requests"], organizations_of(work)) if found else None

    def organizations_of(work: str) -> int:
        return next((one.get("organizations", 0) for one in results["works"] if one["name"] == work), 0)

    def ratio(over: float | None, under: float | None) -> float | None:
        return over / under if over and under else None

    def faster(text: str, limit: float, work: str, contender: str) -> Target:
        theirs = wall(work, contender)
        return Target(text, limit, True, ratio(theirs, wall(work)), at_floor=ratio(theirs, floor_of(work)))

    ours = [(one, row(results, one["name"])) for one in results["works"] if one["requests_bound"]]
    used = [found["requests"] / one["requests_bound"] for one, found in ours if found]
    listing = row(results, "listing")
    mebibytes = listing["memory"] / 2**20 if listing else None
    many, night = row(results, "organizations-100"), row(results, "night-500")
    together = many["together"] / 2**20 if many else None
    resolving = night["resolving"] if night else None
    return [
        faster("100 keys: times as fast as the uri loop", 20, "hundred", URI),
        faster("100 keys: times as fast as the official client, which only deletes", 2, "hundred", CLIENT),
        faster("100 keys: times as fast as the official client, verified as well", 2, "hundred", CLIENT + VERIFIED),
        Target("100 keys: times the floor", 1.4, False, ratio(wall("hundred"), floor_of("hundred"))),
        Target("one key: times one uri task", 1.15, False, ratio(wall("one"), wall("one", URI))),
        faster("list 10,000 keys, all fields: times as fast as the official client", 2.2, "listing", CLIENT),
        faster("list 10,000 keys, six fields: times as fast as the official client", 3, "listing-fields", CLIENT),
        Target(
            "list 10,000 keys, six fields: times the floor",
            2,
            False,
            ratio(wall("listing-fields"), floor_of("listing-fields")),
        ),
        Target(
            "100 organizations: seconds for each",
            0.6,
            False,
            ratio(wall("organizations-100"), 100),
            " s",
            ratio(floor_of("organizations-100"), 100),
        ),
        Target(
            "100 organizations, keys only: seconds for each",
            0.4,
            False,
            ratio(wall("organizations-100-keys"), 100),
            " s",
            ratio(floor_of("organizations-100-keys"), 100),
        ),
        Target("100 organizations: memory of all processes together", 2048, False, together, " MiB"),
        Target(
            "keys and tokens of a leaver: times the keys alone",
            1.35,
            False,
            ratio(wall("role-tokens"), wall("role-keys")),
        ),
        Target("a night's work: requests that resolve leavers, for each organization", 60, False, ratio(resolving, 10)),
        Target("a night's work: times the floor", 1.5, False, ratio(wall("night-500"), floor_of("night-500"))),
        Target(
            "10,000 keys of one owner: times the wire", 1.25, False, ratio(wall("owner-10000"), floor_of("owner-10000"))
        ),
        Target(
            "10,000 keys of one owner: times without a journal",
            1.03,
            False,
            ratio(wall("owner-10000"), wall("owner-10000", WITHOUT)),
        ),
        Target("20 leavers: times a single leaver", 2.5, False, ratio(wall("role-20"), wall("role-1"))),
        Target("requests: of those that the work needs, at most", 1, False, max(used, default=None)),
        Target("memory of the module at 10,000 keys", 120, False, mebibytes, " MiB"),
    ]
