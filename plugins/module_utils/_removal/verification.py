# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Verification: reading again until what was deleted is seen to be gone, and settling every row by what was seen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable

from .._api.errors import ENDS_THE_TASK, DatadogError, NotFoundError
from .._datadog.ages import now, timestamp
from .looks import Found, OwnLook, PlanLook, Seen
from .plan import ABSENT, DELETED, FAILED, UNKNOWN, Row

FIRST_PAUSE = 0.25  # seconds between two looks; doubles up to LONGEST_PAUSE
LONGEST_PAUSE = 4.0


@dataclass
class Removal:
    """A row whose delete was sent.

    :ivar noun: what one of the credentials is called.
    :ivar error: why the answer was no plain yes; None where Datadog accepted.
    :ivar unforeseen: whether the error is a defect of ours, which the user should hear of.
    """

    row: Row
    noun: str
    error: DatadogError | None = None
    unforeseen: bool = False

    def gone(self) -> None:
        """A read showed that it does not exist."""
        self.row.verified_at = timestamp(now())
        if isinstance(self.error, NotFoundError) and not self.error.effect_possible:
            self.row.settle(ABSENT, "Someone else removed it after it was read.")
        elif self.error:
            unclear = str(self.error) if self.unforeseen else "The answer to the delete was lost or unclear;"
            self.row.settle(DELETED, f"{unclear} {'A' if self.unforeseen else 'a'} read showed that it is gone.")
        else:
            self.row.settle(DELETED)

    def there(self, seconds: float) -> None:
        """It is still there after so many seconds."""
        if self.error is None or isinstance(self.error, NotFoundError):
            said = "accepted the delete" if self.error is None else "answered 404 to the delete"
            self.row.settle(FAILED, f"Datadog {said}, but the {self.noun} is still there after {seconds:g} s.")
        else:
            self.row.settle(FAILED, f"{self.error} The {self.noun} is still there.")

    def unread(self, problem: DatadogError) -> None:
        """It could not be read again."""
        said = f"{self.error}" if self.error else "Datadog accepted the delete."
        self.row.settle(UNKNOWN, f"{said} Whether the {self.noun} is gone could not be determined: {problem}")


@dataclass(frozen=True)
class Verification:
    """:ivar timeout: seconds to go on reading until the keys are gone."""

    wanted: bool = True
    timeout: float = 30


def confirm(
    removals: Sequence[Removal],
    look: PlanLook | OwnLook,
    verification: Verification,
    flush: Callable[[], None] = lambda: None,
) -> None:
    """Look until they are gone or the time is over, and settle every row.

    :param flush: is called after each look, once its rows are settled.
    """
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
    pending = {removal.row.ref: removal for removal in removals}
    seen: dict[str, Seen] = {}

    def found(row: Row, state: Seen) -> None:
        seen[row.ref] = state
        if state is False:
            pending[row.ref].gone()

    def look_again(once: Callable[[Sequence[Row], Found], None]) -> None:
        once([removal.row for removal in pending.values()], found)
        for ref in [ref for ref in pending if seen[ref] is False]:
            del pending[ref]
        flush()

    while True:
        look_again(look)
        left = start + timeout - time.monotonic()
        hopeless = all(isinstance(seen[ref], ENDS_THE_TASK) for ref in pending)
        if hopeless or left <= 0:
            break
        time.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE)
    if not hopeless:
        look_again(look.at_last)
    for ref, removal in pending.items():
        state = seen[ref]
        if isinstance(state, DatadogError):
            removal.unread(state)
        else:
            removal.there(timeout)
