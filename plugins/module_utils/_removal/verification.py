# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Verification: reading again until what was deleted is seen to be gone, and settling every row by what was seen."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Callable, Union

from .._api.errors import CredentialsError, DatadogError, NotFoundError, WaitLimitError
from .._datadog.ages import now, timestamp
from .._datadog.credential import CredentialKind, Facts
from .plan import ABSENT, DELETED, FAILED, SKIPPED, UNKNOWN, Plan, Row

FIRST_PAUSE = 0.25  # seconds between two looks; doubles up to LONGEST_PAUSE
LONGEST_PAUSE = 4.0

# What a look at a key showed: it is there, it is gone, or the look failed.
Seen = Union[bool, DatadogError]
Look = Callable[[Sequence[Row]], dict[str, Seen]]


@dataclass
class Removal:
    """A row whose delete was sent.

    :ivar error: why the answer was no plain yes; None where Datadog accepted.
    """

    row: Row
    error: DatadogError | None = None

    def gone(self) -> None:
        """A read showed that it does not exist."""
        self.row.verified_at = timestamp(now())
        if isinstance(self.error, NotFoundError) and not self.error.effect_possible:
            self.row.settle(ABSENT, "Someone else removed it after it was read.")
        elif self.error:
            self.row.settle(DELETED, "The answer to the delete was lost or unclear; a read showed that it is gone.")
        else:
            self.row.settle(DELETED)

    def there(self, seconds: float) -> None:
        """It is still there after so many seconds."""
        if self.error is None or isinstance(self.error, NotFoundError):
            said = "accepted the delete" if self.error is None else "answered 404 to the delete"
            self.row.settle(FAILED, f"Datadog {said}, but the key is still there after {seconds:g} s.")
        else:
            self.row.settle(FAILED, f"{self.error} The key is still there.")

    def unread(self, problem: DatadogError) -> None:
        """It could not be read again."""
        said = f"{self.error}" if self.error else "Datadog accepted the delete."
        self.row.settle(UNKNOWN, f"{said} Whether the key is gone could not be read: {problem}")


@dataclass(frozen=True)
class Verification:
    """:ivar timeout: seconds to go on reading until the keys are gone."""

    wanted: bool = True
    timeout: float = 30


def confirm(removals: Sequence[Removal], look: Look, verification: Verification) -> None:
    """Look until the keys are gone or the time is over, and settle every row."""
    if not verification.wanted:
        for removal in removals:
            if removal.error is None:
                removal.row.settle(DELETED, "Not verified.")
        removals = [removal for removal in removals if removal.error is not None]
        if not removals:
            return
    timeout = verification.timeout if verification.wanted else 0
    start = time.monotonic()
    pause = FIRST_PAUSE
    pending = list(removals)
    while True:
        seen = look([removal.row for removal in pending])
        for removal in pending:
            if seen[removal.row.ref] is False:
                removal.gone()
        pending = [removal for removal in pending if seen[removal.row.ref] is not False]
        left = start + timeout - time.monotonic()
        hopeless = all(isinstance(seen[removal.row.ref], (CredentialsError, WaitLimitError)) for removal in pending)
        if hopeless or left <= 0:
            break
        time.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE)
    for removal in pending:
        state = seen[removal.row.ref]
        if isinstance(state, DatadogError):
            removal.unread(state)
        else:
            removal.there(timeout)


def look_at_each(kind: CredentialKind) -> Look:
    """Look at each by itself."""

    def one(row: Row) -> Seen:
        try:
            kind.get(row.ref)
            return True
        except NotFoundError:
            return False
        except DatadogError as error:
            return error

    return lambda rows: dict(zip([row.ref for row in rows], kind.each(one, rows)))


def named_look(kind: CredentialKind, plan: Plan) -> Look:
    """Look at named ones: by a listing where it found them and takes fewer requests, otherwise at each."""
    at_each = look_at_each(kind)

    def look(rows: Sequence[Row]) -> dict[str, Seen]:
        if plan.pages and plan.pages < len(rows):
            with suppress(DatadogError):
                listing = kind.list(purpose=f"Listing the {kind.noun}s again", related=False)
                present = {facts["id"] for facts in listing.facts}
                return {row.ref: row.ref in present for row in rows}
        return at_each(rows)

    return look


@dataclass
class ListingLook:
    """Look at all of an owner's at once, and see also what is new."""

    kind: CredentialKind
    plan: Plan
    owner: Mapping[str, Any]
    listed: list[Facts] = field(default_factory=list)

    def __call__(self, rows: Sequence[Row]) -> dict[str, Seen]:
        try:
            self.listed = self.kind.list(
                purpose=f"Listing the {self.kind.noun}s of {self.owner['query']} again",
                owner_id=self.owner["id"],
            ).facts
        except DatadogError as error:
            return {row.ref: error for row in rows}
        present = {facts["id"] for facts in self.listed}
        return {row.ref: row.ref in present for row in rows}

    def newcomers(self) -> list[Row]:
        """Rows for what was created while the task ran."""
        known = {row.ref for row in self.plan.rows}
        rows = [Row(facts["id"], facts) for facts in self.listed if facts["id"] not in known]
        for row in rows:
            row.settle(
                SKIPPED,
                "It appeared while this task ran, after the guards looked at the plan. Run the task again.",
            )
        return rows
