# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A removal from beginning to end: resolve and collect, guard, delete, verify."""

from __future__ import annotations

from typing import Any, Callable

from .._datadog.credential import CredentialKind
from .deletion import carry_out, predict, waiting_until
from .guards import Guards, hold_back, warnings, without_use_data
from .halt import Halt
from .journal import Journal, JournalError
from .plan import SKIPPED, Plan, all_rows
from .selection import Selection, collect
from .verification import Verification


def remove(
    kind: CredentialKind,
    selection: Selection,
    guards: Guards,
    verification: Verification,
    plans: list[Plan],
    *,
    rehearse: bool,
    warn: Callable[[str], None],
    journal: Journal | None = None,
    halt: Halt | None = None,
    spare_own: bool = False,
) -> None:
    """Remove what is selected and not held back.

    :param plans: is filled, so that what was done before an error is known.
    :param rehearse: do all but the deletes (check mode).
    :param warn: takes what the user should know, a sentence or two at a time.
    :param journal: gets all plans before the first delete, and then what happens; started already.
    :param halt: is asked before each delete whether it may still be sent.
    :param spare_own: whether the credential that this task runs with stays in any case, as it is still needed.
    :raises DatadogError: what is selected could not be collected.
    """
    journal = journal or Journal()
    read: list[str] = []
    names = selection.refs or selection.owners or ()
    with journal.progress(lambda: _progress(kind, "reading", len(read), len(names))):
        plans += collect(kind, selection, read.append)
        rows = [row for plan in plans for row in plan.to_remove]
        own = kind.own({row.ref: row.facts for row in rows})
    if guards.refuse_used_within is not None and without_use_data(rows):
        warn(
            f"No {kind.noun} of this task has a recorded use. Datadog records it only with Audit Trail, "
            f"so refuse_used_within could not hold anything back."
        )
    for plan in plans:
        hold_back(kind, plan, guards, own)
    for text in warnings(kind, plans):
        warn(text)
    try:
        journal.plan(kind.noun, plans)
    except JournalError as error:
        for row in all_rows(plans):
            if row.outcome is None:
                row.settle(SKIPPED, f"Not deleted: {error}")
    if rehearse:
        every = all_rows(plans)
        with journal.progress(
            lambda: _progress(kind, "verifying", sum(bool(row.outcome) for row in every), len(every))
        ):
            predict(kind, plans, own, spare_own=spare_own)
    else:
        carry_out(kind, plans, own, verification, journal, halt or Halt(), spare_own=spare_own)


def _progress(kind: CredentialKind, doing: str, done: int, total: int) -> dict[str, Any]:
    return {"kind": kind.noun, "doing": doing, "done": done, "total": total, "waiting_until": waiting_until(kind)}
