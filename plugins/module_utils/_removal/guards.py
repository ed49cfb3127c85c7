# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Guards: reasons to leave a whole plan alone, looked at before any of it is deleted."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .._datadog.ages import now, parse_timestamp
from .._datadog.credential import CredentialKind
from .plan import KEPT, REFUSED, SKIPPED, Plan, Row

RECENTLY = timedelta(days=1)


@dataclass(frozen=True)
class Guards:
    """What the user wants held back; see the options of the module.

    :ivar most: how many a plan may remove at the most, and ``most_option`` what the module calls that.
    """

    keep: frozenset[str] = frozenset()
    most: int | None = None
    most_option: str = "max_keys"
    refuse_used_within: timedelta | None = None
    allow_self: bool = False


def hold_back(kind: CredentialKind, plan: Plan, guards: Guards, own: Container[str]) -> None:
    """Settle the rows of a plan that stay: those to keep, and all of them if a guard trips.

    :param own: the references of what is or may be the credential that this task runs with.
    """
    for row in plan.to_remove:
        if row.facts["id"] in guards.keep:
            row.settle(KEPT, "Named in keep.")
    rows = plan.to_remove
    if guards.most is not None and len(rows) > guards.most:
        for row in rows:
            row.settle(
                REFUSED,
                f"The plan has {len(rows)} {kind.noun}s to remove, more than {guards.most_option} ({guards.most}) "
                f"allows. Nothing of it was deleted.",
            )
        return
    refused = []
    for row in rows:
        reason = _objection(kind, row, guards, own)
        if reason:
            row.settle(REFUSED, reason)
            refused.append(row)
    if refused:
        for row in plan.to_remove:
            row.settle(SKIPPED, "Not tried: a guard held back the plan that it belongs to.")


def _objection(kind: CredentialKind, row: Row, guards: Guards, own: Container[str]) -> str | None:
    label = f"{kind.noun.capitalize()} {_label(row)}"
    if not guards.allow_self and row.ref in own:
        return (
            f"{label} is the one that this task runs with. Nothing of its plan was deleted. "
            f"Run it with another key, name this one in keep, or set allow_self."
        )
    used = parse_timestamp(row.facts["last_used_at"])
    if guards.refuse_used_within and used and now() - used < guards.refuse_used_within:
        return (
            f"{label} was last used at {row.facts['last_used_at']}, more recently than refuse_used_within allows. "
            f"Nothing of its plan was deleted. Find out what uses it, or name it in keep."
        )
    return None


def warnings(kind: CredentialKind, plans: Sequence[Plan]) -> list[str]:
    """What the user should know of what is to be removed, one text per reason."""
    rows = [row for plan in plans for row in plan.to_remove]
    managed = [row for row in rows if kind.is_managed(row.facts)]
    used = [row for row in rows if _used_recently(row)]
    texts = [text for plan in plans for text in plan.warnings]
    if managed:
        texts.append(f"Integrations run on {kind.noun}s that Datadog manages: {_labels(managed)}.")
    if used:
        texts.append(f"Used within the last day: {_labels(used)}.")
    return texts


def _used_recently(row: Row) -> bool:
    used = parse_timestamp(row.facts["last_used_at"])
    return used is not None and now() - used < RECENTLY


def _labels(rows: Sequence[Row]) -> str:
    shown = [_label(row) for row in rows[:10]]
    if len(rows) > 10:
        shown.append(f"and {len(rows) - 10} more")
    return ", ".join(shown)


def _label(row: Row) -> str:
    return f"{row.name} ({row.facts['name']})"


def without_use_data(rows: Sequence[Row]) -> bool:
    """Whether no key has a recorded use, so that nothing can be said about use (it needs Audit Trail)."""
    return bool(rows) and not any(row.facts["last_used_at"] for row in rows)
