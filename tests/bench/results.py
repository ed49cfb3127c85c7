# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the results: rows, the floor, and whether the targets hold."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from .works import CLIENT, CONCURRENCY, MEASURED_FLOORS, URI, US, VERIFIED, WITHOUT

Results = Mapping[str, Any]


def row(results: Results, work: str, contender: str = US) -> Mapping[str, Any] | None:
    """A contender's row of a work of the table; None where that was not measured."""
    for one in results["works"]:
        for found in one["rows"]:
            if one["name"] == work and found["contender"] == contender:
                return found  # type: ignore[no-any-return]
    return None


def wire(results: Results, requests: int) -> float:
    """Seconds: what this many requests take on the wire, side by side."""
    return math.ceil(requests / CONCURRENCY) * float(results["latency"])


def floor(results: Results, requests: int) -> float:
    """Seconds: one ping, and the wire's time."""
    return float(results["floor"]["wall"]) + wire(results, requests)


@dataclasses.dataclass(frozen=True)
class Target:
    """One target: `measured` against `limit`, which is a least or a most; None where it was not measured.

    :ivar at_floor: what the floor would measure in our place; None where that is no question.
    :ivar why: where the time goes, for a target that may be missed.
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


# Where the time goes, of targets that may be missed.
LOOKS_AND_VERIFIES = (
    "The uri loop does not look before it deletes, and verifies nothing. Here a listing comes before the deletes, and "
    "one after them, which is read twice."
)
STARTS = (
    "Starting ansible-playbook and the module takes a considerable part of what the official client takes altogether."
)
IMPORTS = (
    "The module starts with requests and this collection to import, and takes CPU time for each request, beside the "
    "waiting that the floor counts."
)
THREE_TURNS = (
    "The module reads the key, deletes it and reads it again, one after the other; the uri task sends one request. "
    "And it has requests and this collection to import. The quicker the machine, the more the waiting counts."
)
READS_TWICE = (
    "Every page is read twice, because a listing of several pages is not one moment; the official client reads each "
    "once. And Ansible handles every value of the result several times."
)
MAKES_ROWS = (
    "The module reads the JSON of each page, compares the two readings, and makes the rows; the floor has the rows "
    "beforehand."
)
BUSY_CORES = (
    "The cores are busy, not the network: in each organization, a module's process starts and imports what it needs, "
    "and Ansible runs the tasks of the role."
)
PER_LEAVER = (
    "The floor sends the same requests and knows nothing of people. The module compares hundreds of names with "
    "thousands of users, and each leaver has a row in each organization: in the result, and in the evidence, which is "
    "written before the work and after it."
)
ON_THE_DISK = (
    "Every delete is on the disk before it is sent. That costs the time of the disk, and CPU time for each line."
)
ONE_CORE = "Beside the waiting, each request takes CPU time on one core, and the playbook has to start."


def targets(results: Results) -> list[Target]:
    """All the targets with what was measured."""

    def wall(work: str, contender: str = US) -> float | None:
        found = row(results, work, contender)
        return found["wall"] if found else None

    def floor_of(work: str) -> float | None:
        measured = next(filter(None, (wall(work, contender) for contender in MEASURED_FLOORS)), None)
        needed = needed_by(work)
        return measured or (floor(results, needed) if needed else None)

    def wire_of(work: str) -> float | None:
        needed = needed_by(work)
        return wire(results, needed) if needed else None

    def needed_by(work: str) -> int | None:
        """Requests beyond those that the work needs are none of the floor's."""
        found = row(results, work)
        bounds = [one["requests_bound"] for one in results["works"] if one["name"] == work and one["requests_bound"]]
        return min([found["requests"], *bounds]) if found else None

    def ratio(over: float | None, under: float | None) -> float | None:
        return over / under if over and under else None

    def faster(text: str, limit: float, work: str, contender: str, why: str) -> Target:
        theirs = wall(work, contender)
        return Target(text, limit, True, ratio(theirs, wall(work)), at_floor=ratio(theirs, floor_of(work)), why=why)

    def mebibytes(work: str, name: str) -> float | None:
        found = row(results, work)
        return found[name] / 2**20 if found else None

    ours = [(one, row(results, one["name"])) for one in results["works"] if one["requests_bound"]]
    used = [found["requests"] / one["requests_bound"] for one, found in ours if found]
    night = row(results, "night-500")
    resolving = night["resolving"] if night else None
    many, many_keys = "organizations-100", "organizations-100-keys"
    return [
        faster("100 keys: times as fast as the uri loop", 20, "hundred", URI, LOOKS_AND_VERIFIES),
        faster(
            "100 keys: times as fast as the official client, one call after the other, which only deletes",
            2,
            "hundred",
            CLIENT,
            STARTS,
        ),
        faster(
            "100 keys: times as fast as the official client, one call after the other, verified as well",
            2,
            "hundred",
            CLIENT + VERIFIED,
            STARTS,
        ),
        Target("100 keys: times the floor", 1.4, False, ratio(wall("hundred"), floor_of("hundred")), why=IMPORTS),
        Target("one key: times one uri task", 1.15, False, ratio(wall("one"), wall("one", URI)), why=THREE_TURNS),
        faster(
            "list 10,000 keys, all fields: times as fast as the official client, one call after the other",
            2.2,
            "listing",
            CLIENT,
            READS_TWICE,
        ),
        faster(
            "list 10,000 keys, six fields: times as fast as the official client, one call after the other",
            3,
            "listing-fields",
            CLIENT,
            READS_TWICE,
        ),
        *(
            Target(
                f"list 10,000 keys, {fields} fields: times the floor",
                1.25,
                False,
                ratio(wall(work), floor_of(work)),
                why=MAKES_ROWS,
            )
            for fields, work in (("all", "listing"), ("six", "listing-fields"))
        ),
        Target(
            "100 organizations: seconds for each",
            0.6,
            False,
            ratio(wall(many), 100),
            " s",
            ratio(floor_of(many), 100),
            BUSY_CORES,
        ),
        Target(
            "100 organizations, keys only: seconds for each",
            0.4,
            False,
            ratio(wall(many_keys), 100),
            " s",
            ratio(floor_of(many_keys), 100),
            BUSY_CORES,
        ),
        Target("100 organizations: memory of all processes together", 2048, False, mebibytes(many, "together"), " MiB"),
        Target(
            "keys and tokens of a leaver: times the keys alone",
            1.35,
            False,
            ratio(wall("role-tokens"), wall("role-keys")),
        ),
        Target("a night's work: requests that resolve leavers, for each organization", 60, False, ratio(resolving, 10)),
        Target(
            "a night's work: times the floor",
            1.5,
            False,
            ratio(wall("night-500"), floor_of("night-500")),
            why=PER_LEAVER,
        ),
        Target(
            "10,000 keys of one owner: times the wire",
            1.25,
            False,
            ratio(wall("owner-10000"), wire_of("owner-10000")),
            why=ONE_CORE,
        ),
        Target(
            "10,000 keys of one owner: times without a journal",
            1.03,
            False,
            ratio(wall("owner-10000"), wall("owner-10000", WITHOUT)),
            why=ON_THE_DISK,
        ),
        Target("20 leavers: times a single leaver", 2.5, False, ratio(wall("role-20"), wall("role-1"))),
        Target("requests: of those that the work needs, at most", 1, False, max(used, default=None)),
        Target("memory of the module that lists 10,000 keys", 120, False, mebibytes("listing", "memory"), " MiB"),
        Target("memory of the module that removes 10,000 keys", 120, False, mebibytes("owner-10000", "memory"), " MiB"),
    ]
