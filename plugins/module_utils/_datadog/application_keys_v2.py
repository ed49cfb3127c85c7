# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Application keys through API v2, which addresses a key by its id and can list them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._api.answers import UUID, Reply
from .._api.client import Client
from .._api.errors import NotFoundError, UnexpectedReplyError
from .._api.pages import read_all
from .application_keys import OWNER_FLAGS, OWNER_TEXTS, Facts, Found, another_404, application_key, owner, text

PATH = ("api", "v2", "application_keys")
ORGANIZATION = (
    "The application key needs the permission {permission} (and that scope, if it is scoped). "
    "Check also that site and organization are the right ones."
)
MAY_NOT_READ = ORGANIZATION.format(permission="org_app_keys_read")
MAY_NOT_WRITE = ORGANIZATION.format(permission="org_app_keys_write")
OWNED_BY = ("owned_by",)
KEY_TEXTS = ("name", "last4", "created_at", "last_used_at")
LEAK_TEXTS = ("date", "leak_source")


@dataclass
class KeyListing:
    """A whole listing.

    :ivar keys: by creation, the oldest first.
    :ivar included: the related objects as Datadog sent them, without anything secret.
    :ivar total: the count that the API states.
    """

    keys: list[Facts]
    included: list[Mapping[str, Any]]
    total: int


class KeysV2:
    """The keys of one organization; a reference is a key's id."""

    def __init__(self, client: Client, include: Sequence[str] = OWNED_BY) -> None:
        """:param include: related objects to fetch; without ``owned_by`` an owner is only an id."""
        self._client = client
        self._include = {"include": ",".join(include)} if include else {}

    def unread(self, key_id: str) -> Facts:
        """What is known of a key without reading it."""
        return application_key(id=key_id)

    def get(self, key_id: str) -> Found:
        """Read a key.

        :raises NotFoundError: Datadog says that this key does not exist.
        :raises DatadogError: anything else that is no answer to the question.
        """
        reply = self._send("GET", "Reading", key_id, 200, MAY_NOT_READ)
        data = reply.data or {}
        item: Any = data.get("data")
        if not _is_key(item) or str(item["id"]).lower() != key_id:
            raise UnexpectedReplyError(
                f"Datadog's answer about application key {key_id} does not hold that key. "
                f"Look at api_url, and at a proxy on the way.",
                status_code=reply.status,
            )
        included = _presentable(data.get("included"))
        secret = item["attributes"].get("key")
        return Found(_facts(item, _related(included)), included, secret if isinstance(secret, str) else None)

    def delete(self, key_id: str) -> int:
        """Delete a key; the status of the answer. Success is an empty 204 (recorded).

        :raises NotFoundError: Datadog says that this key does not exist.
        :raises DatadogError: anything else; see ``effect_possible``.
        """
        return self._send("DELETE", "Deleting", key_id, 204, MAY_NOT_WRITE).status

    def list(
        self,
        *,
        owned_by: str | None = None,
        filters: Mapping[str, str] | None = None,
        most_pages: int | None = None,
        purpose: str = "Listing application keys",
    ) -> KeyListing:
        """All the keys of the organization that match, every page.

        :param owned_by: a user's id. An older deployment ignores this filter, so it is applied here again;
            ``total`` is then still the API's own count.
        :param filters: further parameters of the query.
        :param most_pages: give up after the first page if there are more.
        :raises LongListingError: there are more.
        :raises IncompleteListingError: the pages never added up to the count.
        :raises DatadogError: a page could not be read.
        """
        # Oldest first: a key that is created meanwhile comes at the end and shifts no page.
        params = {"sort": "created_at", **self._include, **(filters or {})}
        if owned_by:
            params["filter[owned_by]"] = owned_by
        listing = read_all(
            self._client, PATH, params, purpose=purpose, when_forbidden=MAY_NOT_READ, most_pages=most_pages
        )
        if not all(_is_key(item) for item in listing.items):
            raise UnexpectedReplyError(
                f"{purpose}: the answer holds something that is no application key. Look at api_url.",
                status_code=200,
            )
        included = _presentable(listing.included)
        related = _related(included)
        keys = [_facts(item, related) for item in listing.items]
        if owned_by:
            if any(key["owner"]["id"] is None for key in keys):
                raise UnexpectedReplyError(
                    f"{purpose}: a key does not say whose it is. Look at api_url, and at a proxy on the way.",
                    status_code=200,
                )
            keys = [key for key in keys if key["owner"]["id"] == owned_by]
        return KeyListing(keys, included, listing.total)

    def _send(self, method: str, verb: str, key_id: str, expect: int, when_forbidden: str) -> Reply:
        try:
            return self._client.request(
                method,
                (*PATH, key_id),
                params=self._include if method == "GET" else None,
                purpose=f"{verb} application key {key_id}",
                expect=expect,
                when_forbidden=when_forbidden,
            )
        except NotFoundError as error:
            raise another_404(error) or error from None


