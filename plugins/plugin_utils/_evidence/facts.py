# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts of an offboarding run: whose keys, where, and what became of each. No files and no rendering in here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._api.errors import OptionError
from ...module_utils._api.version import VERSION
from ...module_utils._datadog.names import folded

Facts = dict[str, Any]

FORMAT = "keywarden.datadog offboarding 1"

# Modes of a run, and its states
REAL = "real"
PLAN = "plan"
RUNNING = "running"
FINISHED = "finished"

# What became of a leaver in an organization
REMOVED = "removed"
TO_REMOVE = "to remove"
NOTHING = "nothing to remove"
NO_ACCOUNT = "no account"
FAILED = "failed"
NOT_RECORDED = "not recorded"
STATUSES = (REMOVED, TO_REMOVE, NOTHING, NO_ACCOUNT, FAILED, NOT_RECORDED)
DEALT_WITH = frozenset({REMOVED, TO_REMOVE, NOTHING, NO_ACCOUNT})

# The outcomes of datadog_app_key; to import them from there would need requests.
DELETED = "deleted"
ABSENT = "absent"
KEPT = "kept"
OUTCOMES = (DELETED, ABSENT, KEPT, "refused", "skipped", "failed", "unknown")
# In a plan nothing is deleted, so no row may read as if it were.
TO_DELETE = "to delete"

EMAIL = re.compile(r"[^\s@,;:<>()\[\]{}\"'\\]+@[^\s@,;:<>()\[\]{}\"'\\]+")
NOT_YET = "No result was recorded. If the run has ended, keys may have been removed: run it again."


def checked_leavers(leavers: Sequence[Any]) -> list[Facts]:
    """``{email, ticket}`` of each leaver, once whatever its case; the tickets of one leaver are joined.

    :param leavers: e-mails, or mappings with ``email`` and perhaps ``ticket``.
    :raises OptionError: there is none, or one is no e-mail. Datadog would know nobody by it, and that would
        read as "no account".
    """
    if not leavers:
        raise OptionError("There are no leavers. Name at least one e-mail; an empty list never means all.")
    emails: dict[str, str] = {}
    tickets: dict[str, list[str]] = {}
    for number, leaver in enumerate(leavers, 1):
        email, ticket = _leaver(number, leaver)
        emails.setdefault(folded(email), email)
        known = tickets.setdefault(folded(email), [])
        if ticket and ticket not in known:
            known.append(ticket)
    return [{"email": email, "ticket": ", ".join(tickets[name]) or None} for name, email in emails.items()]


def _leaver(number: int, leaver: Any) -> tuple[str, str]:
    given = {"email": leaver} if isinstance(leaver, str) else leaver
    if not isinstance(given, Mapping) or set(given) - {"email", "ticket"}:
        raise OptionError(f"Leaver {number} is neither an e-mail nor a mapping of email and ticket.")
    email, ticket = given.get("email"), given.get("ticket")
    if not isinstance(email, str) or not email.strip():
        raise OptionError(f"Leaver {number} is blank. Look at the variable that it comes from.")
    if not EMAIL.fullmatch(email.strip()):
        raise OptionError(f"Leaver {number} is {email!r}, which is no e-mail. Write for example ann@example.com.")
    return email.strip(), "" if ticket is None else str(ticket).strip()


def checked_organizations(names: Sequence[str]) -> list[str]:
    """The names of the organizations, as given.

    :raises OptionError: there is none, or a name is blank or stands twice: evidence could not tell them apart.
    """
    if not names:
        raise OptionError("There are no organizations. Name at least one.")
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise OptionError(f"The name of organization {number} is blank.")
        if name.strip().casefold() in seen:
            raise OptionError(f"Two organizations are named {name.strip()!r}. Evidence could not tell them apart.")
        seen.add(name.strip().casefold())
    return list(names)


