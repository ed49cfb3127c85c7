# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Looking again at what was deleted: each by itself, or many at once where a listing showed them before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Callable, Union

from .._api.defect import defect
from .._api.errors import CredentialsError, DatadogError, NotFoundError
from .._datadog.credential import CredentialKind, Facts
from .plan import SKIPPED, Plan, Row

# What a look at a row showed: it is there, it is gone, or the look failed.
Seen = Union[bool, DatadogError]
Found = Callable[[Row, Seen], None]


def look_at_each(kind: CredentialKind, rows: Sequence[Row], found: Found) -> None:
    """Read each by itself.

    :param found: is told of each as soon as it is known, by several threads.
    """

    def one(row: Row) -> None:
        try:
            kind.get(row.ref)
            seen: Seen = True
        except NotFoundError:
            seen = False
        except DatadogError as error:
            seen = error
        except Exception as error:  # one row's surprise is no other row's business
            seen = DatadogError(defect(error))
        found(row, seen)

    kind.each(one, rows)


class PlanLook:
    """Looks at the rows of a plan: by a listing those that a listing showed, the others each by itself.

    A listing says nothing of what it never held. And after an unclear delete its silence is not enough: nothing else
    says then that the row is gone.
    """

    def __init__(self, kind: CredentialKind, plan: Plan, unclear: Collection[str] = ()) -> None:
        """:param unclear: whose delete may have had no effect, by reference."""
        self._kind = kind
        self._plan = plan
        self._unclear = unclear
        self._listed: list[Facts] = []

    def __call__(self, rows: Sequence[Row], found: Found) -> None:
        """Look at these rows.

        :param found: is told of each as soon as it is known, by several threads.
        """
        by_listing = [row for row in rows if row.listed]
        told = self._list(by_listing, found) if self._worth_listing(len(by_listing)) else set()
        look_at_each(self._kind, [row for row in rows if row.ref not in told], found)

    def at_last(self, rows: Sequence[Row], found: Found) -> None:
        """Look once more at these rows, when the time is over.

        A listing may lag behind, or not be readable at all: what each of its rows says of itself decides.
        """
        look_at_each(self._kind, [row for row in rows if row.listed], found)

    def _worth_listing(self, rows: int) -> bool:
        if self._plan.owner:
            return rows > 0  # it also shows what is new
        return 0 < self._plan.list_requests < rows

    def _list(self, rows: Sequence[Row], found: Found) -> set[str]:
        """Of which of these rows a listing told, by reference; each of the others may still be read by itself."""
        owner: Mapping[str, Any] = self._plan.owner or {}
        whose = f" of {owner['query']}" if owner else ""
        try:
            listing = self._kind.list(
                purpose=f"Listing the {self._kind.noun}s{whose} again",
                owner_id=owner.get("id"),
                related=bool(owner),
            )
        except Exception as error:
            if not owner:
                return set()
            problem = error if isinstance(error, DatadogError) else DatadogError(defect(error))
            for row in rows:
                found(row, problem)
            return {row.ref for row in rows}
        self._listed = listing.facts
        present = {facts["id"] for facts in listing.facts}
        told = [row for row in rows if row.ref in present or row.ref not in self._unclear]
        for row in told:
            found(row, row.ref in present)
        return {row.ref for row in told}

    def newcomers(self) -> list[Row]:
        """Rows for what an owner got while the task ran."""
        if not self._plan.owner:
            return []
        known = {row.ref for row in self._plan.rows}
        return [newcomer(facts) for facts in self._listed if facts["id"] not in known]


def newcomer(facts: Facts) -> Row:
    """The row for what an owner got while the task ran."""
    row = Row(facts["id"], facts, listed=True)
    row.settle(SKIPPED, "It appeared while this task ran, after the guards had checked the plan. Run the task again.")
    return row


class OwnLook:
    """Looks at the credential that the task itself runs with.

    Once it is gone, Datadog no longer takes it as a credential. That it did a moment ago, and accepted the delete, is
    proof enough; after an unclear delete it proves nothing.
    """

    def __init__(self, kind: CredentialKind, accepted: bool) -> None:
        self._kind = kind
        self._accepted = accepted

    def __call__(self, rows: Sequence[Row], found: Found) -> None:
        """Look at these rows, as ``PlanLook``."""

        def judge(row: Row, seen: Seen) -> None:
            found(row, False if self._accepted and isinstance(seen, CredentialsError) else seen)

        look_at_each(self._kind, rows, judge)

    def at_last(self, rows: Sequence[Row], found: Found) -> None:
        """Nothing more: it was read by itself just now."""
