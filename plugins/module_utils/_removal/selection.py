# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Resolve and collect: from what the user selects to plans with every credential in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Callable

from .._api.defect import defect
from .._api.errors import ENDS_THE_TASK, DatadogError, NotFoundError
from .._datadog.ages import now, timestamp
from .._datadog.credential import CredentialKind, Facts, Listing
from .._datadog.directory import Match
from .._datadog.names import checked_owner_names, checked_owners
from .filters import Filters
from .plan import ABSENT, AMBIGUOUS, FAILED, RESOLVED, SKIPPED, UNKNOWN, Plan, Row

EVERYTHING = Filters()
Told = Callable[[str], None]
# A page takes Datadog longer than one credential does, and the first is read before it is known how many there are.
PER_REQUEST_WORTH_IT = 5


@dataclass(frozen=True)
class Selection:
    """What a task is about: named ones, those of owners, or without either all of the organization.

    :ivar refs: what is named, by id or by secret.
    :ivar owners: whose; all that they have.
    :ivar owner_names: what owners are called, by their e-mails or handles, for those whom Datadog's search misses.
    :ivar filters: what a listing is to leave out.
    :ivar unknown_is_problem: whether an owner that Datadog does not know fails the task, and ``tolerated_by`` the
        option that says so.
    :ivar may_list: whether many that are named may be looked up in a listing.
    """

    refs: Sequence[str] | None = None
    owners: Sequence[str] | None = None
    owner_names: Mapping[str, str] = field(default_factory=dict)
    filters: Filters = EVERYTHING
    unknown_is_problem: bool = True
    tolerated_by: str = "missing_owner"
    may_list: bool = False


def of_owners(
    params: Mapping[str, Any], option: str = "owner", filters: Filters = EVERYTHING, *, may_be_all: bool = False
) -> Selection:
    """The selection that the options for owners make.

    :param option: what the option with the owners is called; its two companions have names made from that.
    :param may_be_all: whether everything is selected where the option is not given.
    :raises OptionError: one of them holds what cannot be meant, such as an empty list.
    """
    given = params[option]
    return Selection(
        owners=None if given is None and may_be_all else checked_owners(option, given),
        owner_names=checked_owner_names(f"{option}_names", params[f"{option}_names"]),
        filters=filters,
        unknown_is_problem=params[f"missing_{option}"] == "fail",
        tolerated_by=f"missing_{option}",
    )


def _nobody_asks(_name: str) -> None:
    """What takes the names that were dealt with, where nobody wants to know."""


def collect(kind: CredentialKind, selection: Selection, told: Told = _nobody_asks) -> list[Plan]:
    """All that is selected, before anything is decided about it: a plan per owner, otherwise one.

    :param told: takes each name of the selection once it was dealt with.
    :raises DatadogError: the listing of the organization could not be read whole.
    """
    if selection.refs is not None:
        return [named(kind, selection.refs, may_list=selection.may_list, told=told)]
    if selection.owners is not None:
        kind.expect_owners(selection.owners, selection.owner_names)
        return owned(kind, selection.owners, selection, told)
    return [listed(kind, selection.filters)]


def named(kind: CredentialKind, refs: Sequence[str], *, may_list: bool = False, told: Told = _nobody_asks) -> Plan:
    """One plan of the keys that are named, in that order. Whatever cannot be read is settled in its row.

    :param may_list: whether many keys may be looked up in a listing where that takes fewer requests. What a
        listing does not have is read by itself all the same, as only that answer tells that a key does not exist.
    """
    known, requests = _look_up(kind, refs) if may_list and kind.can_list else ({}, 0)

    def read(ref: str) -> tuple[Row, Sequence[Any]]:
        done = row_of(ref)
        told(ref)
        return done

    def row_of(ref: str) -> tuple[Row, Sequence[Any]]:
        if ref in known:
            return Row(ref, known[ref], listed=True), ()
        row = Row(ref, kind.unread(ref))
        try:
            found = kind.get(ref)
        except NotFoundError as error:
            row.status_code = error.status_code
            row.verified_at = timestamp(now())
            row.settle(ABSENT, f"{kind.site} says that it does not exist.")
        except ENDS_THE_TASK as error:
            row.status_code = error.status_code
            row.settle(SKIPPED, str(error))
        except DatadogError as error:
            row.status_code = error.status_code
            row.settle(FAILED, str(error))
        except Exception as error:  # one row's surprise is no other row's business
            row.settle(FAILED, defect(error))
        else:
            row.facts, row.secret = found.facts, found.secret
            return row, found.included
        return row, ()

    done = kind.each(read, refs)
    return Plan(
        [row for row, _included in done],
        included=[item for _row, some in done for item in some],
        list_requests=requests,
    )


