# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A removal from beginning to end: resolve and collect, guard, delete, verify."""

from __future__ import annotations

from typing import Callable

from .._datadog.credential import CredentialKind
from .deletion import carry_out, predict
from .guards import Guards, hold_back, warnings, without_use_data
from .plan import Plan
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
) -> None:
    """Remove what is selected and not held back.

    :param plans: is filled, so that what was done before an error is known.
    :param rehearse: do all but the deletes (check mode).
    :param warn: takes what the user should know, a sentence or two at a time.
    :raises DatadogError: what is selected could not be collected.
    """
    plans += collect(kind, selection)
    rows = [row for plan in plans for row in plan.to_remove]
    if guards.refuse_used_within and without_use_data(rows):
        warn(
            f"No {kind.noun} of this task has a recorded use. Datadog records it only with Audit Trail, "
            f"so refuse_used_within could not hold anything back."
        )
    own = kind.own({row.ref: row.facts for row in rows})
    for plan in plans:
        hold_back(kind, plan, guards, own)
    for text in warnings(kind, plans):
        warn(text)
    if rehearse:
        predict(plans)
    else:
        carry_out(kind, plans, own, verification)
