# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Objects as JSON:API nests them: what a relationship names, and listings whose objects have the right type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._api.client import Client
from .._api.errors import UnexpectedReplyError
from .._api.pages import Listing, read_all


def related_id(item: Mapping[str, Any], relation: str) -> str | None:
    """The ID of the one object that a relationship names; None where it names none."""
    data = _relationship(item, relation)
    return data["id"] if isinstance(data, dict) and isinstance(data.get("id"), str) else None


def tells(item: Mapping[str, Any], relation: str) -> bool:
    """Whether it is clear what one object a relationship names: some object, or with a null none at all."""
    relationships = item.get("relationships")
    if not isinstance(relationships, dict) or relation not in relationships:
        return False
    related = relationships[relation]
    none_at_all = related is None or (isinstance(related, dict) and related.get("data", ...) is None)
    return none_at_all or related_id(item, relation) is not None


def related_ids(item: Mapping[str, Any], relation: str) -> list[str] | None:
    """The IDs of all the objects that a relationship names; None where it does not tell."""
    data = _relationship(item, relation)
    if not isinstance(data, list):
        return None
    return [one["id"] for one in data if isinstance(one, dict) and isinstance(one.get("id"), str)]


def _relationship(item: Mapping[str, Any], relation: str) -> Any:
    place: Any = item
    for step in ("relationships", relation, "data"):
        place = place.get(step) if isinstance(place, dict) else None
    return place


def is_object(item: Any, kind: str) -> bool:
    """Whether this is an object of that type, with an ID and attributes."""
    return (
        isinstance(item, dict)
        and item.get("type") == kind
        and isinstance(item.get("id"), str)
        and isinstance(item.get("attributes"), dict)
    )


def read_objects(
    client: Client,
    path: Sequence[str],
    params: Mapping[str, str | int],
    kind: str,
    *,
    purpose: str,
    when_forbidden: str,
) -> Listing:
    """A whole listing, all of whose objects are of one type.

    :raises UnexpectedReplyError: one of them is something else.
    :raises DatadogError: it could not be read whole.
    """
    listing = read_all(client, path, params, purpose=purpose, when_forbidden=when_forbidden)
    if not all(is_object(item, kind) for item in listing.items):
        raise UnexpectedReplyError(
            f"{purpose}: the answer contains something that is not of the type {kind}. "
            f"Check api_url and any proxy in between.",
            status_code=200,
        )
    return listing