def _look_up(kind: CredentialKind, refs: Sequence[str]) -> tuple[dict[str, Facts], int]:
    """The facts of those that a listing has, by id, and how many requests a whole one takes; nothing if none pays.

    The pages are read once: what they lack is read by itself.
    """
    worth = len(refs) // PER_REQUEST_WORTH_IT
    if worth < 2:
        return {}, 0  # the page that tells that there are more would cost what it could save
    try:
        # After the deletes it has to be whole, and more than one page is then read twice.
        listing = kind.list(purpose=f"Listing {kind.noun}s", most_pages=max(1, worth // 2), whole=False)
    except Exception:
        return {}, 0  # reading each by itself tells what is wrong, or goes well
    wanted = set(refs)
    return {facts["id"]: facts for facts in listing.facts if facts["id"] in wanted}, listing.requests


def listed(kind: CredentialKind, filters: Filters) -> Plan:
    """One plan of all the organization's keys that pass the filters, the oldest first.

    :raises DatadogError: the listing could not be read whole.
    """
    listing = kind.list(purpose=f"Listing {kind.noun}s", **filters.asked)
    return Plan(
        [Row(facts["id"], facts, listed=True) for facts in listing.facts if filters.admit(facts)],
        listed=listing.total,
        use_recorded=_use_recorded(listing),
        included=listing.included,
    )


def owned(kind: CredentialKind, names: Sequence[str], selection: Selection, told: Told = _nobody_asks) -> list[Plan]:
    """A plan per owner, in that order, with all the owner's keys by name. A key stands in the first plan only."""

    def collect(name: str) -> Plan:
        row = _owner_row(name)
        plan = Plan(owner=row)
        try:
            _resolve(plan, row, kind, kind.find_owner(name), selection)
            if row["status"] == RESOLVED:
                _list_into(plan, row, kind, selection.filters)
        except Exception as error:  # one owner's surprise is no other owner's business
            row["status"] = FAILED
            plan.problem = str(error) if isinstance(error, DatadogError) else defect(error)
        row["message"] = plan.problem or row["message"]
        told(name)
        return plan

    plans = kind.each(collect, names)
    seen: set[str] = set()
    for plan in plans:
        plan.rows = [row for row in plan.rows if row.ref not in seen]
        seen.update(row.ref for row in plan.rows)
    return plans


def _owner_row(name: str) -> dict[str, Any]:
    return {
        "query": name,
        "status": UNKNOWN,
        "id": None,
        "email": None,
        "disabled": None,
        "total": None,
        "complete": False,
        "matches": [],
        "message": None,
    }


def _resolve(plan: Plan, row: dict[str, Any], kind: CredentialKind, match: Match, selection: Selection) -> None:
    candidates = [*match.people, *match.unclear]
    if len(match.people) == 1 and not match.unclear:
        (person,) = match.people
        row.update(status=RESOLVED, id=person["id"], email=person["email"], disabled=person["disabled"])
        if match.warning:
            plan.warnings.append(match.warning)
    elif candidates:
        row.update(status=AMBIGUOUS, matches=candidates)
        plan.problem = _ambiguous(row["query"], match, kind.site)
    else:
        row.update(matches=match.similar)
        unknown = _unknown(row["query"], match, kind.site)
        row["message"] = unknown
        if selection.unknown_is_problem:
            plan.problem = f"{unknown} To accept an unknown owner, set {selection.tolerated_by}: report."
    for account in match.service_accounts:
        plan.warnings.append(
            f"Service account {account['id']} shares {row['query']}. Its {kind.noun}s are left alone; "
            f"to select them, give that ID instead."
        )


def _ambiguous(query: str, match: Match, site: str) -> str:
    who = ", ".join(_described(person) for person in [*match.people, *match.unclear])
    text = f"Owner {query} is ambiguous on {site}: {who}. Nothing was removed for this owner"
    if match.unclear:
        return (
            f"{text}: Datadog does not state whether {', '.join(user['id'] for user in match.unclear)} is a person "
            f"or a service account. Check this account in Datadog, and select its credentials by ID."
        )
    return f"{text}; give the ID of the right one."


def _unknown(query: str, match: Match, site: str) -> str:
    emails = [user["email"] for user in match.similar]
    sentences = [
        f"Owner {query} is not known on {site} as the e-mail or handle of a person, or as a user ID.",
        f"Did you mean {' or '.join(filter(None, [', '.join(emails[:-1]), emails[-1]]))}?" if emails else "",
        match.remark or "",
        "Check the spelling, the site and the organization.",
    ]
    return " ".join(filter(None, sentences))


def _described(person: Facts) -> str:
    return f"{person['id']} ({person['email']}, {'disabled' if person['disabled'] else 'active'})"


def _list_into(plan: Plan, row: dict[str, Any], kind: CredentialKind, filters: Filters) -> None:
    listing = kind.list(
        purpose=f"Listing the {kind.noun}s of {row['query']}",
        owner_id=row["id"],
        **filters.asked,
    )
    found = sorted(listing.facts, key=lambda facts: (str(facts["name"]).casefold(), facts["id"]))
    plan.rows = [Row(facts["id"], facts, listed=True) for facts in found if filters.admit(facts)]
    plan.included = listing.included
    plan.listed = len(found)
    plan.use_recorded = _use_recorded(listing)
    row.update(total=len(found), complete=True)


def _use_recorded(listing: Listing) -> bool:
    return any(facts["last_used_at"] for facts in listing.facts)
