# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All runs at a glance: the latest state of each leaver in each organization, and the runs that did not finish."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ...module_utils._datadog.ages import parse_age, parse_timestamp
from .earlier import NOT_LOOKED_AT
from .facts import FINISHED, REAL, Facts
from .kinds import KINDS
from .verdicts import DEALT_WITH, NO_ACCOUNT

Pair = tuple[str, str]
Place = tuple[str, str]
REMOVAL = ("removed_at", "removed_by", "hours_to_removal", "within_sla", "sla")
SHOWN = ("leaver", "name", "ticket", "left_at", "organization", "site", "status", "message")


@dataclass
class Overview:
    """What the runs of one directory say together.

    :ivar runs: how many there are.
    :ivar latest: a row for each leaver and organization, the newest first: ``{leaver, name, ticket, left_at,
        organization, site, status, message, removed_at, removed_by, hours_to_removal, within_sla, run_id, mode,
        started_at}``, where ``removed_by`` is the ID of the run that removed something at last.
        A plan counts only where no real run is known.
    :ivar unfinished: ``{run_id, started_at, updated_at, settled_by}`` of each run that did not finish, the newest
        first; not of plans, which touch nothing. ``settled_by`` is the last of the later runs that dealt with all
        the same leavers and organizations for all the same kinds of credentials, or None; also where that run says
        of itself that it did not look at what the unfinished one touched.
    :ivar unreadable: ``{run_id, problem}`` of each run whose JSON file is missing or cannot be read.
    :ivar nowhere: the leavers whom no organization knows.
    """

    runs: int = 0
    latest: list[Facts] = field(default_factory=list)
    unfinished: list[Facts] = field(default_factory=list)
    unreadable: list[Facts] = field(default_factory=list)
    nowhere: list[str] = field(default_factory=list)


def overview(runs: Iterable[tuple[str, Facts | str]]) -> Overview:
    """The overview of these runs.

    :param runs: of each its ID, and its facts or why they cannot be read. In any order.
    """
    found = Overview()
    readable: list[Facts] = []
    for run_id, facts in runs:
        found.runs += 1
        if isinstance(facts, str):
            found.unreadable.append({"run_id": run_id, "problem": facts})
        else:
            readable.append(facts)
    readable.sort(key=lambda facts: str(facts["started_at"]))
    found.unreadable.sort(key=lambda one: one["run_id"], reverse=True)
    latest: dict[Pair, Facts] = {}
    finished: dict[tuple[Pair, str], list[tuple[str, str]]] = {}  # when and by which runs, the last at the end
    unfinished: list[tuple[Facts, list[tuple[Pair, str, Place]]]] = []
    owed: dict[Pair, set[str]] = {}
    accounts: set[Pair] = set()
    looked_past: dict[tuple[str, Place], set[str]] = {}  # by the run, and whom and where it touched
    ids = _ids(readable)
    for facts in readable:
        pairs = _pairs(facts, ids)
        people = {person["leaver"]: person for person in facts.get("people") or []}
        real = facts["mode"] == REAL
        if real and facts["state"] != FINISHED:
            unfinished.append((facts, [(pair, kind, _place(row)) for pair, row in pairs for kind in _kinds(facts)]))
        for row in facts.get("earlier") or ():
            if row["settled"] == NOT_LOOKED_AT:
                looked_past.setdefault((row["run_id"], _place(row)), set()).add(facts["run_id"])
        for pair, row in pairs:
            done, kinds, owes = row["status"] in DEALT_WITH, _kinds(facts), owed.setdefault(pair, set())
            # Datadog deletes no account. One that is not found any more has another e-mail address now.
            done = done and not (row["status"] == NO_ACCOUNT and pair in accounts and owes)
            if real:
                owed[pair] = owes - kinds if done else owes | kinds
                if row.get("account_id"):
                    accounts.add(pair)
            # A run that went well for one kind hides no failure that may be about another.
            if not (real and row["status"] in DEALT_WITH and owed[pair]):
                _take(latest, pair, facts, row, people.get(row["leaver"], {}))
            if real and done and facts["state"] == FINISHED:
                for kind in kinds:
                    finished.setdefault((pair, kind), []).append((facts["started_at"], facts["run_id"]))
    for facts in reversed(readable):
        if facts["mode"] == REAL:
            # Entries that could not be used: whoever is meant by them, the next list may have them right.
            for row in facts["leavers"]:
                if not row["host"]:
                    _take(latest, (str(row["leaver"]), ""), facts, row, {})
            break
    found.latest = sorted(latest.values(), key=lambda row: (row["started_at"], row["leaver"]), reverse=True)
    statuses: dict[str, set[str]] = {}
    for (leaver, _organization), row in latest.items():
        statuses.setdefault(leaver, set()).add(row["status"])
    lost = {leaver for leaver, known in statuses.items() if known == {NO_ACCOUNT}}
    found.nowhere = sorted({row["leaver"] for (leaver, _organization), row in latest.items() if leaver in lost})
    for facts, open_ones in reversed(unfinished):
        later = []
        for pair, kind, place in open_ones:
            past = looked_past.get((facts["run_id"], place), ())
            looking = [one for one in finished.get((pair, kind), ()) if one[1] not in past]
            later.append(looking[-1] if looking else ("", ""))
        settled = all(started > facts["started_at"] for started, _run in later)
        told = {name: facts[name] for name in ("run_id", "started_at", "updated_at")}
        if later or not settled:
            found.unfinished.append({**told, "settled_by": max(later)[1] if settled else None})
    return found


