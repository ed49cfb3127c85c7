# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the journal of the module tells of an organization of which there is no whole result."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ...module_utils._datadog.names import folded
from .facts import PLAN, Facts, count
from .kinds import KINDS
from .verdicts import DELETED, NOT_RECORDED, OUTCOMES, SKIPPED, TO_DELETE, UNKNOWN

SENT = "The delete was sent, and the run was interrupted before the outcome was known."
NOT_TRIED = "The run was interrupted before this was tried."
DAMAGED = "A line of the journal cannot be read."


class Journal:
    """One journal: the plans of a module, kind by kind, and what it did about them.

    :ivar start: its first line, or empty.
    :ivar plans: ``{kind, owner, rows}`` each.
    :ivar requests: when each delete was sent, by the kind and the credential's ID.
    :ivar outcomes: what became of each, by the kind and the credential's ID.
    :ivar damaged: whether a line other than the last cannot be read.
    """

    def __init__(self, text: str) -> None:
        self.start: Mapping[str, Any] = {}
        self.plans: list[Mapping[str, Any]] = []
        self.requests: dict[tuple[Any, str], str] = {}
        self.outcomes: dict[tuple[Any, str], Mapping[str, Any]] = {}
        self.damaged = False
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                # The machine may have stopped in the middle of the last one.
                self.damaged = self.damaged or number < len(lines)

    def _take(self, line: Mapping[str, Any]) -> None:
        event = line["event"]
        if event == "start":
            self.start = line
        elif event == "plan":
            self.plans.append(line)
        elif event == "request":
            self.requests[self._kind, line["id"]] = line["at"]
        elif event == "outcome":
            self.outcomes[self._kind, line["id"]] = line

    @property
    def _kind(self) -> Any:
        """What the lines are about that name a credential: the plans of a kind come right before them."""
        return self.plans[-1].get("kind") if self.plans else None


def take_in(facts: Facts, host: str, journal: Journal) -> None:
    """Add to the facts what the journal of an organization tells that has no result, or not a whole one.

    Its leavers stay what they are, which is never dealt with: nobody looked at the end whether anything is left.
    """
    entry = next(one for one in facts["organizations"] if one["host"] == host)
    rows = {row["leaver"]: row for row in facts["leavers"] if row["host"] == host}
    leavers = {folded(person["query"]): person["leaver"] for person in facts["people"] if person["query"]}
    told: dict[str, Counter[str]] = {}
    seen = {(one["of"], one["id"]) for one in facts["credentials"] if one["host"] == host}
    organization = journal.start.get("organization") or {}
    entry.update(
        site=entry["site"] or journal.start.get("site"),
        id=entry["id"] or organization.get("id"),
        datadog_name=entry["datadog_name"] or organization.get("name"),
        caller=entry["caller"] or journal.start.get("caller"),
    )
    if journal.damaged and DAMAGED not in entry["warnings"]:
        entry["warnings"].append(DAMAGED)
    for plan in journal.plans:
        owner = plan.get("owner") or {}
        leaver = leavers.get(folded(str(owner.get("query"))))
        row = rows.get(leaver) if leaver else None
        if row is None:
            continue
        row.update(account_id=owner.get("id") or row["account_id"], site=entry["site"])
        about = {name: row[name] for name in ("leaver", "ticket", "organization", "host", "site")}
        for planned in plan.get("rows") or []:
            one = _credential(plan, planned, journal, facts["mode"] == PLAN)
            if (one["of"], one["id"]) not in seen:
                seen.add((one["of"], one["id"]))
                facts["credentials"].append({**about, **one})
                told.setdefault(row["leaver"], Counter())[one["outcome"]] += 1
    for leaver, found in told.items():
        counted = ", ".join(f"{found[outcome]} {outcome}" for outcome in (TO_DELETE, *OUTCOMES) if found[outcome])
        row = rows[leaver]
        row["message"] = (
            f"No result was recorded. The journal shows: {counted}. Run it again."
            if row["status"] == NOT_RECORDED
            else f"{row['message']} The journal shows: {counted}."
        )
    count(facts)


def _credential(plan: Mapping[str, Any], row: Mapping[str, Any], journal: Journal, rehearsed: bool) -> Facts:
    owner = row.get("owner") or plan.get("owner") or {}
    name = (plan.get("kind"), row.get("id") or "")
    known: Mapping[str, Any] = journal.outcomes.get(name, {})
    sent = journal.requests.get(name)
    outcome, message = known.get("outcome"), known.get("message")
    if not outcome:
        outcome, message = row.get("outcome"), row.get("message")
    if not outcome and rehearsed:
        outcome = TO_DELETE
    elif not outcome:
        outcome, message = (UNKNOWN, SENT) if sent else (SKIPPED, NOT_TRIED)
    if rehearsed and outcome == DELETED:
        outcome = TO_DELETE
    copied = ("id", "name", "last4", "created_at", "last_used_at", "expires_at", "scopes")
    return {
        "of": next((name for name, kind in KINDS.items() if kind.noun == plan.get("kind")), None),
        "kind": plan.get("kind"),
        **{name: row.get(name) for name in copied},
        "owner_id": owner.get("id"),
        "outcome": outcome,
        "status_code": known.get("status_code"),
        "requested_at": known.get("requested_at") or sent,
        "verified_at": known.get("verified_at"),
        "message": message,
    }
