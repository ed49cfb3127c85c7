# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The credentials that a task runs with, as a credential: which kind, and what restricts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._api.client import Client
from .._api.errors import DatadogError
from .ages import moment_text
from .application_keys_v2 import MAY_NOT_READ
from .application_keys_v2 import PATH as KEYS
from .objects import is_object, read_objects, related_id
from .token_ids import id_from_secret
from .token_listing import PATH as TOKENS
from .users import Facts

APPLICATION_KEY, PERSONAL_TOKEN, SERVICE_TOKEN = (
    "application key",
    "personal access token",
    "service access token",
)
TOKEN_KINDS = {"ddpat_": PERSONAL_TOKEN, "ddsat_": SERVICE_TOKEN}


@dataclass(frozen=True)
class OwnCredential:
    """What restricts the credentials.

    :ivar scoped: whether they have scopes at all; None where it cannot be told.
    :ivar scopes: what they may do at most, where ``scoped`` is True.
    :ivar expires_at: when they end; None where they do not, or it cannot be told.
    :ivar why: why it cannot be told.
    """

    scoped: bool | None = None
    scopes: frozenset[str] = frozenset()
    expires_at: str | None = None
    why: str | None = None

    def admits(self, permission: str) -> bool | None:
        """Whether the scopes let a permission of the owner through; None where it cannot be told."""
        return None if self.scoped is None else not self.scoped or permission in self.scopes


def kind_of(secret: str) -> str:
    """What these credentials are, by their prefix."""
    return TOKEN_KINDS.get(secret[:6], APPLICATION_KEY)


def read_own(client: Client, caller: Facts) -> OwnCredential:
    """Find the credentials among those of their owner, and read their scopes there.

    API v2 does not tell an application key's secret, so it is one of its owner's with the same last four characters.
    Where there are several, what they disagree in cannot be told.

    :param caller: whom the credentials belong to.
    """
    try:
        alike = _tokens(client) if client.credentials.is_token else _keys(client, caller)
    except DatadogError as error:
        return OwnCredential(why=str(error))
    found = {_restrictions(item["attributes"]) for item in alike}
    if not found:
        return OwnCredential(why="Datadog does not list these credentials among those of their account.")
    if len(found) > 1:
        return OwnCredential(
            why="Several application keys of the account end in the same four characters and differ in their scopes."
        )
    (scoped, scopes, expires_at) = found.pop()
    if scoped is None:
        return OwnCredential(why="Datadog does not clearly state whether the credentials are scoped.")
    return OwnCredential(scoped, frozenset(scopes), expires_at)


def _keys(client: Client, caller: Facts) -> Sequence[Mapping[str, Any]]:
    listing = read_objects(
        client,
        KEYS,
        # An older deployment ignores the filter.
        {"filter[owned_by]": caller["id"], "sort": "created_at"},
        "application_keys",
        purpose="Looking for the application key that this task runs with",
        when_forbidden=MAY_NOT_READ,
    )
    last4 = client.credentials.app_key[-4:]
    return [
        item
        for item in listing.items
        if item["attributes"].get("last4") == last4 and str(related_id(item, "owned_by")).lower() == caller["id"]
    ]


def _tokens(client: Client) -> Sequence[Mapping[str, Any]]:
    """A token's ID follows from its secret. Its owner may read it, even with nothing but its own in view."""
    own_id = id_from_secret(client.credentials.app_key)
    if own_id is None:
        return []
    purpose = "Looking for the access token that this task runs with"
    listed: dict[str, Any] = {"page[size]": 100, "page[number]": 0}
    try:
        reply = client.request("GET", (*TOKENS, own_id), purpose=purpose)
        items: Any = [(reply.data or {}).get("data")]
    except DatadogError:
        # Whether that path has the tokens of service accounts is not recorded; the list has.
        reply = client.request("GET", TOKENS, params=listed, purpose=purpose)
        items = (reply.data or {}).get("data")
    kinds = ("personal_access_tokens", "service_access_tokens")
    return [
        item
        for item in (items if isinstance(items, list) else [])
        if any(is_object(item, kind) for kind in kinds) and item["id"].lower() == own_id
    ]


def _restrictions(attributes: Mapping[str, Any]) -> tuple[bool | None, tuple[str, ...], str | None]:
    """Only a null is "no scopes". What is missing, empty or of another type could mean anything."""
    scopes = attributes.get("scopes", ())
    expires_at = moment_text(attributes.get("expires_at"))
    if scopes is None:
        return False, (), expires_at
    if isinstance(scopes, list) and scopes and all(isinstance(scope, str) for scope in scopes):
        return True, tuple(sorted(scopes)), expires_at
    return None, (), expires_at
