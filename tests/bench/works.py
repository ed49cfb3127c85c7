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
WITHOUT = "this collection, without a journal"
REPLAY = "the same requests, and nothing else"
RETURN = "the same requests and the same result, and nothing else"
MEASURED_FLOORS = (REPLAY, RETURN)  # a work has one of them at the most
ALONE = "this collection, one organization at a time"
KINDS = ("application_keys", "access_tokens")
CALLER = 1  # request that asks whose credentials these are
FORKS = 16  # organizations at once, where there are several


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
    :ivar again: contenders that take their turn in each round, however long they take.
    :ivar organizations: how many organizations, each like the others, are hosts of an inventory; 0 for the one of the
        environment.
    :ivar tokens: how many access tokens people have in each.
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
    again: frozenset[str] = frozenset()
    organizations: int = 0
    tokens: Mapping[str, int] = dataclasses.field(default_factory=dict)


def command(parts: Sequence[str], variables: Path, *arguments: str) -> list[str]:
    """The whole command line of a contender.

    :param arguments: further ones, of a playbook.
    """
    programs = Path(sys.executable).parent
    if parts[0] == "script":
        return [sys.executable, str(HERE / "official.py"), *parts[1:], "--variables", str(variables)]
    playbook = parts[1] if "." in parts[1] else str(HERE / f"playbooks/{parts[1]}.yml")
    return [str(programs / "ansible-playbook"), playbook, "-e", f"@{variables}", *arguments, *parts[2:]]


def _playbook(name: str, *arguments: str) -> tuple[str, ...]:
    return ("playbook", name, *arguments)


# After this collection, whose requests they send, and whose result the second returns.
REPLAYED = _playbook("floor_requests")
RETURNED = _playbook("floor_result")


def _script(work: str, workers: int = 1) -> tuple[str, ...]:
    return ("script", work, "--workers", str(workers))


def _ids(keys: int, owners: Mapping[str, int]) -> list[str]:
    organization = Organization.generated(keys, owners)
    return [key.id for email in owners for key in organization.keys_of(email)]


def _pages(keys: int) -> int:
    """How many requests a listing takes: one of more than one page is read twice."""
    pages = _pages_once(keys)
    return pages if pages == 1 else 2 * pages


