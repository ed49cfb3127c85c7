# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints of API keys, OAuth clients and people's permissions: reads only, nothing of them changes here."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from . import answers, shapes
from .answers import Answer, RefusalError
from .call import Call, bound, moment
from .records import PERMISSIONS, User
from .surroundings import REVOKED_STAY, ApiKey, OAuthClient, OAuthGrant

Object = dict[str, Any]


def _counted(call: Call, objects: list[Any], **more: Any) -> Object:
    """The `meta` of a page of these."""
    return {**more, "page": {"total_count": len(objects), "total_filtered_count": len(objects)}}


# API keys


def _api_key(key: ApiKey) -> Object:
    """As recorded; `used_in_last_24_hours` and `last_used_date` are in no description. Never the key itself."""
    used = key.last_used_at
    recently = used is not None and moment(used) > _now() - datetime.timedelta(days=1)
    creator = None if key.created_by is None else {"type": "users", "id": key.created_by}
    return {
        "type": "api_keys",
        "id": key.id,
        "attributes": {
            "name": key.name,
            "last4": key.last4,
            "created_at": key.created_at,
            "modified_at": key.modified_at,
            "category": "",
            "remote_config_read_enabled": True,
            "date_last_used": used,
            "used_in_last_24_hours": recently,
            "last_used_date": {"timestamp": used, "description": "Usage in the past 90 days"},
        },
        "relationships": {
            "created_by": {"data": creator},
            "modified_by": {"data": creator},
            "leak_information": {"data": None},
        },
    }


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def _listed(call: Call, key: ApiKey) -> bool:
    if key.revoked_at is None:
        return True
    # Whether the API's list shows them is not recorded.
    recent = moment(key.revoked_at) > _now() - datetime.timedelta(days=REVOKED_STAY)
    return call.organization.flags["revoked_api_keys_listed"] and recent


def v2_api_keys_list(call: Call) -> Answer:
    """A page of the organization's API keys."""
    call.require("api_keys_read")
    sort, descending = call.choice("sort", "name", ("name", "created_at", "last4", "modified_at"))
    start, end = bound(call, "filter[created_at][start]"), bound(call, "filter[created_at][end]")
    text = (call.parameter("filter") or "").lower()
    include = (call.parameter("include") or "").split(",")
    if set(include) - {"", "created_by", "modified_by"}:
        raise RefusalError(answers.bad_parameter("include"))

    def wanted(key: ApiKey) -> bool:
        made = moment(key.created_at)
        within = (start is None or made >= start) and (end is None or made <= end)
        return text in key.name.lower() and within and _listed(call, key)

    keys = sorted(filter(wanted, call.organization.surroundings.api_keys.values()), key=lambda one: one.id)
    keys.sort(key=lambda one: getattr(one, sort), reverse=descending)
    page = call.page(keys)
    body: Object = {"data": [_api_key(key) for key in page], "meta": _counted(call, keys, max_allowed=50)}
    if any(include):
        users = call.organization.users
        creators = dict.fromkeys(key.created_by for key in page if key.created_by in users)
        body["included"] = [shapes.user(call.organization, users[creator]) for creator in creators if creator]
    return answers.as_json(body)


# OAuth clients and grants: published, never recorded


def _require_oauth(call: Call) -> None:
    if call.organization.flags["oauth"] == "absent":
        raise RefusalError(answers.not_found())
    call.identify()
    if call.organization.flags["oauth"] == "forbidden":
        raise RefusalError(answers.errors(403, "Forbidden"))
    call.require("org_authorized_apps_read")


def _client_id(client: OAuthClient) -> str:
    """The app itself has an id of its own, beside that of its authorization by this organization."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.com/oauth/{client.id}"))


def _client(call: Call, client: OAuthClient) -> Object:
    grants = [one for one in call.organization.surroundings.oauth_grants.values() if one.client_id == client.id]
    exercised = max((one.last_exercised for one in grants if one.last_exercised), default=None)
    return {
        "type": "org_authorized_clients",
        "id": client.id,
        "attributes": {
            "disabled": client.disabled,
            "last_exercised": exercised,
            "user_count": len({one.user_id for one in grants}),
        },
        "relationships": {
            "oauth2_client": {"data": {"type": "oauth2_clients", "id": _client_id(client)}},
            "user_authorized_clients": {"data": [{"type": "user_authorized_clients", "id": one.id} for one in grants]},
        },
    }


def _grant(call: Call, grant: OAuthGrant) -> Object:
    client = call.organization.surroundings.oauth_clients[grant.client_id]
    return {
        "type": "user_authorized_clients",
        "id": grant.id,
        "attributes": {
            "created_at": grant.created_at,
            "modified_at": grant.created_at,
            "last_exercised": grant.last_exercised,
            "disabled": grant.disabled,
            "org_disabled": grant.org_disabled or client.disabled,
        },
        "relationships": {
            "user": {"data": {"type": "users", "id": grant.user_id}},
            "oauth2_client": {"data": {"type": "oauth2_clients", "id": _client_id(client)}},
            "scopes": {"data": [{"type": "scopes", "id": scope} for scope in grant.scopes]},
        },
    }


def v2_oauth_clients_list(call: Call) -> Answer:
    """A page of the apps that people of the organization use."""
    _require_oauth(call)
    clients = sorted(call.organization.surroundings.oauth_clients.values(), key=lambda one: (one.name, one.id))
    page = call.page(clients)
    body: Object = {"data": [_client(call, one) for one in page], "meta": _counted(call, clients)}
    included = "oauth2_client" in (call.parameter("include") or "").split(",")
    if included and call.organization.flags["oauth_names"]:
        body["included"] = [
            {"type": "oauth2_clients", "id": _client_id(one), "attributes": {"name": one.name}} for one in page
        ]
    return answers.as_json(body)


def v2_oauth_grants_list(call: Call) -> Answer:
    """A page of what people granted to one client."""
    _require_oauth(call)
    surroundings = call.organization.surroundings
    client = surroundings.oauth_clients.get(call.params["client_id"])
    if client is None:
        raise RefusalError(answers.not_found())
    email = call.parameter("filter[user][email]") if call.organization.flags["oauth_filters"] else None

    def wanted(grant: OAuthGrant) -> bool:
        return grant.client_id == client.id and (email or "") in call.organization.users[grant.user_id].email

    grants = sorted(filter(wanted, surroundings.oauth_grants.values()), key=lambda one: one.id)
    return answers.as_json({"data": [_grant(call, one) for one in call.page(grants)], "meta": _counted(call, grants)})


# Permissions


def _permission(name: str) -> Object:
    return {
        "type": "permissions",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.com/permission/{name}")),
        "attributes": {"name": name, "restricted": name in PERMISSIONS},
    }


def v2_user_permissions_list(call: Call) -> Answer:
    """All the permissions of a user, in one list without pages (recorded). Scopes play no part."""
    call.require("user_access_read")
    one: User | None = call.organization.users.get(call.params["user_id"])
    if one is None:
        raise RefusalError(answers.errors(404, "User not found"))
    return answers.as_json({"data": [_permission(name) for name in [*one.permissions, "dashboards_read"]]})
