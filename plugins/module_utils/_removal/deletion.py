# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Delete and verify: what becomes of the keys of plans that no guard held back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Callable, Union

from .._api.client import Client
from .._api.errors import CredentialsError, DatadogError, NotFoundError, WaitLimitError
from .._datadog.ages import now, timestamp
from .._datadog.application_keys import Facts
from .._datadog.application_keys_v2 import KeysV2
from .plan import ABSENT, DELETED, FAILED, FAILURES, SKIPPED, UNKNOWN, Plan, Row, all_rows
from .selection import Keys

FIRST_PAUSE = 0.25  # seconds between two looks; doubles up to LONGEST_PAUSE
LONGEST_PAUSE = 4.0

# What a look at a key showed: it is there, it is gone, or the look failed.
Seen = Union[bool, DatadogError]
Look = Callable[[Sequence[Row]], dict[str, Seen]]


@dataclass
class _Removal:
    """A row whose delete was sent.

    :ivar error: why the answer was no plain yes; None where Datadog accepted.
    """

    row: Row
    error: DatadogError | None = None

    def gone(self) -> None:
        self.row.verified_at = timestamp(now())
        if isinstance(self.error, NotFoundError) and not self.error.effect_possible:
            self.row.settle(ABSENT, "Someone else removed it after it was read.")
        elif self.error:
            self.row.settle(DELETED, "The answer to the delete was lost or unclear; a read showed that it is gone.")
        else:
            self.row.settle(DELETED)

    def there(self, seconds: float) -> None:
        if self.error is None or isinstance(self.error, NotFoundError):
            said = "accepted the delete" if self.error is None else "answered 404 to the delete"
            self.row.settle(FAILED, f"Datadog {said}, but the key is still there after {seconds:g} s.")
        else:
            self.row.settle(FAILED, f"{self.error} The key is still there.")

    def unread(self, problem: DatadogError) -> None:
        said = f"{self.error}" if self.error else "Datadog accepted the delete."
        self.row.settle(UNKNOWN, f"{said} Whether the key is gone could not be read: {problem}")


@dataclass(frozen=True)
class Verification:
    """:ivar timeout: seconds to go on reading until the keys are gone."""

    wanted: bool = True
    timeout: float = 30


def predict(plans: Sequence[Plan]) -> None:
    """Check mode: settle the rows as the real run is expected to."""
    for row in all_rows(plans):
        if row.outcome is None:
            row.settle(DELETED, "Would be deleted.")


def carry_out(
    client: Client, keys: Keys, plans: Sequence[Plan], own: Sequence[Row], verification: Verification
) -> None:
    """Delete what no guard held back, and verify it. Every row is settled, whatever happens.

    :param own: the key that this task runs with goes last, once all others are verified, and only if
        nothing failed: without it nothing else could be done.
    """
    rows = [row for row in all_rows(plans) if row.outcome is None]
    last = [row for row in rows if any(row is other for other in own)]
    others = [row for row in rows if not any(row is other for other in last)]
    removals = {row.ref: removal for row, removal in zip(others, client.each(_sender(keys), others)) if removal}

    def verify(plan: Plan) -> None:
        mine = [removals[row.ref] for row in plan.rows if row.ref in removals]
        if mine and plan.owner and isinstance(keys, KeysV2):
            look = _ListingLook(keys, plan, plan.owner)
            _confirm(mine, look, verification)
            plan.rows += look.newcomers()
        elif mine:
            _confirm(mine, _named_look(client, keys, plan), verification)

    client.each(verify, plans)
    if last:
        _remove_own(client, keys, last, all_rows(plans), verification)


def _sender(keys: Keys) -> Callable[[Row], _Removal | None]:
    def send(row: Row) -> _Removal | None:
        row.requested_at = timestamp(now())
        try:
            row.status_code = keys.delete(row.ref)
            return _Removal(row)
        except DatadogError as error:
            row.status_code = error.status_code
            if isinstance(error, NotFoundError) or error.effect_possible:
                return _Removal(row, error)
            if isinstance(error, (CredentialsError, WaitLimitError)):
                row.requested_at = None
                row.settle(SKIPPED, f"Not deleted: {error}")
            else:
                row.settle(FAILED, str(error))
            return None

    return send


def _confirm(removals: Sequence[_Removal], look: Look, verification: Verification) -> None:
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


def _key_look(client: Client, keys: Keys) -> Look:
    """Look at each key by itself."""

    def one(row: Row) -> Seen:
        try:
            keys.get(row.ref)
            return True
        except NotFoundError:
            return False
        except DatadogError as error:
            return error

    return lambda rows: dict(zip([row.ref for row in rows], client.each(one, rows)))


def _named_look(client: Client, keys: Keys, plan: Plan) -> Look:
    """Look at named keys: by a listing where it found them and takes fewer requests, otherwise at each."""
    look_at_each = _key_look(client, keys)

    def look(rows: Sequence[Row]) -> dict[str, Seen]:
        if plan.pages and plan.pages < len(rows) and isinstance(keys, KeysV2):
            with suppress(DatadogError):
                ids_only = KeysV2(client, include=())
                present = {key["id"] for key in ids_only.list(purpose="Listing the application keys again").keys}
                return {row.ref: row.ref in present for row in rows}
        return look_at_each(rows)

    return look


@dataclass
class _ListingLook:
    """Look at all the keys of an owner at once, and see also what is new."""

    keys: KeysV2
    plan: Plan
    owner: Mapping[str, Any]
    listed: list[Facts] = field(default_factory=list)

    def __call__(self, rows: Sequence[Row]) -> dict[str, Seen]:
        try:
            self.listed = self.keys.list(
                owned_by=self.owner["id"],
                purpose=f"Listing the application keys of {self.owner['query']} again",
            ).keys
        except DatadogError as error:
            return {row.ref: error for row in rows}
        present = {key["id"] for key in self.listed}
        return {row.ref: row.ref in present for row in rows}

    def newcomers(self) -> list[Row]:
        """Rows for keys that were created while the task ran."""
        known = {row.ref for row in self.plan.rows}
        rows = [Row(key["id"], key) for key in self.listed if key["id"] not in known]
        for row in rows:
            row.settle(
                SKIPPED,
                "It appeared while this task ran, after the guards looked at the plan. Run the task again.",
            )
        return rows


def _remove_own(
    client: Client, keys: Keys, own: Sequence[Row], rows: Sequence[Row], verification: Verification
) -> None:
    if any(row.outcome in FAILURES for row in rows):
        for row in own:
            row.settle(SKIPPED, "Not tried: it is the key that this task runs with, and others were not dealt with.")
        return
    look_at_key = _key_look(client, keys)

    def look(pending: Sequence[Row]) -> dict[str, Seen]:
        # Once it is gone, Datadog no longer takes it as a credential: that it did a moment ago is proof enough.
        return {
            ref: False if isinstance(seen, CredentialsError) else seen for ref, seen in look_at_key(pending).items()
        }

    for row in own:
        removal = _sender(keys)(row)
        if removal:
            _confirm([removal], look, verification)
