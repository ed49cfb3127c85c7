# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Plans: which credentials a task is about, and what became of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .._datadog.credential import Facts

DELETED = "deleted"
ABSENT = "absent"
KEPT = "kept"
REFUSED = "refused"
SKIPPED = "skipped"
FAILED = "failed"
UNKNOWN = "unknown"

OUTCOMES = (DELETED, ABSENT, KEPT, REFUSED, SKIPPED, FAILED, UNKNOWN)
CHANGED = frozenset({DELETED, UNKNOWN})
FAILURES = frozenset({REFUSED, SKIPPED, FAILED, UNKNOWN})

RESOLVED = "resolved"
AMBIGUOUS = "ambiguous"
# An owner's status may also be FAILED: The request to Datadog failed.


@dataclass
class Row:
    """One credential of a plan.

    :ivar ref: what the API addresses it by: the id in v2, the secret itself in v1.
    :ivar facts: the shape of its kind; see ``credential.Found``.
    :ivar outcome: None as long as the key is there and to be removed.
    :ivar requested_at: when the delete was sent, UTC.
    :ivar verified_at: when a read showed that it is gone, UTC.
    :ivar listed: whether a listing showed it, so that a later listing without it says something about it.
    :ivar answered: whether its delete was sent and is over, with whatever answer.
    :ivar secret: the key itself, in the one case where API v2 sends it.
    """

    ref: str = field(repr=False)
    facts: Facts
    outcome: str | None = None
    status_code: int | None = None
    requested_at: str | None = None
    verified_at: str | None = None
    message: str | None = None
    listed: bool = False
    answered: bool = False
    secret: str | None = field(default=None, repr=False)
    _told: Callable[[Row], None] | None = field(default=None, repr=False)

    def settle(self, outcome: str, message: str | None = None) -> None:
        """Say what became of it, and why."""
        self.outcome = outcome
        self.message = message
        if self._told:
            self._told(self)

    def follow(self, told: Callable[[Row], None]) -> None:
        """Have ``told`` called with the row as soon as it is settled."""
        self._told = told

    @property
    def name(self) -> str:
        """How a key is named where only one word fits: by its id, or masked."""
        return self.facts["id"] or f"****{self.ref[-4:]}"

    @property
    def result(self) -> dict[str, Any]:
        """The row as the user sees it. Where an error ended the task, what was sent has an unknown end."""
        left = UNKNOWN if self.requested_at else SKIPPED
        return {
            **self.facts,
            "outcome": self.outcome or left,
            "status_code": self.status_code,
            "requested_at": self.requested_at,
            "verified_at": self.verified_at,
            "message": self.message if self.outcome else "The task ended before this was settled.",
        }


@dataclass
class Plan:
    """What belongs together: a guard that trips holds back all of it.

    :ivar owner: the row of ``owners`` where the plan is an owner's, otherwise None.
    :ivar listed: how many keys the complete listing had that the keys come from; None where they were named.
    :ivar use_recorded: whether any key of that listing has a recorded use, also one that the filters leave out.
    :ivar list_requests: of named keys, how many requests a whole listing takes, where one showed some of them; 0 where
        each was read by itself.
    :ivar problem: why there is no list of keys, such as an unknown owner; fails the task.
    :ivar included: the related objects that came with the keys.
    """

    rows: list[Row] = field(default_factory=list)
    owner: dict[str, Any] | None = None
    listed: int | None = None
    use_recorded: bool = False
    list_requests: int = 0
    problem: str | None = None
    included: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def to_remove(self) -> list[Row]:
        """The rows that nothing was decided about yet."""
        return [row for row in self.rows if row.outcome is None]


def all_rows(plans: Sequence[Plan]) -> list[Row]:
    """The rows of all plans, in order."""
    return [row for plan in plans for row in plan.rows]


def counts(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many rows have each outcome; every outcome is there."""
    found = Counter(row["outcome"] for row in rows)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def related(plans: Sequence[Plan]) -> list[Any]:
    """The related objects of all plans, each once."""
    objects = {(item["type"], item["id"]): item for plan in plans for item in plan.included}
    return list(objects.values())


def listing_of(plans: Sequence[Plan]) -> dict[str, Any]:
    """``{total, complete}`` over all plans; None where keys were named instead of listed."""
    totals = [plan.listed for plan in plans if plan.listed is not None]
    owners = [plan.owner for plan in plans if plan.owner]
    if not totals and not owners:
        return {"total": None, "complete": None}
    return {
        "total": sum(totals),
        # Whom Datadog does not know has nothing to list; whom it could not tell may have.
        "complete": not any(owner["status"] in (AMBIGUOUS, FAILED) for owner in owners),
    }


def _distinct(rows: Sequence[Row]) -> list[str]:
    """The messages of these rows. Of those that Datadog answered alike but for the name, only the first."""
    told: dict[str, str] = {}
    for row in rows:
        message = row.message or ""
        told.setdefault(message.replace(row.name, "") if row.outcome == FAILED else message, message)
    return list(told.values())


def failure(plans: Sequence[Plan], noun: str, shortfall: str) -> str | None:
    """The sentence that fails the task; None where all went well.

    It counts the keys that went wrong and gives each reason once, so that a list of thousands stays readable.

    :param noun: what one of them is called, such as "application key".
    :param shortfall: what the task did not achieve for these keys, such as "could not be read".
    """
    rows = [row for row in all_rows(plans) if row.outcome in FAILURES]
    reasons = [plan.problem for plan in plans if plan.problem]
    if rows:
        found = Counter(row.outcome for row in rows)
        numbers = ", ".join(f"{found[outcome]} {outcome}" for outcome in OUTCOMES if found[outcome])
        reasons.insert(0, f"{len(rows)} of {len(all_rows(plans))} {noun}s {shortfall} ({numbers}).")
        reasons += _distinct(rows)
    distinct = list(dict.fromkeys(reason for reason in reasons if reason))
    if len(distinct) > 6:
        more = len(distinct) - 6
        distinct[6:] = [f"And {more} more reason{'s' * (more > 1)}, each in its row."]
    return " ".join(distinct) or None
