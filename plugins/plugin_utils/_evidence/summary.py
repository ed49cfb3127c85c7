# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run went as a whole: its end, its people, its verdict, and the sentences that say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from ...module_utils._datadog.ages import parse_age
from ...module_utils._datadog.dates import parse_date
from .facts import FINISHED, PLAN, RUNNING, Facts, count
from .kinds import KINDS
from .remains import ACTIVE, to_decide
from .verdicts import ABSENT, DEALT_WITH, DELETED, NO_ACCOUNT, NOT_RECORDED, TO_DELETE
from .words import named, number

MOST_NAMED = 10


def finish(facts: Facts, moment: str) -> None:
    """Nothing more will be recorded: settle what is known of each person.

    :param moment: now, in UTC.
    """
    facts.update(state=FINISHED, updated_at=moment, finished_at=moment)
    count(facts)
    rows = defaultdict(list)
    for row in facts["leavers"]:
        rows[row["leaver"]].append(row)
    for person in facts["people"]:
        _settle(facts, person, rows[person["leaver"]], moment)


def _settle(facts: Facts, person: Facts, rows: Sequence[Facts], moment: str) -> None:
    person["found"] = any(row["account_id"] for row in rows)
    person["similar"] = list(dict.fromkeys(email for row in rows for email in row["similar"]))
    removed = [row["removed_at"] for row in rows if row["removed_at"]]
    done = all(row["status"] in DEALT_WITH for row in rows)
    person["removed_at"] = max(removed) if removed and done else None
    left, until = parse_date(person["left_at"]), parse_date(person["removed_at"] or moment)
    if left is None or until is None or facts["mode"] == PLAN:
        return
    took = max(until - left, timedelta(0))
    if person["removed_at"]:
        person["time_to_removal"] = round(took.total_seconds())
    if facts.get("sla") and (person["removed_at"] or not done):
        in_time = took <= parse_age("offboard_sla", facts["sla"])
        # What is not removed yet may still be in time; it is late for certain only after that.
        person["within_sla"] = in_time if person["removed_at"] else (None if in_time else False)


def undone(facts: Facts) -> list[Facts]:
    """The rows of leavers who are not dealt with."""
    return [row for row in facts["leavers"] if row["status"] not in DEALT_WITH]


def nowhere(facts: Facts) -> list[Facts]:
    """The people whom Datadog was asked for in every organization, and whom none of them knows."""
    if facts["state"] == RUNNING or not facts["organizations"]:
        return []
    statuses: dict[str, set[str]] = {}
    for row in facts["leavers"]:
        statuses.setdefault(row["leaver"], set()).add(row["status"])
    return [person for person in facts["people"] if statuses.get(person["leaver"]) == {NO_ACCOUNT}]


def remaining(facts: Facts) -> list[Facts]:
    """The credentials that still let somebody in, or of which nobody knows; in a plan, those that would remain."""
    return [row for row in facts["credentials"] if row["outcome"] not in (DELETED, ABSENT, TO_DELETE)]


def open_accounts(facts: Facts) -> list[Facts]:
    """The rows of leavers whose account is not disabled, so that it can create new credentials."""
    return [row for row in facts["leavers"] if row["account_id"] and row["account_disabled"] is False]


def holders(facts: Facts) -> list[Facts]:
    """What a person has to decide on: ``{leaver, organization, notes}`` of each leaver who may still get in."""
    active = {id(row) for row in open_accounts(facts)}
    told = [(row, to_decide(row["remains"]) or ([ACTIVE] if id(row) in active else [])) for row in facts["leavers"]]
    return [
        {"leaver": row["leaver"], "organization": row["organization"], "notes": notes} for row, notes in told if notes
    ]


def remains_text(facts: Facts) -> str:
    """What remains of the credentials of these kinds, and of the accounts, in one sentence."""
    left, accounts = remaining(facts), open_accounts(facts)
    unseen = [row for row in undone(facts) if not row["complete"]]
    told = []
    if left:
        told.append(number(len(left), "credential"))
    if accounts:
        told.append(f"{number(len(accounts), 'account')} not disabled")
    others = [note for row in holders(facts) for note in row["notes"] if note != ACTIVE]
    if others:
        told.append(f"{number(len(others), 'decision')} for a person to make")
    asked = [row for row in unseen if row["host"]]
    if asked:
        pairs = number(sum(bool(row["host"]) for row in facts["leavers"]), "pair")
        told.append(f"not known for {len(asked)} of {pairs} of leaver and organization")
    if len(unseen) > len(asked):
        told.append(f"not known for {len(unseen) - len(asked)} of the entries, which cannot be used")
    nouns = [KINDS[kind].noun for kind in facts.get("kinds") or KINDS]
    return "; ".join(told) or f"no {' and no '.join(nouns)}"


def is_success(facts: Facts) -> bool:
    """Whether the run is over, every leaver dealt with in every organization, and found in one or allowed not to be."""
    if facts["state"] != FINISHED or undone(facts):
        return False
    return facts.get("missing_account") == "report" or not nowhere(facts)


def verdict(facts: Facts) -> str:
    """The state of a run in one word: ``running``, ``bad``, ``nowhere``, ``plan`` or ``good``."""
    if facts["state"] == RUNNING:
        return "running"
    if undone(facts):
        return "plan" if facts["mode"] == PLAN else "bad"
    if nowhere(facts):
        return "nowhere"
    return "plan" if facts["mode"] == PLAN else "good"


def headline(facts: Facts) -> str:
    """How it went, in a few sentences."""
    people = number(len(facts["people"]), "leaver")
    where = number(len(facts["organizations"]), "organization")
    text = f"{people} in {where}: {_done(facts)}."
    if facts["state"] == RUNNING:
        return f"This run has not finished. So far, {text}"
    bad = [
        f"{row['leaver']} in {row['organization']}" if row["organization"] else row["leaver"] for row in undone(facts)
    ]
    told = [f"Not dealt with: {named(bad, MOST_NAMED)}."] if bad else []
    lost = nowhere(facts)
    if lost:
        told.append(f"Known in no organization: {named([_with_similar(person) for person in lost], MOST_NAMED)}.")
    return " ".join([*told, text])


def _done(facts: Facts) -> str:
    plan = facts["mode"] == PLAN
    word = TO_DELETE if plan else DELETED
    told: list[str] = [f"{number(found[word], kind)} {word}" for kind, found in facts["counts"]["credentials"].items()]
    return (", ".join(told) or "nothing was checked") + ("; nothing was deleted" if plan else "")


def _with_similar(person: Mapping[str, Any]) -> str:
    similar = f" (similar: {', '.join(person['similar'][:3])})" if person["similar"] else ""
    return str(person["leaver"]) + similar


def unrecorded(facts: Facts) -> list[str]:
    """The hosts of organizations of which no result was recorded."""
    hosts = (row["host"] for row in facts["leavers"] if row["status"] == NOT_RECORDED)
    return list(dict.fromkeys(host for host in hosts if host))


def guards_text(guards: Mapping[str, Any] | None) -> str:
    """What was to be held back, for people."""
    told = [f"{name} {_listed(value)}" for name, value in (guards or {}).items() if value not in (None, "", [])]
    return "; ".join(told) or "none"


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
