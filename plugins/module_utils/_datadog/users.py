# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Whose keys: finding exactly the person that an e-mail, a handle or an id names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .._api.answers import UUID
from .._api.client import Client
from .._api.errors import NotFoundError, OptionError, UnexpectedReplyError
from .._api.pages import read_all

Facts = dict[str, Any]

OWNER_TEXTS = ("name", "email", "handle", "title", "status")
OWNER_FLAGS = ("disabled", "service_account", "verified")

PATH = ("api", "v2", "users")
MAY_NOT_READ = "The application key needs the permission user_access_read (and that scope, if it is scoped)."


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
    flags = {name: attributes.get(name) for name in OWNER_FLAGS}
    return owner(
        id=user_id.lower(),
        **{name: text(attributes.get(name)) for name in OWNER_TEXTS},
        **{name: flag if isinstance(flag, bool) else None for name, flag in flags.items()},
    )


@dataclass
class Match:
    """Who answers to a name.

    :ivar people: all that it names exactly; one is the answer, several are none.
    :ivar service_accounts: those that share it. They are never meant by an e-mail or a handle.
    """

    people: list[Facts]
    service_accounts: list[Facts] = field(default_factory=list)


def checked_owners(option: str, names: Sequence[str]) -> list[str]:
    """Owners as given, each once whatever its case.

    :raises OptionError: the list is empty, or an item is blank.
    """
    if not names:
        raise OptionError(f"{option} is an empty list. Name at least one; an empty list never means all.")
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise OptionError(f"{option}: item {number} is blank. Look at the variable that it comes from.")
    distinct: dict[str, str] = {}
    for name in names:
        distinct.setdefault(name.strip().casefold(), name.strip())
    return list(distinct.values())


def find(client: Client, name: str) -> Match:
    """Who is named by an e-mail or handle (equal but for case), or by a user's id.

    Datadog's own search takes any part of a name or e-mail, so its hits are only candidates
    (description of the operation, and seen in public reports). An id may name a service account too.

    :raises DatadogError: Datadog could not be asked.
    """
    if UUID.fullmatch(name):
        return _find_by_id(client, name.lower())
    listing = read_all(
        client,
        PATH,
        # E-mails are stored in lower case; whether the search minds is not documented.
        {"filter": name.lower() if "@" in name else name},
        purpose=f"Looking up owner {name}",
        when_forbidden=MAY_NOT_READ,
    )
    wanted = name.casefold()
    exact = [
        user
        for user in (_user(item) for item in listing.items)
        if wanted in [text.casefold() for text in (user["email"], user["handle"]) if isinstance(text, str)]
    ]
    return Match(
        [user for user in exact if not user["service_account"]],
        [user for user in exact if user["service_account"]],
    )


def current_id(client: Client) -> str:
    """The id of the user that the credentials belong to.

    :raises DatadogError: Datadog could not be asked.
    """
    reply = client.request("GET", ("api", "v2", "current_user"), purpose="Reading whose key this task runs with")
    return str(_user((reply.data or {}).get("data"))["id"])


def _find_by_id(client: Client, user_id: str) -> Match:
    try:
        reply = client.request(
            "GET",
            (*PATH, user_id),
            purpose=f"Looking up owner {user_id}",
            when_forbidden=MAY_NOT_READ,
        )
    except NotFoundError:
        return Match([])
    user = _user((reply.data or {}).get("data"))
    if user["id"] != user_id:
        raise UnexpectedReplyError(
            f"Datadog's answer about user {user_id} does not hold that user. Look at api_url.",
            status_code=reply.status,
        )
    return Match([user])


def _user(item: Any) -> Facts:
    """:raises UnexpectedReplyError: it is no user."""
    attributes = item.get("attributes") if isinstance(item, dict) else None
    if not isinstance(attributes, dict) or not isinstance(item.get("id"), str):
        raise UnexpectedReplyError(
            "Datadog's answer holds no user. Look at api_url, and at a proxy on the way.",
            status_code=200,
        )
    return owner_facts(item["id"].lower(), attributes)
