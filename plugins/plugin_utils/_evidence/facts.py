# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The facts of an offboarding run: who, where, and what became of each credential. No files, no rendering."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._api.version import VERSION
from ...module_utils._datadog.names import folded
from .kinds import KINDS
from .leavers import Leaver
from .remains import remains_of
from .verdicts import (
    DELETED,
    FAILED,
    NOT_RECORDED,
    OUTCOMES,
    REMOVED,
    STATUSES,
    TO_DELETE,
    TO_REMOVE,
    verdict,
)

Facts = dict[str, Any]

FORMAT = "keywarden.datadog offboarding 1"

# Modes of a run, and its states
REAL = "real"
PLAN = "plan"
RUNNING = "running"
FINISHED = "finished"

NOT_YET = "No result was recorded. If the run has ended, credentials may have been removed: run it again."


def start(
    run_id: str,
    moment: str,
    leavers: Sequence[Leaver],
    hosts: Sequence[str],
    settings: Mapping[str, Any],
    *,
    plan: bool,
) -> Facts:
    """The facts of a run in which nothing was done yet.

    :param moment: now, in UTC; likewise in the other functions.
    :param leavers: as ``leavers.checked`` gives them.
    :param hosts: the organizations, by the names of their hosts.
    :param settings: further facts of the run: ``ran_by``, ``guards``, ``missing_account``, ``sla``, ``approved_plan``,
        ``kinds``, ``notes``, ``process``, ``play``.
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
        **settings,
        "counts": {},
        "people": [
            {
                **{name: leaver[name] for name in ("leaver", "query", "name", "ticket", "left_at", "problem")},
                "found": False,
                "similar": [],
                "removed_at": None,
                "time_to_removal": None,
                "within_sla": None,
            }
            for leaver in leavers
        ],
        "organizations": [
            {
                "host": host,
                "name": host,
                "site": None,
                "id": None,
                "datadog_name": None,
                "caller": None,
                "guards": None,
                "recorded_at": None,
                "problem": None,
                "warnings": [],
            }
            for host in hosts
        ],
        "leavers": [_row(leaver, host) for leaver in leavers for host in ([None] if leaver["problem"] else hosts)],
        "credentials": [],
        "earlier": [],
    }
    count(facts)
    return facts


def _row(leaver: Leaver, host: str | None) -> Facts:
    return {
        **{name: leaver[name] for name in ("leaver", "name", "ticket", "left_at")},
        "organization": host,
        "host": host,
        "site": None,
        "status": FAILED if leaver["problem"] else NOT_RECORDED,
        "account_id": None,
        "account_disabled": None,
        "listed": None,
        "complete": False,
        "removed_at": None,
        "message": leaver["problem"] or NOT_YET,
        "similar": [],
        "remains": None,
    }


def record(facts: Facts, told: Mapping[str, Any]) -> None:
    """Take in what happened in an organization, whether it went well or not.

    Only what a result shows counts as dealt with; where something is missing in it, that is a failure.

    :param told: ``{host, name, site, recorded_at, guards, results}``, with what the module tells of each kind, and
        ``remains`` with what it tells of what leavers still hold.
    """
    entry = next(one for one in facts["organizations"] if one["host"] == told["host"])
    results: Mapping[str, Mapping[str, Any]] = told["results"]
    known = [result for result in results.values() if result]
    entry.update(
        name=told["name"],
        site=next((result["site"] for result in known if result.get("site")), told["site"]),
        caller=next((result["caller"] for result in known if result.get("caller")), None),
        guards=told["guards"],
        recorded_at=told["recorded_at"],
        problem=" ".join(dict.fromkeys(filter(None, (_problem(kind, result) for kind, result in results.items()))))
        or None,
        warnings=list(dict.fromkeys(text for result in known for text in result.get("warnings") or [])),
    )
    organization: Mapping[str, Any] = next(
        (result["organization"] for result in known if result.get("organization")), {}
    )
    entry.update(id=organization.get("id"), datadog_name=organization.get("name"))
    if told.get("refused"):
        entry["problem"] = told["refused"]
    _leavers(facts, entry, results)
    queries = _queries(facts)
    remains = told.get("remains")
    users = _by_query((remains or {}).get("users"))
    for row in facts["leavers"]:
        # Whom the organization does not know holds nothing there.
        if row["host"] == entry["host"] and row["account_id"]:
            user = users.get(folded(queries[row["leaver"]]))
            row["remains"] = remains_of(user, remains, plan=facts["mode"] == PLAN)
    facts["updated_at"] = max(facts["updated_at"], told["recorded_at"])


def _leavers(facts: Facts, entry: Facts, results: Mapping[str, Mapping[str, Any]]) -> None:
    queries = _queries(facts)
    owners_told = {kind: _by_query(result.get("owners")) for kind, result in results.items()}
    rows_told = {kind: _by_owner(result.get(kind)) for kind, result in results.items()}
    listed: set[tuple[str, str]] = set()
    for row in (row for row in facts["leavers"] if row["host"] == entry["host"]):
        row.update(organization=entry["name"], site=entry["site"])
        about = {name: row[name] for name in ("leaver", "ticket", "organization", "host", "site")}
        views = []
        for kind, result in results.items():
            owner = owners_told[kind].get(folded(queries[row["leaver"]]), {})
            rows = rows_told[kind].get(owner.get("id"), [])
            mine = [_credential(kind, one, facts["mode"] == PLAN) for one in rows]
            views.append((kind, owner, mine, _problem(kind, result)))
            # Two leavers may turn out to be one person, whose credentials then stand with the first.
            facts["credentials"] += [{**about, **one} for one in mine if (one["kind"], one["id"]) not in listed]
            listed.update((one["kind"], one["id"]) for one in mine)
        owners = [owner for _kind, owner, _mine, _why in views if owner]
        first: Mapping[str, Any] = next((owner for owner in owners if owner.get("id")), owners[0] if owners else {})
        totals = [owner["total"] for owner in owners if owner.get("total") is not None]
        row.update(
            account_id=first.get("id"),
            account_disabled=first.get("disabled"),
            listed=sum(totals) if totals else None,
            complete=len(owners) == len(results) and all(owner.get("complete") for owner in owners),
            similar=_similar(owners),
            removed_at=max(
                (one["verified_at"] for _k, _o, mine, _p in views for one in mine if one["verified_at"]), default=None
            ),
        )
        row["status"], row["message"] = verdict(views, entry["problem"])


def _queries(facts: Facts) -> dict[str, str]:
    """What Datadog was asked for, by leaver. A bad entry, for which it was not asked, may have the same text."""
    return {person["leaver"]: person["query"] for person in facts["people"] if person["query"]}


def _by_query(told: Sequence[Mapping[str, Any]] | None) -> dict[str, Mapping[str, Any]]:
    """What a result tells of each person, by the folded name that it was asked for. Of two the first counts."""
    return {folded(one["query"]): one for one in reversed(told or [])}


def _by_owner(rows: Sequence[Mapping[str, Any]] | None) -> dict[str | None, list[Mapping[str, Any]]]:
    """The credentials of a result, by the IDs of their owners."""
    owned = defaultdict(list)
    for row in rows or []:
        owner = (row.get("owner") or {}).get("id")
        if owner:
            owned[owner].append(row)
    return owned


def _similar(owners: Sequence[Mapping[str, Any]]) -> list[str]:
    told = [match for owner in owners if owner.get("status") == "unknown" for match in owner.get("matches") or []]
    emails = [match.get("email") if isinstance(match, Mapping) else match for match in told]
    return list(dict.fromkeys(email for email in emails if email))


def broken_off(told: Mapping[str, Any]) -> bool:
    """Whether the module of an organization was ended from outside, so that its journal knows more than its result."""
    return any(kind not in result for kind, result in told["results"].items())


def _problem(kind: str, result: Mapping[str, Any]) -> str | None:
    if kind in result:
        message: str | None = result.get("msg")
        return message
    # The module was ended from outside, or could not even begin; it returns its rows whenever it can.
    return (
        f"{result.get('msg') or 'The task has no result.'} It does not show whether anything was removed: run it again."
    )


def _credential(kind: str, row: Mapping[str, Any], plan: bool) -> Facts:
    outcome = TO_DELETE if plan and row["outcome"] == DELETED else row["outcome"]
    copied = ("id", "name", "last4", "created_at", "last_used_at", "expires_at", "scopes")
    seen = ("status_code", "requested_at", "verified_at", "message")
    return {
        "of": kind,
        "kind": KINDS[kind].label(row),
        **{name: row.get(name) for name in copied},
        "owner_id": row["owner"]["id"],
        "outcome": outcome,
        **{name: row.get(name) for name in seen},
    }


def count(facts: Facts) -> None:
    """Count the statuses and outcomes anew."""
    plan = facts["mode"] == PLAN
    statuses = Counter(row["status"] for row in facts["leavers"])
    outcomes = Counter((row["kind"], row["outcome"]) for row in facts["credentials"])
    kinds = [KINDS[kind].noun for kind in facts.get("kinds") or KINDS if kind == "application_keys"]
    kinds = list(dict.fromkeys([*kinds, *(row["kind"] for row in facts["credentials"])]))
    names = (TO_DELETE if plan else DELETED, *OUTCOMES[1:])
    facts["counts"] = {
        "leavers": {status: statuses[status] for status in STATUSES if status != (REMOVED if plan else TO_REMOVE)},
        "credentials": {kind: {outcome: outcomes[kind, outcome] for outcome in names} for kind in kinds},
    }