def _pages_once(keys: int) -> int:
    return max(1, -(-keys // 100))


def _by_id(count: int, keys: int) -> int:
    """How many requests it takes to remove some by their IDs. Many are looked up in pages, and again afterwards."""
    if count < 10:
        return 3 * count + CALLER
    return _pages_once(keys) + count + _pages(keys - count) + CALLER


def by_id(count: int, keys: int, **more: Any) -> Work:
    """Remove `count` keys by ID."""
    owners = {LEAVER: count}
    ids = _ids(keys, owners)
    return Work(
        title=f"{count} key{'s' * (count > 1)} by ID",
        keys=keys,
        owners=owners,
        variables={"ids": ids},
        deletes=frozenset(ids),
        requests=_by_id(count, keys),
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
        requests=1 + _pages(count) + count + 1 + CALLER,
        **more,
    )


def listing(keys: int, which: str = "", **more: Any) -> Work:
    """List all keys of an organization.

    :param which: of their fields, for the title.
    """
    return Work(
        title=f"list {keys:,} keys{which}",
        keys=keys,
        owners={},
        variables={"total": keys},
        deletes=frozenset(),
        requests=_pages(keys),
        **more,
    )


def through_the_role(leavers: int, reports: Path, *, keys: int = 5, tokens: int = 0, **more: Any) -> Work:
    """Offboard people who have so many keys and tokens each, with the playbook of this collection, evidence included.

    Without tokens, none are looked for.
    """
    names = [f"leaver{number:02}@example.com" for number in range(leavers)]
    owners = dict.fromkeys(names, keys)
    owned = dict.fromkeys(names, tokens) if tokens else {}
    title = f"{leavers} leaver{'s' * (leavers > 1)} with {keys} keys"
    return Work(
        title=f"{title}{f' and {tokens} tokens' if tokens else ''} through the role",
        keys=1000,
        owners=owners,
        tokens=owned,
        variables={
            "leavers": names,
            "offboard_report_dir": str(reports),
            "offboard_credentials": list(KINDS if tokens else KINDS[:1]),
        },
        deletes=_removed(1000, owners, owned),
        contenders={US: _playbook("keywarden.datadog.offboard")},
        **more,
    )


def offboarding(organizations: int, reports: Path, *, kinds: Sequence[str] = KINDS, **more: Any) -> Work:
    """Offboard two leavers with five keys and one token each from many organizations, evidence included.

    :param kinds: which kinds of credentials go.
    """
    leavers = ["leaver1@example.com", "leaver2@example.com"]
    owners = dict.fromkeys(leavers, 5)
    tokens = dict.fromkeys(leavers, 1) if "access_tokens" in kinds else {}
    contenders = {US: _playbook("keywarden.datadog.offboard")}
    if organizations > 1:
        contenders |= {REPLAY: REPLAYED, ALONE: _playbook("keywarden.datadog.offboard", "--forks", "1")}
    only = "" if tokens else ", keys only"
    return Work(
        title=f"{organizations} organization{'s' * (organizations > 1)} with two leavers through the role{only}",
        keys=100,
        owners=owners,
        tokens=tokens,
        organizations=organizations,
        variables={"leavers": leavers, "offboard_report_dir": str(reports), "offboard_credentials": list(kinds)},
        deletes=_removed(100, owners, tokens),
        contenders=contenders,
        **more,
    )


def night(leavers: int, known: int, organizations: int, users: int, reports: Path, **more: Any) -> Work:
    """Offboard people of whom most have no account anywhere; the others have one key in each organization."""
    names = [f"leaver{number:04}@example.com" for number in range(leavers)]
    # Whoever else is there has a key too, so that the organization has that many users.
    others = {f"user{number:05}@example.com": 1 for number in range(users - known)}
    mine = dict.fromkeys(names[:known], 1)
    owners = {**mine, **others}
    keys = len(owners) + 1
    organization = Organization.generated(keys, owners)
    return Work(
        title=f"{leavers} leavers, {leavers - known} without an account, in {organizations} organizations",
        keys=keys,
        owners=owners,
        organizations=organizations,
        variables={"leavers": names, "offboard_report_dir": str(reports), "offboard_missing_account": "report"},
        deletes=frozenset(key.id for email in mine for key in organization.keys_of(email)),
        contenders={US: _playbook("keywarden.datadog.offboard"), REPLAY: REPLAYED},
        **more,
    )


def _removed(keys: int, owners: Mapping[str, int], tokens: Mapping[str, int]) -> frozenset[str]:
    organization = Organization.generated(keys, owners, tokens=tokens)
    people = {user.id for user in organization.users.values() if user.email in tokens}
    gone = {token.id for token in organization.tokens.values() if token.owner_id in people}
    return frozenset({key.id for email in owners for key in organization.keys_of(email)} | gone)


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
LISTERS_AND_FLOOR = {**LISTERS, RETURN: RETURNED}
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
        listing(10_000, name="listing", contenders=LISTERS_AND_FLOOR),
        listing(
            10_000,
            ", six fields",
            name="listing-fields",
            contenders={**LISTERS_AND_FLOOR, US: _playbook("us_list_fields")},
        ),
        through_the_role(1, folder / "reports", name="role-1"),
        through_the_role(20, folder / "reports", name="role-20"),
        through_the_role(1, folder / "reports", keys=20, name="role-keys"),
        through_the_role(1, folder / "reports", keys=20, tokens=5, name="role-tokens"),
        *(offboarding(count, folder / "reports", name=f"organizations-{count}") for count in (1, 10, 100)),
        offboarding(100, folder / "reports", kinds=KINDS[:1], name="organizations-100-keys"),
        night(500, 50, 10, 2000, folder / "reports", name="night-500"),
        leaver(
            10_000,
            10_100,
            name="owner-10000",
            contenders={US: _playbook("us_leaver_journal"), WITHOUT: _playbook("us_leaver"), POOL: REMOVERS[POOL]},
            again=frozenset({US, WITHOUT}),
        ),
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
