# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured: each work, and who does it."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..standin import Organization
from .measure import HERE

LEAVER = "leaver@example.com"
CONCURRENCY = 8  # the default of the modules, and the size of the official client's thread pool

US, URI, CLIENT, POOL = "this collection", "uri loop", "official client", "official client, 8 threads"
VERIFIED = ", verified"


@dataclasses.dataclass(frozen=True)
class Work:
    """One thing to do, and those who do it.

    :ivar keys: how many keys the organization has.
    :ivar owners: how many of them certain people own.
    :ivar variables: what the contenders are told.
    :ivar deletes: the ids that have to be gone after it, and no others.
    :ivar contenders: name and command; a command is completed by `command`.
    :ivar requests: the most that this collection may send, None where that is no target.
    :ivar repeat: so many times as many rounds as asked for, where a ratio is narrow.
    """

    name: str
    title: str
    keys: int
    owners: Mapping[str, int]
    variables: Mapping[str, Any]
    deletes: frozenset[str]
    contenders: Mapping[str, Sequence[str]]
    requests: int | None = None
    repeat: int = 1


def command(parts: Sequence[str], variables: Path) -> list[str]:
    """The whole command line of a contender."""
    programs = Path(sys.executable).parent
    if parts[0] == "script":
        return [sys.executable, str(HERE / "official.py"), *parts[1:], "--variables", str(variables)]
    playbook = parts[1] if "." in parts[1] else str(HERE / f"playbooks/{parts[1]}.yml")
    return [str(programs / "ansible-playbook"), playbook, "-e", f"@{variables}"]


def _playbook(name: str) -> tuple[str, ...]:
    return ("playbook", name)


def _script(work: str, workers: int = 1) -> tuple[str, ...]:
    return ("script", work, "--workers", str(workers))


def _ids(keys: int, owners: Mapping[str, int]) -> list[str]:
    organization = Organization.generated(keys, owners)
    return [key.id for email in owners for key in organization.keys_of(email)]


def by_id(count: int, keys: int, **more: Any) -> Work:
    """Remove `count` keys by id."""
    owners = {LEAVER: count}
    ids = _ids(keys, owners)
    return Work(
        title=f"{count} key{'s' * (count > 1)} by id",
        keys=keys,
        owners=owners,
        variables={"ids": ids},
        deletes=frozenset(ids),
        requests=3 * count,
        **more,
    )


def leaver(count: int, keys: int, **more: Any) -> Work:
    """Remove all `count` keys of a person: look up, pages, deletes, and pages again (which are one, an empty one)."""
    owners = {LEAVER: count}
    return Work(
        title=f"a leaver with {count:,} keys among {keys:,}",
        keys=keys,
        owners=owners,
        variables={"leaver": LEAVER},
        deletes=frozenset(_ids(keys, owners)),
        requests=1 + -(-count // 100) + count + 1,
        **more,
    )


def listing(keys: int, **more: Any) -> Work:
    """List all keys of an organization."""
    return Work(
        title=f"list {keys:,} keys",
        keys=keys,
        owners={},
        variables={"total": keys},
        deletes=frozenset(),
        requests=max(1, -(-keys // 100)),
        **more,
    )


def through_the_role(leavers: int, reports: Path, **more: Any) -> Work:
    """Offboard people with five keys each, with the playbook of this collection, evidence included."""
    owners = {f"leaver{number:02}@example.com": 5 for number in range(leavers)}
    return Work(
        title=f"{leavers} leaver{'s' * (leavers > 1)} through the role",
        keys=1000,
        owners=owners,
        variables={"leavers": list(owners), "offboard_report_dir": str(reports)},
        deletes=frozenset(_ids(1000, owners)),
        contenders={US: _playbook("keywarden.datadog.offboard")},
        requests=leavers * (1 + 1 + 5 + 1),
        **more,
    )


REMOVERS = {
    URI: _playbook("uri_leaver"),
    CLIENT: _script("offboard"),
    POOL: _script("offboard", CONCURRENCY),
    US: _playbook("us_leaver"),
}
LISTERS = {
    URI: _playbook("uri_list"),
    CLIENT: _script("list"),
    POOL: _script("list", CONCURRENCY),
    US: _playbook("us_list"),
}
FLOOR = Work(
    name="floor",
    title="one ping",
    keys=1,
    owners={},
    variables={},
    deletes=frozenset(),
    contenders={"floor": _playbook("floor")},
    repeat=2,
)


def main_works(folder: Path) -> list[Work]:
    """The works of the table."""
    removers_by_id = {
        URI: _playbook("uri_keys"),
        CLIENT: _script("delete"),
        US: _playbook("us_keys"),
    }
    pools_by_id = {
        CLIENT + VERIFIED: _script("delete_verified"),
        POOL: _script("delete", CONCURRENCY),
        POOL + VERIFIED: _script("delete_verified", CONCURRENCY),
    }
    return [
        by_id(1, 146, name="one", contenders=removers_by_id, repeat=3),
        by_id(100, 1000, name="hundred", contenders={**removers_by_id, **pools_by_id}),
        leaver(51, 146, name="leaver", contenders=REMOVERS),
        leaver(500, 10_000, name="large-leaver", contenders=REMOVERS),
        listing(10_000, name="listing", contenders=LISTERS),
        through_the_role(1, folder / "reports", name="role-1"),
        through_the_role(20, folder / "reports", name="role-20"),
    ]


# More than this takes the slow ones many minutes.
LARGEST_REMOVAL = {URI: 100, CLIENT: 1000, POOL: 10_000, US: 10_000}


def growth_works() -> list[Work]:
    """The works of the growth curves, each once: listing and removing 10 to 10,000 keys."""
    sizes = (10, 100, 1000, 10_000)
    # Listing 10,000 keys is in the table already.
    listings = [listing(keys, name=f"listing-{keys}", contenders=LISTERS) for keys in sizes[:-1]]
    removals = [
        leaver(
            keys,
            keys + 100,
            name=f"removal-{keys}",
            contenders={name: parts for name, parts in REMOVERS.items() if keys <= LARGEST_REMOVAL[name]},
        )
        for keys in sizes
    ]
    return [*listings, *removals]
