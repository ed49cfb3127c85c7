# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Deletion: what becomes of plans that no guard held back."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from typing import Any

from .._api.defect import defect
from .._api.errors import ENDS_THE_TASK, INTERRUPTED, DatadogError, ForbiddenError, NotFoundError, StoppedError
from .._datadog.ages import now, timestamp
from .._datadog.credential import CredentialKind
from .halt import Halt
from .journal import Journal, JournalError
from .looks import OwnLook, PlanLook, Seen, look_at_each
from .plan import ABSENT, DELETED, FAILED, FAILURES, SKIPPED, UNKNOWN, Plan, Row, all_rows
from .verification import Removal, Verification, confirm

NOT_PERMITTED = "Not tried: Datadog refused another delete of this plan because a permission is missing."
REFUSED_SINCE = "Datadog refused another delete of this plan because a permission is missing."
SPARED = "Not tried: it is the {noun} that this task runs with, and not all others were removed."
NEVER_PERMITTED = (
    "Datadog refused the deletes of several plans because a permission is missing, so no further delete is sent."
)


def waiting_until(kind: CredentialKind) -> str | None:
    """When a wait for a rate limit or before another attempt is over; None where nothing waits."""
    until = kind.waiting_until
    return timestamp(until) if until else None


def predict(kind: CredentialKind, plans: Sequence[Plan], own: Collection[str] = (), *, spare_own: bool = False) -> None:
    """Check mode: settle the rows as the real run is expected to.

    What only a listing showed is read by itself, since the real run would find it gone: a listing may lag behind.

    :param own: as for ``carry_out``, and ``spare_own`` too.
    """
    if spare_own or _failed(plans):
        for row in all_rows(plans):
            if row.ref in own and row.outcome is None:
                row.settle(SKIPPED, SPARED.format(noun=kind.noun))
    rows = [row for row in all_rows(plans) if row.outcome is None]

    def found(row: Row, seen: Seen) -> None:
        if seen is False:
            row.verified_at = timestamp(now())
            row.settle(ABSENT, f"A listing still shows it, but {kind.site} says that it does not exist.")
        else:
            row.settle(DELETED, "Would be deleted.")

    look_at_each(kind, [row for row in rows if row.listed], found)
    for row in rows:
        if row.outcome is None:
            row.settle(DELETED, "Would be deleted.")


def carry_out(
    kind: CredentialKind,
    plans: Sequence[Plan],
    own: Collection[str],
    verification: Verification,
    journal: Journal,
    halt: Halt,
    *,
    spare_own: bool,
) -> None:
    """Delete what no guard held back, and verify it. Every row is settled, whatever happens.

    :param own: the credential that this task runs with, by reference. It goes last, once all others are verified,
        and only if nothing failed: without it nothing else could be done.
    :param journal: is told before each delete.
    :param halt: is asked before each delete.
    :param spare_own: whether that credential stays in any case, because something before these plans failed.
    """
    _Deletion(kind, plans, own, verification, journal, halt, spare_own).run()


def _failed(plans: Sequence[Plan]) -> bool:
    """Whether anything was not dealt with so far."""
    return any(plan.problem for plan in plans) or any(row.outcome in FAILURES for row in all_rows(plans))