def start(
    run_id: str,
    moment: str,
    leavers: Sequence[Facts],
    organizations: Sequence[str],
    guards: Mapping[str, Any],
    *,
    plan: bool,
) -> Facts:
    """The facts of a run in which nothing was done yet.

    :param moment: now, in UTC; likewise in the other functions.
    :param leavers: as ``checked_leavers`` gives them.
    :param guards: what the user wants held back, as it is to be shown.
    :param plan: whether it is a rehearsal (check mode).
    """
    facts: Facts = {
        "format": FORMAT,
        "run_id": run_id,
        "mode": PLAN if plan else REAL,
        "state": RUNNING,
        "started_at": moment,
        "updated_at": moment,
        "finished_at": None,
        "collection": "keywarden.datadog",
        "version": VERSION,
        "guards": dict(guards),
        "counts": {},
        "organizations": [
            {"name": name, "site": None, "recorded_at": None, "problem": None, "warnings": []} for name in organizations
        ],
        "leavers": [
            {
                "leaver": leaver["email"],
                "ticket": leaver["ticket"],
                "organization": name,
                "site": None,
                "status": NOT_RECORDED,
                "account_id": None,
                "account_disabled": None,
                "listed": None,
                "complete": False,
                "message": NOT_YET,
            }
            for leaver in leavers
            for name in organizations
        ],
        "application_keys": [],
    }
    _count(facts)
    return facts


def record(facts: Facts, moment: str, organization: str, site: str | None, result: Mapping[str, Any]) -> None:
    """Take in what ``datadog_app_key`` did in an organization, whether it succeeded or not.

    Only what the result shows counts as dealt with; where something is missing in it, that is a failure.

    :param site: the site that was meant, where the result does not tell one.
    :raises OptionError: the run has no such organization, or it is recorded already.
    """
    entry = next((one for one in facts["organizations"] if one["name"] == organization), None)
    if entry is None or entry["recorded_at"]:
        raise OptionError(f"Organization {organization!r} is not one that this run has still to record.")
    entry.update(
        site=result.get("site") or site,
        recorded_at=moment,
        problem=_problem(result),
        warnings=list(result.get("warnings") or []),
    )
    owners = {folded(owner["query"]): owner for owner in result.get("owners") or []}
    keys = [_key(key, facts["mode"] == PLAN) for key in result.get("application_keys") or []]
    listed: set[str] = set()
    for row in (row for row in facts["leavers"] if row["organization"] == organization):
        owner = owners.get(folded(row["leaver"]), {})
        mine = [key for key in keys if key["owner_id"] and key["owner_id"] == owner.get("id")]
        row.update(
            site=entry["site"],
            account_id=owner.get("id"),
            account_disabled=owner.get("disabled"),
            listed=owner.get("total"),
            complete=bool(owner.get("complete")),
        )
        row["status"], row["message"] = _verdict(row, owner, mine, entry["problem"])
        about = {name: row[name] for name in ("leaver", "ticket", "organization", "site")}
        # Two leavers may turn out to be one person, whose keys then stand with the first.
        facts["application_keys"] += [{**about, **key} for key in mine if key["id"] not in listed]
        listed.update(key["id"] for key in mine)
    facts["updated_at"] = moment
    _count(facts)


def _problem(result: Mapping[str, Any]) -> str | None:
    if "application_keys" in result:
        return result.get("msg")
    # The module broke off, or never began; it returns its rows whenever it can.
    return f"{result.get('msg') or 'The task has no result.'} It does not show whether keys were removed: run it again."


def _key(row: Mapping[str, Any], plan: bool) -> Facts:
    outcome = TO_DELETE if plan and row["outcome"] == DELETED else row["outcome"]
    copied = ("id", "name", "last4", "created_at", "last_used_at", "scopes")
    seen = ("status_code", "requested_at", "verified_at", "message")
    return {
        **{name: row[name] for name in copied},
        "owner_id": row["owner"]["id"],
        "outcome": outcome,
        **{name: row[name] for name in seen},
    }


