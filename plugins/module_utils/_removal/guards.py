# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Guards: reasons to leave a whole plan alone, looked at before any of it is deleted."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .._datadog.ages import UNREADABLE, latest_of, moment_of, now
from .._datadog.credential import CredentialKind
from .plan import FAILED, KEPT, REFUSED, SKIPPED, Plan, Row

RECENTLY = timedelta(days=1)


@dataclass(frozen=True)
class Guards:
    """What the user wants held back; see the options of the module.

    :ivar organization_id: of the organization that the credentials of the task must belong to; None for any.
    :ivar only: the ids that somebody reviewed; None without such a review.
    :ivar most: how many a plan may remove at the most, and ``most_option`` what the module calls that.
    :ivar delete_managed: whether those may go that an integration of Datadog's runs on.
    """

    organization_id: str | None = None
    keep: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    most: int | None = None
    most_option: str = "max_keys"
    refuse_used_within: timedelta | None = None
    allow_self: bool = False
    delete_managed: bool = False


def hold_back(kind: CredentialKind, plan: Plan, guards: Guards, own: Container[str]) -> None:
    """Settle the rows of a plan that stay: those to keep, and all of them if a guard trips.

    :param own: the references of what is or may be the credential that this task runs with.
    """
    elsewhere = _elsewhere(kind, guards)
    if elsewhere:
        plan.problem = " ".join(filter(None, [elsewhere, plan.problem]))
        if plan.owner:
            plan.owner.update(status=FAILED, message=plan.problem)
        for row in plan.to_remove:
            row.settle(REFUSED, elsewhere)
        return
    for row in plan.to_remove:
        if row.facts["id"] in guards.keep:
            row.settle(KEPT, "Listed in keep.")
    if not guards.delete_managed:
        for row in plan.to_remove:
            if kind.is_managed(row.facts):
                row.settle(REFUSED, _managed(kind, row))
    rows = plan.to_remove
    # What was named and could not be read belongs to the plan all the same.
    unread = [row for row in plan.rows if row.outcome in (FAILED, SKIPPED) and row.facts["id"] not in guards.keep]
    count = len(rows) + len(unread)
    if guards.most is not None and count > guards.most:
        for row in rows:
            row.settle(
                REFUSED,
                f"The plan has {count} {kind.noun}s to remove, more than {guards.most_option} ({guards.most}) "
                f"allows. Nothing in it was deleted.",
            )
        return
    unknown = _unknown(unread, guards)
    if unknown:
        for row in rows:
            row.settle(SKIPPED, unknown)
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


def _elsewhere(kind: CredentialKind, guards: Guards) -> str | None:
    """Why the credentials of this task are not those of the organization that is meant; None where they are."""
    if guards.organization_id is None:
        return None
    organization = kind.account.organization()
    if not organization:
        return (
            f"organization_id requires the organization {guards.organization_id}, but Datadog did not say to which one "
            f"the credentials of this task belong. Nothing was deleted."
        )
    if organization["id"].lower() == guards.organization_id.strip().lower():
        return None
    return (
        f"The credentials of this task belong to the organization {organization['id']}, and not to "
        f"{guards.organization_id}, which organization_id requires. Nothing was deleted."
    )


def _unknown(unread: Sequence[Row], guards: Guards) -> str | None:
    """Why the rest of a plan stays of which these rows could not be read; None where no guard depends on them."""
    if guards.only is not None:
        unread = [row for row in unread if guards.refuse_used_within is not None or row.facts["id"] not in guards.only]
    elif guards.refuse_used_within is None:
        unread = []
    if not unread:
        return None
    return f"Not tried: {unread[0].name} is in the same plan and could not be read, so a guard could not be checked."


def _objection(kind: CredentialKind, row: Row, guards: Guards, own: Container[str]) -> str | None:
    label = f"{kind.noun.capitalize()} {_label(row)}"
    if not guards.allow_self and row.ref in own:
        return (
            f"{label} is the one that this task runs with. Nothing in its plan was deleted. "
            f"Run it with other credentials, list this one in keep, or set allow_self."
        )
    if guards.only is not None and row.facts["id"] not in guards.only:
        return (
            f"{label} is selected but not listed in only. Nothing in its plan was deleted. "
            f"It may be newer than the review: review the selection again, or list it in keep."
        )
    if guards.refuse_used_within is not None and _used_within(row, guards.refuse_used_within):
        used = row.facts["last_used_at"]
        when = (
            f"has a last use that cannot be read ({used}), which counts as just now"
            if moment_of(used) is UNREADABLE
            else f"was last used at {used}, more recently than refuse_used_within allows"
        )
        return f"{label} {when}. Nothing in its plan was deleted. Find out what uses it, or list it in keep."
    return None


def _managed(kind: CredentialKind, row: Row) -> str:
    if row.facts["name"] is None:
        return (
            f"{kind.noun.capitalize()} {row.name} has no name that can be read, so it may be one that a Datadog "
            f"integration runs on. It was not deleted. Set managed_keys: delete, or list it in keep."
        )
    return (
        f"A Datadog integration runs on {kind.noun} {_label(row)}, although a person owns it. It was not deleted. "
        f"Reconnect the integration as another user first, or set managed_keys: delete, or list it in keep."
    )


def _used_within(row: Row, age: timedelta) -> bool:
    """Whether it was used so recently. A use that cannot be read counts as just now, as does one ahead of our clock."""
    used = latest_of(row.facts["last_used_at"])
    return used is UNREADABLE or (used is not None and now() - used < age)


def warnings(kind: CredentialKind, plans: Sequence[Plan]) -> list[str]:
    """What the user should know of what is to be removed, one text per reason."""
    rows = [row for plan in plans for row in plan.to_remove]
    nameless = [row for row in rows if row.facts["name"] is None and kind.is_managed(row.facts)]
    managed = [row for row in rows if row.facts["name"] is not None and kind.is_managed(row.facts)]
    used = [row for row in rows if _used_within(row, RECENTLY)]
    texts = [text for plan in plans for text in plan.warnings]
    if managed:
        texts.append(f"Integrations run on {kind.noun}s that Datadog manages: {_labels(managed)}.")
    if nameless:
        texts.append(f"Without a name that can be read, so an integration may run on them: {_labels(nameless)}.")
    if used:
        texts.append(f"Used within the last day: {_labels(used)}.")
    return texts


def _labels(rows: Sequence[Row]) -> str:
    shown = [_label(row) for row in rows[:10]]
    if len(rows) > 10:
        shown.append(f"and {len(rows) - 10} more")
    return ", ".join(shown)


def _label(row: Row) -> str:
    return f"{row.name} ({row.facts['name']})"


def without_use_data(rows: Sequence[Row]) -> bool:
    """Whether no key has a recorded use, so that nothing can be said about use (it needs Audit Trail)."""
    return bool(rows) and all(row.facts["last_used_at"] is None for row in rows)
