# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Users: people and service accounts, one shape, and the organization that an answer about them names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .._api.errors import UnexpectedReplyError

Facts = dict[str, Any]

OWNER_TEXTS = ("name", "email", "handle", "title", "status")
OWNER_FLAGS = ("disabled", "service_account", "verified")


def owner(**known: Any) -> Facts:
    """An owner's facts, the unknown ones as None."""
    facts: Facts = dict.fromkeys(("id", *OWNER_TEXTS, *OWNER_FLAGS))
    facts.update(known)
    return facts


NOBODY = owner()  # shared by all keys of an unknown owner


def text(value: Any) -> str | None:
    """A text as Datadog sends it; None for anything else."""
    return value if isinstance(value, str) else None


def owner_facts(user_id: str, attributes: Mapping[str, Any]) -> Facts:
    """An owner's facts from a user's id and Datadog's attributes of that user (empty where not fetched)."""
    facts = owner(id=user_id.lower())
    for name in OWNER_TEXTS:
        facts[name] = text(attributes.get(name))
    for name in OWNER_FLAGS:
        flag = attributes.get(name)
        facts[name] = flag if isinstance(flag, bool) else None
    return facts


def user_facts(item: Any) -> Facts:
    """An owner's facts from Datadog's object of a user.

    :raises UnexpectedReplyError: it is no user.
    """
    attributes = item.get("attributes") if isinstance(item, dict) else None
    if not isinstance(attributes, dict) or not isinstance(item.get("id"), str):
        raise UnexpectedReplyError(
            "Datadog's answer contains no user. Check api_url and any proxy in between.",
            status_code=200,
        )
    return owner_facts(item["id"].lower(), attributes)


def organization_of(users: Iterable[Any], included: Iterable[Any]) -> Facts | None:
    """The organization that these objects of users belong to.

    ``{id, name}``: every user names the id (recorded); the name comes from a related object of type ``orgs``, and is
    None where the answer has none. None where no user, or not every user, names the same organization.
    """
    ids = {_organization_id(user) for user in users}
    if len(ids) != 1 or None in ids:
        return None
    (wanted,) = ids
    for item in included:
        if isinstance(item, dict) and item.get("type") == "orgs" and item.get("id") == wanted:
            attributes = item.get("attributes")
            return {"id": wanted, "name": text(attributes.get("name")) if isinstance(attributes, dict) else None}
    return {"id": wanted, "name": None}


def _organization_id(user: Any) -> str | None:
    place = user
    for step in ("relationships", "org", "data", "id"):
        place = place.get(step) if isinstance(place, dict) else None
    return text(place)