class _Deletion:
    def __init__(
        self,
        kind: CredentialKind,
        plans: Sequence[Plan],
        own: Collection[str],
        verification: Verification,
        journal: Journal,
        halt: Halt,
        spare_own: bool,
    ) -> None:
        self._kind = kind
        self._plans = plans
        self._own = own
        self._verification = verification
        self._journal = journal
        self._halt = halt
        self._spare_own = spare_own
        self._rows = [row for row in all_rows(plans) if row.outcome is None]
        self._refused: set[int] = set()  # plans of which Datadog refused a delete for want of a permission
        self._refused_in_a_row: set[int] = set()
        self._at_work = threading.local()  # the plan whose delete this thread sends, and whether it did so before
        self._doing = "deleting"

    def run(self) -> None:
        self._halt.tell(self._journal.stopped)
        self._kind.check_before_delete(self._check)
        try:
            self._delete_and_verify()
        except KeyboardInterrupt:
            self._halt.pull(INTERRUPTED)
            raise
        self._journal.flush()

    def _delete_and_verify(self) -> None:
        with self._journal.progress(self._progress):
            todo = [
                (plan, row)
                for plan in self._plans
                for row in plan.rows
                if row.outcome is None and row.ref not in self._own
            ]
            todo.sort(key=lambda one: self._kind.is_deleted_last(one[1].facts))
            sent = self._kind.each(lambda one: self._send(*one), todo)
            removals = {removal.row.ref: removal for removal in sent if removal}
            self._doing = "verifying"
            unverified = [plan for plan in self._plans if any(row.ref in removals for row in plan.rows)]
            self._kind.each(lambda plan: self._verify(plan, removals), unverified)
            self._remove_own()

    def _progress(self) -> dict[str, Any]:
        done = [row for row in self._rows if row.outcome or (self._doing == "deleting" and row.answered)]
        return {
            "kind": self._kind.noun,
            "doing": self._doing,
            "done": len(done),
            "total": len(self._rows),
            "waiting_until": waiting_until(self._kind),
        }

    def _check(self) -> None:
        """Before each attempt of a delete. Since the first one, Datadog may have refused another delete.

        :raises StoppedError: it may not be sent.
        """
        self._halt.check()
        if self._at_work.again and self._at_work.plan in self._refused:
            raise StoppedError(REFUSED_SINCE)
        self._at_work.again = True

    def _send(self, plan: Plan, row: Row) -> Removal | None:
        """Send a delete. What needs to be read again is returned, all others are settled."""
        removal = None
        self._at_work.plan, self._at_work.again = id(plan), False
        if id(plan) in self._refused:
            row.settle(SKIPPED, NOT_PERMITTED)
        elif self._announce(row):
            row.requested_at = timestamp(now())
            try:
                row.status_code = self._kind.delete(row.ref)
                self._refused_in_a_row.clear()
                removal = Removal(row, self._kind.noun)
            except DatadogError as error:
                row.status_code = error.status_code
                removal = self._unaccepted(plan, row, error)
            except Exception as error:  # one row's surprise is no other row's business
                unclear = DatadogError(defect(error), effect_possible=True)
                removal = Removal(row, self._kind.noun, unclear, unforeseen=True)
            except KeyboardInterrupt:
                if not self._at_work.again:  # it still waited for its turn
                    row.requested_at = None
                    row.settle(SKIPPED, f"Not deleted: {INTERRUPTED}")
                raise
        row.answered = True
        return removal

    def _announce(self, row: Row) -> bool:
        """Whether the delete may be sent, and that it will be is on the disk."""
        try:
            self._halt.check()
            self._journal.request(row)
        except JournalError as error:
            self._halt.pull(str(error))
            row.settle(SKIPPED, f"Not deleted: {error}")
        except StoppedError as error:
            row.settle(SKIPPED, f"Not deleted: {error}")
        return row.outcome is None

    def _unaccepted(self, plan: Plan, row: Row, error: DatadogError) -> Removal | None:
        if isinstance(error, ForbiddenError):
            # Whoever lacks a permission lacks it for all. But a refusal may also be about one owner's only.
            self._refused.add(id(plan))
            self._refused_in_a_row.add(id(plan))
            if len(self._refused_in_a_row) > 1:
                self._halt.pull(NEVER_PERMITTED)
        if isinstance(error, NotFoundError) or error.effect_possible:
            return Removal(row, self._kind.noun, error)
        if isinstance(error, ENDS_THE_TASK):
            row.requested_at = None
            row.settle(SKIPPED, f"Not deleted: {error}")
            return None
        row.settle(FAILED, str(error))
        return None

    def _verify(self, plan: Plan, removals: dict[str, Removal]) -> None:
        mine = [removals[row.ref] for row in plan.rows if row.ref in removals]
        unclear = {
            removal.row.ref
            for removal in mine
            if removal.error is not None and (removal.error.effect_possible or removal.error.status_code != 404)
        }
        look = PlanLook(self._kind, plan, unclear)
        self._confirm(mine, look)
        plan.rows += look.newcomers()

    def _confirm(self, removals: Sequence[Removal], look: PlanLook | OwnLook) -> None:
        try:
            confirm(removals, look, self._verification, self._journal.flush)
        except Exception as error:  # one plan's surprise is no other plan's business
            for removal in removals:
                if removal.row.outcome is None:
                    removal.row.settle(UNKNOWN, f"The delete was sent. {defect(error)} Run the task again.")

    def _remove_own(self) -> None:
        own = [(plan, row) for plan in self._plans for row in plan.rows if row.ref in self._own and row.outcome is None]
        for plan, row in own:
            if self._spare_own or _failed(self._plans):
                row.settle(SKIPPED, SPARED.format(noun=self._kind.noun))
                continue
            removal = self._send(plan, row)
            if removal:
                # Where several may be the own one, a refusal may be due to any of them.
                accepted = removal.error is None and len(self._own) == 1
                self._confirm([removal], OwnLook(self._kind, accepted))
