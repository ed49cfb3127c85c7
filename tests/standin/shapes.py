# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON objects of both API versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .organization import Organization
from .records import SERVICE, Key, Role, Token, User

Object = dict[str, Any]


def v1_key(organization: Organization, key: Key) -> Object:
    """Version 1: `hash` is the secret itself."""
    return {"hash": key.secret, "name": key.name, "owner": organization.users[key.owner_id].email}


def v2_key(key: Key, secret: bool = False, uses: bool = True) -> Object:
    """Version 2, as in a listing; with `secret` as a single key may be shown, without `uses` to a caller who may not
    see them."""
    attributes = {
        "name": key.name,
        "created_at": key.created_at,
        "last4": key.last4,
        "scopes": key.scopes,
        "last_used_at": key.last_used_at if uses else None,
    }
    if secret:
        attributes["key"] = key.secret
    leak = {"type": "leaked_keys", "id": _leak_id(key)} if key.leaked else None
    return {
        "type": "application_keys",
        "id": key.id,
        "attributes": attributes,
        "relationships": {
            "owned_by": {"data": {"type": "users", "id": key.owner_id}},
            "leak_information": {"data": leak},
        },
    }


def _leak_id(key: Key) -> str:
    return f"leak-{key.id}"


def leaked_key(key: Key) -> Object:
    """The `leaked_keys` object of a key whose `leaked` is not None."""
    return {"type": "leaked_keys", "id": _leak_id(key), "attributes": dict(key.leaked or {})}


def v2_token(organization: Organization, token: Token, of_account: bool = False) -> Object:
    """An access token, as in a listing and when it is read; its secret is only told when it is made.

    With the old labels a service token looks like a person's, except on the paths of its service account.
    """
    as_service = token.kind == SERVICE and (of_account or organization.flags["token_labels"] == "new")
    attributes = {
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "name": token.name,
        "public_portion": token.public_portion,
        "scopes": token.scopes,
    }
    if token.modified_at is not None:
        attributes["modified_at"] = token.modified_at
    return {
        "id": token.id,
        "type": "service_access_tokens" if as_service else "personal_access_tokens",
        "attributes": attributes,
        "relationships": {
            "owned_by": {"data": {"id": token.owner_id, "type": "service_account" if as_service else "users"}}
        },
    }


def user(organization: Organization, one: User) -> Object:
    """A user or service account."""
    attributes = {
        "name": one.name,
        "handle": one.handle,
        "created_at": one.created_at,
        "modified_at": one.created_at,
        "email": one.email,
        "icon": f"https://avatars.example.com/{one.id}",
        "title": one.title,
        "verified": one.verified,
        "service_account": one.service_account,
        "disabled": one.disabled,
        "status": one.status,
        "uuid": one.id,
        "last_login_time": one.last_login_at,
    }
    if not organization.flags["tells_service_account"]:
        del attributes["service_account"]
    return {
        "type": "users",
        "id": one.id,
        "attributes": attributes,
        "relationships": {
            "roles": {"data": [{"type": "roles", "id": role} for role in one.roles]},
            "org": {"data": {"type": "orgs", "id": organization.uuid}},
        },
    }


def role(one: Role) -> Object:
    """A role."""
    return {
        "type": "roles",
        "id": one.id,
        "attributes": {"name": one.name, "created_at": "2023-01-09T08:00:00.000000+00:00"},
        "relationships": {"permissions": {"data": []}},
    }


def org(organization: Organization) -> Object:
    """The organization itself."""
    return {
        "type": "orgs",
        "id": organization.uuid,
        "attributes": {"name": organization.name, "public_id": str(organization.org_id), "disabled": False},
    }


def roles_of(organization: Organization, users: Iterable[User]) -> list[Object]:
    """The roles of these users, each once."""
    ids = dict.fromkeys(role_id for one in users for role_id in one.roles)
    return [role(organization.roles[role_id]) for role_id in ids if role_id in organization.roles]


def owners_of(organization: Organization, keys: Iterable[Key]) -> list[Object]:
    """What `include=owned_by` adds for these keys: their owners, the owners' roles, and leaked keys."""
    keys = list(keys)
    owners = [organization.users[owner_id] for owner_id in dict.fromkeys(key.owner_id for key in keys)]
    leaks = [leaked_key(key) for key in keys if key.leaked]
    return [user(organization, one) for one in owners] + roles_of(organization, owners) + leaks
