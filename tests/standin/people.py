# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""People and service accounts: the endpoints of users."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Callable

from . import answers, shapes
from .answers import Answer, RefusalError
from .call import Call
from .organization import Organization
from .records import User


def _form(organization: Organization) -> Callable[[str], str]:
    """How the search sees a text."""
    if organization.flags["search_folds"]:
        return lambda text: unicodedata.normalize("NFKD", text.casefold())
    return str if organization.flags["search_minds_case"] else str.lower


def _included(organization: Organization, users: Sequence[User]) -> list[dict[str, Any]]:
    told = [shapes.org(organization)] if organization.flags["includes_organization"] else []
    return [*told, *shapes.roles_of(organization, users)]


def v2_users_list(call: Call) -> Answer:
    """A page of users; `filter` matches name and e-mail by substring, and whatever the switches say."""
    call.require("user_access_read")
    organization = call.organization
    # The last two are accepted as Datadog does; all users here are alike in them.
    sort, descending = call.choice("sort", "name", ("name", "email", "modified_at", "user_count"))
    direction = call.parameter("sort_dir")
    if direction not in (None, "asc", "desc"):
        raise RefusalError(answers.bad_parameter("sort_dir"))
    form = _form(organization)
    text = form(call.parameter("filter") or "")
    status = call.parameter("filter[status]")

    def wanted(one: User) -> bool:
        texts = [one.email, one.name or ""] + [one.handle] * organization.flags["search_covers_handles"]
        # Tests put all sorts of things into a user.
        return any(text in form(str(its)) for its in texts) and (not status or one.status in status.split(","))

    found = [one for one in organization.users.values() if wanted(one)]
    found.sort(
        key=lambda one: (str(one.email if sort == "email" else (one.name or "")), one.id),
        reverse=descending or direction == "desc",
    )
    page = call.page(found)
    counts = {"total_count": len(organization.users), "total_filtered_count": len(found)}
    return answers.as_json(
        {
            "data": [shapes.user(organization, one) for one in page],
            "included": _included(organization, page),
            "meta": {"page": counts},
        }
    )


def _user_answer(organization: Organization, one: User) -> Answer:
    return answers.as_json({"data": shapes.user(organization, one), "included": _included(organization, [one])})


def v2_user_get(call: Call) -> Answer:
    """One user by id."""
    call.require("user_access_read")
    one = call.organization.users.get(call.params["user_id"])
    if one is None:
        told = call.params["user_id"] if call.organization.flags["user_404"] == "id" else "User"
        raise RefusalError(answers.errors(404, f"{told} not found"))
    return _user_answer(call.organization, one)


def v2_current_user(call: Call) -> Answer:
    """Who the credentials belong to."""
    return _user_answer(call.organization, call.caller.user)
