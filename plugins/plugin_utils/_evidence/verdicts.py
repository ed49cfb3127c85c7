# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words for what became of a leaver and of a credential, and which of them the results of the modules show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from .kinds import KINDS

# What became of a leaver in an organization
REMOVED = "removed"
TO_REMOVE = "to remove"
NOTHING = "nothing to remove"
NO_ACCOUNT = "no account"
FAILED = "failed"
NOT_RECORDED = "not recorded"
STATUSES = (REMOVED, TO_REMOVE, NOTHING, NO_ACCOUNT, FAILED, NOT_RECORDED)
DEALT_WITH = frozenset({REMOVED, TO_REMOVE, NOTHING, NO_ACCOUNT})

# The outcomes of the modules, most wanted first; a unit test holds them equal.
DELETED = "deleted"
ABSENT = "absent"
KEPT = "kept"
SKIPPED = "skipped"
UNKNOWN = "unknown"
OUTCOMES = (DELETED, ABSENT, KEPT, "refused", SKIPPED, "failed", UNKNOWN)
# In a plan nothing is deleted, so no row may read as if it were.
TO_DELETE = "to delete"

MOST_REASONS = 3
LISTED = "Listing complete"

# A kind, the owner's row in its result, the owner's credentials, and what went wrong for all
View = tuple[str, Mapping[str, Any], Sequence[Mapping[str, Any]], "str | None"]


def verdict(views: Sequence[View], problem: str | None) -> tuple[str, str]:
    """The status of a leaver in an organization, and why, from what each kind's module shows.

    :param problem: what went wrong for the organization as a whole, where nothing else says why.
    """
    found = [_one(view, problem) for view in views]
    if not found:
        return FAILED, problem or "No kind of credential was checked. Check offboard_credentials."
    statuses = {status for status, _message in found}
    # What went wrong for one kind often went wrong for all: it is told once.
    if len(set(found)) == 1:
        return found[0]
    message = " ".join(
        f"{KINDS[view[0]].noun.capitalize()}s: {text.replace(LISTED, LISTED.lower(), 1)}"
        for view, (_status, text) in zip(views, found)
    )
    if FAILED in statuses:
        return FAILED, message
    if statuses == {NO_ACCOUNT}:
        return found[0]
    if NO_ACCOUNT in statuses:
        return FAILED, f"Datadog knows this leaver for some kinds of credentials and not for others. {message}"
    return next(status for status in (TO_REMOVE, REMOVED, NOTHING) if status in statuses), message


def _one(view: View, problem: str | None) -> tuple[str, str]:
    _kind, owner, rows, why = view
    if owner.get("status") == "unknown":
        return NO_ACCOUNT, owner.get("message") or "No Datadog user has this e-mail address there."
    if owner.get("status") != "resolved" or not owner.get("complete"):
        return FAILED, _why(owner, why or problem)
    found = Counter(row["outcome"] for row in rows)
    told = [f"{found[outcome]} {outcome}" for outcome in (TO_DELETE, *OUTCOMES) if found[outcome]]
    listed = f"{owner.get('total')} of {owner.get('total')} listed"
    message = f"{LISTED}, {listed}" + ": " * bool(told) + ", ".join(told) + "."
    bad = [row for row in rows if row["outcome"] not in (TO_DELETE, DELETED, ABSENT, KEPT)]
    if bad:
        reasons = list(dict.fromkeys(row["message"] for row in bad if row["message"]))
        more = [f"And {len(reasons) - MOST_REASONS} more reasons, each in its row."]
        return FAILED, " ".join([message, *reasons[:MOST_REASONS], *(more if len(reasons) > MOST_REASONS else [])])
    if found[TO_DELETE]:
        return TO_REMOVE, message
    return (REMOVED if found[DELETED] else NOTHING), message


def _why(owner: Mapping[str, Any], problem: str | None) -> str:
    matches = owner.get("matches") or []
    if owner.get("status") == "ambiguous" and matches:
        who = ", ".join(f"{match['id']} ({match['email']})" for match in matches)
        return f"Several people match this e-mail address: {who}. Nothing of theirs was removed."
    return owner.get("message") or problem or "The task reported nothing about this leaver. Run it again."