def _place(row: Mapping[str, Any]) -> Place:
    """The leaver and the organization of a row, as that run names them."""
    return str(row["leaver"]), str(row["organization"])


def _kinds(facts: Mapping[str, Any]) -> set[str]:
    """The kinds of credentials that a run was about."""
    return set(facts.get("kinds") or KINDS)


def _ids(runs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Datadog's ID of each organization, by its name in the evidence and by its host, where all runs agree on it.

    A run that broke off, or was refused, does not know the ID, and may know the host only.
    """
    known: dict[str, set[str]] = {}
    for facts in runs:
        for one in facts["organizations"]:
            for name in {one["name"], one["host"]} if one.get("id") else ():
                known.setdefault(name, set()).add(str(one["id"]))
    return {name: min(ids) for name, ids in known.items() if len(ids) == 1}


def _pairs(facts: Mapping[str, Any], known: Mapping[str, str]) -> list[tuple[Pair, Mapping[str, Any]]]:
    """The rows of leavers, each with what makes rows of different runs speak of the same leaver and organization.

    :param known: as ``_ids`` gives them.
    """
    names = Counter(one["name"] for one in facts["organizations"])
    places: dict[str | None, str] = {}
    for one in facts["organizations"]:
        name, unique = one["name"], names[one["name"]] == 1
        found_id = one.get("id") or (known.get(name) if unique else None) or known.get(one["host"])
        places[one["host"]] = str(found_id or (name if unique else f"{name} ({one['host']})"))
    found: dict[Pair, Mapping[str, Any]] = {}
    for row in facts["leavers"]:
        pair = (unicodedata.normalize("NFC", str(row["leaver"])).lower(), places.get(row["host"], ""))
        # Two hosts may be the same organization: a failure in one of them must not be hidden by the other.
        if row["host"] and (pair not in found or _hides_less(found[pair], row)):
            found[pair] = row
    return list(found.items())


def _hides_less(known: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether the second of two rows about the same is the one to show."""
    if known["status"] not in DEALT_WITH or row["status"] not in DEALT_WITH:
        return known["status"] in DEALT_WITH
    return not known.get("removed_at")


def _take(
    latest: dict[Pair, Facts], pair: Pair, facts: Facts, row: Mapping[str, Any], person: Mapping[str, Any]
) -> None:
    known = latest.get(pair)
    if known and facts["mode"] != REAL and known["mode"] == REAL:
        return
    taken = {name: row.get(name) for name in SHOWN}
    taken.update({name: facts[name] for name in ("run_id", "mode", "started_at")})
    taken["left_at"] = taken["left_at"] or (known["left_at"] if known else None)
    done = row["status"] in DEALT_WITH
    removal: Facts = dict.fromkeys(REMOVAL)
    if done and row.get("removed_at"):
        removal.update(removed_at=row["removed_at"], removed_by=facts["run_id"], sla=facts.get("sla"))
    elif known and not _is_return(known, taken["left_at"]):
        # A later run that found nothing more to remove is not the one that removed something.
        removal = {**known["removal"], "sla": known["removal"]["sla"] or facts.get("sla")}
    removal.update(_in_time(taken["left_at"], removal["removed_at"], removal["sla"]))
    latest[pair] = {**taken, **removal, "removal": removal}
    if not done:
        latest[pair]["within_sla"] = person.get("within_sla")


def _in_time(left_at: Any, removed_at: Any, sla: str | None) -> Facts:
    """How many hours the removal took, and whether that was in time: ``{hours_to_removal, within_sla}``."""
    left, removed = parse_timestamp(left_at), parse_timestamp(removed_at)
    if not left or not removed:
        return {}
    took = max(removed - left, timedelta(0))
    in_time = took <= parse_age("offboard_sla", sla) if sla else None
    return {"hours_to_removal": round(took.total_seconds() / 3600, 1), "within_sla": in_time}


def _is_return(known: Facts, left_at: Any) -> bool:
    """Whether what was removed was about an earlier departure of somebody who came back, and leaves again."""
    left, removed = parse_timestamp(left_at), parse_timestamp(known["removal"]["removed_at"])
    return bool(left and removed and removed < left and known["left_at"] and known["left_at"] != left_at)
