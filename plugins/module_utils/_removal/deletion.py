# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Deletion: what becomes of plans that no guard held back."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Callable

from .._api.errors import CredentialsError, DatadogError, NotFoundError, WaitLimitError
from .._datadog.ages import now, timestamp
from .._datadog.credential import CredentialKind
from .plan import DELETED, FAILED, FAILURES, SKIPPED, Plan, Row, all_rows
from .verification import ListingLook, Removal, Seen, Verification, confirm, look_at_each, named_look


def predict(plans: Sequence[Plan]) -> None:
    """Check mode: settle the rows as the real run is expected to."""
    for row in all_rows(plans):
        if row.outcome is None:
            row.settle(DELETED, "Would be deleted.")


def carry_out(kind: CredentialKind, plans: Sequence[Plan], own: Container[str], verification: Verification) -> None:
    """Delete what no guard held back, and verify it. Every row is settled, whatever happens.

    :param own: the credential that this task runs with, by reference. It goes last, once all others are verified,
        and only if nothing failed: without it nothing else could be done.
    """
    rows = [row for row in all_rows(plans) if row.outcome is None]
    last = [row for row in rows if row.ref in own]
    others = [row for row in rows if row.ref not in own]
    removals = {row.ref: removal for row, removal in zip(others, kind.each(_sender(kind), others)) if removal}

    def verify(plan: Plan) -> None:
        mine = [removals[row.ref] for row in plan.rows if row.ref in removals]
        if mine and plan.owner:
            look = ListingLook(kind, plan, plan.owner)
            confirm(mine, look, verification)
            plan.rows += look.newcomers()
        elif mine:
            confirm(mine, named_look(kind, plan), verification)

    kind.each(verify, plans)
    if last:
        _remove_own(kind, last, all_rows(plans), verification)


def _sender(kind: CredentialKind) -> Callable[[Row], Removal | None]:
    def send(row: Row) -> Removal | None:
        row.requested_at = timestamp(now())
        try:
            row.status_code = kind.delete(row.ref)
            return Removal(row)
        except DatadogError as error:
            row.status_code = error.status_code
            if isinstance(error, NotFoundError) or error.effect_possible:
                return Removal(row, error)
            if isinstance(error, (CredentialsError, WaitLimitError)):
                row.requested_at = None
                row.settle(SKIPPED, f"Not deleted: {error}")
            else:
                row.settle(FAILED, str(error))
            return None

    return send


def _remove_own(kind: CredentialKind, own: Sequence[Row], rows: Sequence[Row], verification: Verification) -> None:
    if any(row.outcome in FAILURES for row in rows):
        for row in own:
            row.settle(SKIPPED, "Not tried: it is the key that this task runs with, and others were not dealt with.")
        return
    look = look_at_each(kind)

    def look_at_own(pending: Sequence[Row]) -> dict[str, Seen]:
        # Once it is gone, Datadog no longer takes it as a credential: that it did a moment ago is proof enough.
        return {ref: False if isinstance(seen, CredentialsError) else seen for ref, seen in look(pending).items()}

    for row in own:
        removal = _sender(kind)(row)
        if removal:
            confirm([removal], look_at_own, verification)
