# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What leavers still hold in an organization after the removal, in words: most of it is for a person to decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .words import are, named, number

DISABLED = "The account is disabled."
ACTIVE = "The account is still active and can create new credentials. Disable it."
MOST_NAMED = 5
# What the module reports of one person, as people call it.
KINDS = {
    "application_keys": "application key",
    "access_tokens": "access token",
    "api_keys_created": "API key",
    "oauth_grants": "OAuth app",
    "service_accounts": "service account",
}

Facts = dict[str, Any]


def remains_of(row: Mapping[str, Any] | None, result: Mapping[str, Any] | None, *, plan: bool) -> Facts | None:
    """What remains of one leaver.

    :param row: what the module tells of the leaver; None where it tells nothing.
    :param result: what it tells of what remains of all of them; None where it did not look.
    :param plan: whether keys and tokens are still to be removed.
    :returns: ``{active, last_login_at, seen, counts, notes}``; None where the organization was not asked about
        the leaver. ``seen`` and ``counts`` are by kind; a count is None where the kind could not be read.
    """
    if result is None:
        return None
    if row is None or row.get("user") is None:
        why = (row or {}).get("message") or result.get("msg") or "The module returned nothing about this leaver."
        return {"active": None, "last_login_at": None, "seen": {}, "counts": {}, "notes": [f"Could not be read: {why}"]}
    disabled = row["user"]["disabled"]
    return {
        "active": None if disabled is None else not disabled,
        "last_login_at": row["user"]["last_login_at"],
        "seen": row["seen"],
        "counts": {kind: None if row[kind] is None else len(row[kind]) for kind in KINDS},
        "notes": _notes(row, plan),
    }


def to_decide(remains: Mapping[str, Any] | None) -> list[str]:
    """The notes on what remains that a person has to look at. Nobody has to look at a disabled account."""
    return [note for note in (remains or {}).get("notes", ()) if note != DISABLED]


def _notes(row: Mapping[str, Any], plan: bool) -> list[str]:
    notes = [_account(row["user"]["disabled"])]
    for kind in ("application_keys", "access_tokens"):
        if row[kind] and not plan:
            notes.append(f"{number(len(row[kind]), KINDS[kind])} {are(len(row[kind]))} still there.")
    keys = row["api_keys_created"]
    if keys:
        notes.append(
            f"{number(len(keys), 'API key')} that this person created {are(len(keys))} still valid: "
            f"{named([_key(key) for key in keys], MOST_NAMED)}. Rotate those that the person could read."
        )
    grants = [grant for grant in row["oauth_grants"] or [] if grant["active"]]
    if grants:
        apps = [str(grant["client"]["name"] or grant["client"]["id"]) for grant in grants]
        notes.append(f"{number(len(grants), 'OAuth app')} may act for this person: {named(apps, MOST_NAMED)}.")
    for account in row["service_accounts"] or []:
        notes.append(
            f"Service account {account['id']} shares the e-mail address and has {_told(account, 'application_keys')} "
            f"and {_told(account, 'access_tokens')}. It was not touched."
        )
    return notes + [
        f"Not seen: {KINDS[kind]}s, {seen['status']}. {seen.get('message') or ''}".rstrip()
        for kind, seen in row["seen"].items()
        if kind in KINDS and seen["status"] != "complete"
    ]


def _account(disabled: bool | None) -> str:
    if disabled is None:
        return "Datadog does not say whether the account is active."
    if disabled:
        return DISABLED
    return ACTIVE


def _told(account: Mapping[str, Any], kind: str) -> str:
    count = account[kind]
    noun = KINDS[kind]
    return f"an unknown number of {noun}s" if count is None else number(count, noun)


def _key(key: Mapping[str, Any]) -> str:
    return f"{key['name']} (…{key['last4']})" if key["last4"] else str(key["name"])
