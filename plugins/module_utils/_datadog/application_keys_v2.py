# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Application keys through API v2, which addresses a key by its id and can list them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .._api.answers import UUID, Reply
from .._api.client import Client
from .._api.errors import DatadogError, NotFoundError, UnexpectedReplyError
from .._api.pages import read_all
from .ages import moment_text, timestamp
from .application_keys import NOUN, another_404, application_key, is_managed
from .credential import CredentialKind, Facts, Found, Listing
from .directory import Directory
from .objects import is_object, related_id
from .users import NOBODY, owner_facts, text

PATH = ("api", "v2", "application_keys")
ORGANIZATION = (
    "The application key needs the permission {permission} (and that scope, if it is scoped). "
    "Check also that site and organization are the right ones."
)
MAY_NOT_READ = ORGANIZATION.format(permission="org_app_keys_read")
MAY_NOT_WRITE = ORGANIZATION.format(permission="org_app_keys_write")
OWNED_BY = ("owned_by",)
# The end of a secret as Datadog tells it. Anything else, such as asterisks, tells nothing.
LAST4 = re.compile(r"[0-9A-Za-z_-]{4}")
LEAK_TEXTS = ("date", "leak_source")
# What related objects are known to hold (description of the API).
RELATED_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "users": (
        *("name", "email", "handle", "title", "status", "icon", "created_at", "modified_at", "last_login_time"),
        *("disabled", "service_account", "verified", "mfa_enabled"),
    ),
    "roles": ("name", "created_at", "modified_at", "user_count"),
    "leaked_keys": LEAK_TEXTS,
}
RELATIONS = ("roles", "org", "other_orgs", "other_users", "permissions")


class KeysV2(CredentialKind):
    """The keys of one organization; a reference is a key's id."""

    noun = NOUN

    def __init__(self, client: Client, directory: Directory | None = None, include: Sequence[str] = OWNED_BY) -> None:
        """:param include: related objects to fetch; without ``owned_by`` an owner is only an id."""
        super().__init__(client, directory)
        self._include = {"include": ",".join(include)} if include else {}

    def unread(self, ref: str) -> Facts:
        """What is known of a key without reading it."""
        return application_key(id=ref)

    def get(self, ref: str) -> Found:
        """Read a key.

        :raises NotFoundError: Datadog says that this key does not exist.
        :raises DatadogError: anything else that is no answer to the question.
        """
        reply = self._send("GET", "Reading", ref, 200, MAY_NOT_READ)
        data = reply.data or {}
        item: Any = data.get("data")
        if not _is_key(item) or str(item["id"]).lower() != ref:
            raise UnexpectedReplyError(
                f"Datadog's answer about application key {ref} does not contain that key. "
                f"Check api_url and any proxy in between.",
                status_code=reply.status,
            )
        included = self._related_objects(data.get("included"))
        secret = item["attributes"].get("key")
        return Found(_facts(item, _related(included)), included, secret if isinstance(secret, str) else None)

    def delete(self, ref: str) -> int:
        """Delete a key; the status of the answer. Success is an empty 204 (recorded).

        :raises NotFoundError: Datadog says that this key does not exist.
        :raises DatadogError: anything else; see ``effect_possible``.
        """
        return self._send("DELETE", "Deleting", ref, 204, MAY_NOT_WRITE).status

    def list(
        self,
        *,
        purpose: str = "Listing application keys",
        owner_id: str | None = None,
        name: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        most_pages: int | None = None,
        related: bool = True,
        whole: bool = True,
    ) -> Listing:
        """All the keys of the organization that match, the oldest first.

        An older deployment ignores the filter on owners, so it is applied here again; ``total`` is then still the
        API's own count. Both ends of the dates are inclusive (description of the operation).
        """
        # Oldest first: a key that is created meanwhile comes at the end and shifts no page.
        params = {"sort": "created_at"}
        if name:
            params["filter"] = name
        if created_after:
            params["filter[created_at][start]"] = timestamp(created_after)
        if created_before:
            params["filter[created_at][end]"] = timestamp(created_before)
        if owner_id:
            params["filter[owned_by]"] = owner_id
        objects: dict[tuple[str, str], Facts] = {}

        def understand(items: Sequence[Any], included: Sequence[Any]) -> list[Facts]:
            if not all(_is_key(item) for item in items):
                raise UnexpectedReplyError(
                    f"{purpose}: the answer contains something that is not an application key. Check api_url.",
                    status_code=200,
                )
            objects.update(_related(_presentable(included)))
            return [_facts(item, objects) for item in items]

        listing = read_all(
            self._client,
            PATH,
            params,
            related=self._include if related else {},
            understand=understand,
            purpose=purpose,
            when_forbidden=MAY_NOT_READ,
            most_pages=most_pages,
            whole=whole,
        )
        included = self._related_objects(listing.included)
        keys: list[Facts] = listing.items
        for key in keys:
            if key["owner"]["email"] is None:  # perhaps another page describes the owner
                key["owner"] = objects.get(("users", key["owner"]["id"]), key["owner"])
        if owner_id:
            if any(key["owner"]["id"] is None for key in keys):
                raise UnexpectedReplyError(
                    f"{purpose}: a key does not name its owner. Check api_url and any proxy in between.",
                    status_code=200,
                )
            keys = [key for key in keys if key["owner"]["id"] == owner_id]
        return Listing(keys, [*included], listing.total, listing.requests)

    def own(self, candidates: Mapping[str, Facts]) -> set[str]:
        """Which of these, by id, is or may be the key that this task runs with.

        API v2 does not tell a key's secret, so it is known by its last four characters and its owner.
        Where the owner cannot be found out, the last four decide: rather one refusal too many.
        """
        if self._client.credentials.is_token:
            return set()
        last4 = self._client.credentials.app_key[-4:]
        alike = {
            ref: facts
            for ref, facts in candidates.items()
            if facts["last4"] == last4 or not LAST4.fullmatch(facts["last4"] or "")
        }
        if not alike:
            return set()
        try:
            user_id = self.account.caller()["id"]
        except DatadogError:
            return set(alike)
        return {ref for ref, facts in alike.items() if facts["owner"]["id"] in (user_id, None)}

    def is_managed(self, facts: Facts) -> bool:
        """Whether one of Datadog's integrations runs on the key."""
        return is_managed(facts)

    def _related_objects(self, included: Any) -> Sequence[Mapping[str, Any]]:
        objects = _presentable(included)
        self.account.note([item for item in objects if item["type"] == "users"], objects)
        return objects

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
    return is_object(item, "application_keys") and UUID.fullmatch(item["id"]) is not None