def _verdict(row: Facts, owner: Mapping[str, Any], keys: Sequence[Facts], problem: str | None) -> tuple[str, str]:
    """The status of a leaver in an organization, and why."""
    if owner.get("status") == "unknown":
        return NO_ACCOUNT, owner.get("message") or "Datadog knows nobody by this e-mail there."
    if owner.get("status") != "resolved" or not owner.get("complete"):
        return FAILED, _why(owner, problem)
    found = Counter(key["outcome"] for key in keys)
    told = [f"{found[outcome]} {outcome}" for outcome in (TO_DELETE, *OUTCOMES) if found[outcome]]
    message = f"Listing complete, {row['listed']} of {row['listed']} listed" + ": " * bool(told) + ", ".join(told) + "."
    bad = [key for key in keys if key["outcome"] not in (TO_DELETE, DELETED, ABSENT, KEPT)]
    if bad:
        reasons = list(dict.fromkeys(key["message"] for key in bad if key["message"]))
        more = [f"And {len(reasons) - 3} more reasons, each with its key."] if len(reasons) > 3 else []
        return FAILED, " ".join([message, *reasons[:3], *more])
    if found[TO_DELETE]:
        return TO_REMOVE, message
    return (REMOVED if found[DELETED] else NOTHING), message


def _why(owner: Mapping[str, Any], problem: str | None) -> str:
    matches = owner.get("matches") or []
    if matches:
        who = ", ".join(f"{match['id']} ({match['email']})" for match in matches)
        return f"Several people answer to this e-mail: {who}. Nothing of them was touched."
    return owner.get("message") or problem or "The task says nothing of this leaver. Run it again."


def finish(facts: Facts, moment: str) -> None:
    """Nothing more will be recorded."""
    facts.update(state=FINISHED, updated_at=moment, finished_at=moment)


def _count(facts: Facts) -> None:
    plan = facts["mode"] == PLAN
    statuses = Counter(row["status"] for row in facts["leavers"])
    outcomes = Counter(key["outcome"] for key in facts["application_keys"])
    facts["counts"] = {
        "leavers": {status: statuses[status] for status in STATUSES if status != (REMOVED if plan else TO_REMOVE)},
        "application_keys": {outcome: outcomes[outcome] for outcome in (TO_DELETE if plan else DELETED, *OUTCOMES[1:])},
    }


def undone(facts: Facts) -> list[Facts]:
    """The rows of leavers who are not dealt with."""
    return [row for row in facts["leavers"] if row["status"] not in DEALT_WITH]


def is_success(facts: Facts) -> bool:
    """Whether the run is over, and every leaver dealt with in every organization."""
    return facts["state"] == FINISHED and not undone(facts)


def headline(facts: Facts) -> str:
    """How it went, in a sentence or two."""
    keys = facts["counts"]["application_keys"]
    people = _number(len({row["leaver"] for row in facts["leavers"]}), "leaver")
    where = _number(len(facts["organizations"]), "organization")
    if facts["mode"] == PLAN:
        done = f"{_number(keys[TO_DELETE], 'application key')} to delete; nothing was deleted"
    else:
        done = f"{_number(keys[DELETED], 'application key')} deleted"
    text = f"{people} in {where}: {done}."
    if facts["state"] == RUNNING:
        return f"This run has not finished. So far, {text}"
    bad = [f"{row['leaver']} in {row['organization']}" for row in undone(facts)]
    if not bad:
        return text
    if len(bad) > 10:
        bad[10:] = [f"{len(bad) - 10} more"]
    return f"Not dealt with: {', '.join(bad)}. {text}"


def guards_text(facts: Facts) -> str:
    """What was to be held back, for people."""
    told = [f"{name} {_listed(value)}" for name, value in facts["guards"].items() if value not in (None, "", [])]
    return "; ".join(told) or "none"


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