def _is_key(item: Any) -> bool:
    return (
        isinstance(item, dict)
        and item.get("type") == "application_keys"
        and isinstance(item.get("id"), str)
        and UUID.fullmatch(item["id"]) is not None
        and isinstance(item.get("attributes"), dict)
    )


def _presentable(included: Any) -> list[Mapping[str, Any]]:
    """The related objects, each once, as they came but for an attribute that would be a secret."""
    objects: dict[Any, Mapping[str, Any]] = {}
    for item in included if isinstance(included, list) else ():
        if not (isinstance(item, dict) and text(item.get("type")) and text(item.get("id")) and _is_flat(item)):
            continue
        if isinstance(item.get("attributes"), dict):
            item["attributes"] = {
                name: value for name, value in item["attributes"].items() if name not in ("key", "hash")
            }
        objects[(item["type"], item["id"])] = item
    return list(objects.values())


def _is_flat(value: Any, levels: int = 20) -> bool:
    """Whether nothing is nested so deep that it could not be written down again."""
    if isinstance(value, dict):
        value = list(value.values())
    return not isinstance(value, list) or (levels > 0 and all(_is_flat(item, levels - 1) for item in value))


def _related(included: Sequence[Mapping[str, Any]]) -> Mapping[tuple[str, str], Facts]:
    """The facts of owners and leaks by type and id. Keys of one owner share them."""
    related: dict[tuple[str, str], Facts] = {}
    for item in included:
        kind, item_id, attributes = item["type"], item["id"], item.get("attributes")
        if kind == "users" and isinstance(attributes, dict):
            related[kind, item_id] = owner_facts(item_id, attributes)
        elif kind == "leaked_keys" and isinstance(attributes, dict):
            related[kind, item_id] = {name: text(attributes.get(name)) for name in LEAK_TEXTS}
    return related


def _facts(item: Mapping[str, Any], related: Mapping[tuple[str, str], Facts]) -> Facts:
    attributes = item["attributes"]
    owner_id = _related_id(item, "owned_by")
    leak_id = _related_id(item, "leak_information")
    scopes = attributes.get("scopes")
    facts = application_key(
        id=item["id"].lower(),
        **{name: text(attributes.get(name)) for name in KEY_TEXTS},
        scopes=[scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else None,
    )
    if owner_id:
        facts["owner"] = related.get(("users", owner_id)) or owner_facts(owner_id, {})
    if leak_id:
        facts["leaked"] = related.get(("leaked_keys", leak_id)) or dict.fromkeys(LEAK_TEXTS)
    return facts


def owner_facts(user_id: str, attributes: Mapping[str, Any]) -> Facts:
    """An owner's facts from a user's id and Datadog's attributes of that user (empty where not fetched)."""
    flags = {name: attributes.get(name) for name in OWNER_FLAGS}
    return owner(
        id=user_id.lower(),
        **{name: text(attributes.get(name)) for name in OWNER_TEXTS},
        **{name: flag if isinstance(flag, bool) else None for name, flag in flags.items()},
    )


def _related_id(item: Mapping[str, Any], relation: str) -> str | None:
    relationships = item.get("relationships")
    related = relationships.get(relation) if isinstance(relationships, dict) else None
    data = related.get("data") if isinstance(related, dict) else None
    return data.get("id") if isinstance(data, dict) and isinstance(data.get("id"), str) else None