def _presentable(included: Any) -> list[Mapping[str, Any]]:
    """The related objects, each once, with what is known of their types: anything else could hold a secret."""
    objects: dict[Any, Mapping[str, Any]] = {}
    for item in included if isinstance(included, list) else ():
        if not (isinstance(item, dict) and text(item.get("type")) and text(item.get("id"))):
            continue
        shown = {"type": item["type"], "id": item["id"]}
        attributes, relations = item.get("attributes"), item.get("relationships")
        if isinstance(attributes, dict):
            known = RELATED_ATTRIBUTES.get(item["type"], ())
            shown["attributes"] = {name: _plain(attributes[name]) for name in known if name in attributes}
        if isinstance(relations, dict):
            shown["relationships"] = {
                name: {"data": _references(relations[name])} for name in RELATIONS if name in relations
            }
        objects[(item["type"], item["id"])] = shown
    return list(objects.values())


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, bool, int)) else None


def _references(relation: Any) -> Any:
    data = relation.get("data") if isinstance(relation, dict) else None
    if isinstance(data, list):
        return [one for one in map(_reference, data) if one]
    return _reference(data)


def _reference(data: Any) -> dict[str, str] | None:
    if isinstance(data, dict) and text(data.get("type")) and text(data.get("id")):
        return {"type": data["type"], "id": data["id"]}
    return None


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
    owner_id = related_id(item, "owned_by")
    leak_id = related_id(item, "leak_information")
    scopes = attributes.get("scopes")
    return application_key(
        id=item["id"].lower(),
        name=text(attributes.get("name")),
        last4=text(attributes.get("last4")),
        created_at=moment_text(attributes.get("created_at")),
        last_used_at=moment_text(attributes.get("last_used_at")),
        scopes=[scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else None,
        leaked=(related.get(("leaked_keys", leak_id)) or dict.fromkeys(LEAK_TEXTS)) if leak_id else None,
        owner=(related.get(("users", owner_id)) or owner_facts(owner_id, {})) if owner_id else NOBODY,
    )
