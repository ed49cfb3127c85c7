# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Guards: reasons to leave a whole plan alone, looked at before any of it is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from .._api.client import Client
from .._api.errors import DatadogError
from .._datadog.ages import now, parse_timestamp
from .._datadog.users import current_id
from .plan import KEPT, REFUSED, SKIPPED, Plan, Row

# In names such as "Some Integration - Datadog Managed - a@example.com": an integration runs on that key,
# though a person owns it (recorded).
MANAGED = "datadog managed"
RECENTLY = timedelta(days=1)


@dataclass(frozen=True)
class Guards:
    """What the user wants held back; see the options of the module."""

    keep: frozenset[str] = frozenset()
    max_keys: int | None = None
    refuse_used_within: timedelta | None = None
    allow_self: bool = False


def hold_back(plan: Plan, guards: Guards, own: Sequence[Row]) -> None:
    """Settle the rows of a plan that stay: those to keep, and all of them if a guard trips.

    :param own: the rows that are the key which this task runs with; see ``own_key``.
    """
    for row in plan.to_remove:
        if row.facts["id"] in guards.keep:
            row.settle(KEPT, "Named in keep.")
    rows = plan.to_remove
    if guards.max_keys is not None and len(rows) > guards.max_keys:
        for row in rows:
            row.settle(
                REFUSED,
                f"The plan has {len(rows)} application keys to remove, more than max_keys ({guards.max_keys}) "
                f"allows. Nothing of it was deleted.",
            )
        return
    refused = []
    for row in rows:
        reason = _objection(row, guards, own)
        if reason:
            row.settle(REFUSED, reason)
            refused.append(row)
    if refused:
        for row in plan.to_remove:
            row.settle(SKIPPED, "Not tried: a guard held back the plan that it belongs to.")


def _objection(row: Row, guards: Guards, own: Sequence[Row]) -> str | None:
    label = f"Application key {_label(row)}"
    if not guards.allow_self and any(row is other for other in own):
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


def own_key(client: Client, rows: Sequence[Row]) -> list[Row]:
    """The rows that are, or may be, the key which this task runs with.

    API v2 does not tell a key's secret, so there it is known by its last four characters and its owner.
    Where the owner cannot be found out, the last four decide: rather one refusal too many.
    """
    if client.credentials.is_token:
        return []
    secret = client.credentials.app_key
    by_secret = [row for row in rows if row.ref == secret]
    candidates = [row for row in rows if row.facts["id"] and row.facts["last4"] in (secret[-4:], None)]
    if by_secret or not candidates:
        return by_secret
    try:
        user_id = current_id(client)
    except DatadogError:
        return candidates
    return [row for row in candidates if row.facts["owner"]["id"] in (user_id, None)]


def warnings(plans: Sequence[Plan]) -> list[str]:
    """What the user should know of the keys that are to be removed, one text per kind."""
    rows = [row for plan in plans for row in plan.to_remove]
    managed = [row for row in rows if MANAGED in str(row.facts["name"]).casefold()]
    used = [row for row in rows if _used_recently(row)]
    texts = [text for plan in plans for text in plan.warnings]
    if managed:
        texts.append(f"Integrations run on application keys that Datadog manages: {_labels(managed)}.")
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
