# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Datadog's endpoints as plain functions over an organization. Nothing of sockets, faults or rate limits."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable

from . import access, answers, people, shapes, surroundings_api, tokens
from .answers import Answer, RefusalError
from .call import Call, bound, moment
from .records import Key

SORTS = ("name", "created_at", "last4")


# Listings


def _include(call: Call) -> bool:
    value = call.parameter("include")
    if value not in (None, "", "owned_by"):
        raise RefusalError(answers.bad_parameter("include"))
    return value == "owned_by"


def _sees_uses(call: Call) -> bool:
    return call.organization.flags["audit_trail"] and call.caller.may("audit_logs_read")


def _key_page(call: Call, owner_id: str | None = None) -> Answer:
    organization = call.organization
    sort, descending = call.choice("sort", "name", SORTS)
    start, end = bound(call, "filter[created_at][start]"), bound(call, "filter[created_at][end]")
    text = call.parameter("filter")
    include = _include(call)

    keys = organization.keys.listed(sort, call.fades["listing"])
    if owner_id is not None:
        keys = [key for key in keys if key.owner_id == owner_id]
    if text:
        keys = [key for key in keys if text.lower() in key.name.lower()]
    if start is not None:
        keys = [key for key in keys if moment(key.created_at) >= start]
    if end is not None:
        keys = [key for key in keys if moment(key.created_at) <= end]
    if descending:
        keys = keys[::-1]
    page = call.page(keys)
    body: dict[str, Any] = {
        "data": [shapes.v2_key(key, uses=_sees_uses(call)) for key in page],
        "meta": {"max_allowed_per_user": 1000, "page": {"total_filtered_count": len(keys)}},
    }
    if include:
        body["included"] = shapes.owners_of(organization, page)
    return answers.as_json(body)


def _one_key(call: Call, key: Key | None, secret: bool) -> Answer:
    include = _include(call)
    if key is None:
        raise RefusalError(answers.no_such_key())
    body: dict[str, Any] = {"data": shapes.v2_key(key, secret, uses=_sees_uses(call))}
    if include:
        body["included"] = shapes.owners_of(call.organization, [key])
    return answers.as_json(body)


def _readable(call: Call, owner_id: str | None = None) -> Key | None:
    key = call.organization.keys.visible(call.params["key_id"], call.fades["get"])
    return key if key is not None and owner_id in (None, key.owner_id) else None


def _delete(call: Call, owner_id: str | None = None) -> Answer:
    key = call.organization.keys.get(call.params["key_id"])
    if key is None or owner_id not in (None, key.owner_id):
        raise RefusalError(answers.no_such_key())
    if call.effect:
        call.organization.delete_key(key.id, by=call.caller.user.id)
    return Answer(204, b"", answers.HTML)


# Version 1


def _require_version_1(call: Call) -> None:
    call.identify()
    if call.organization.flags["one_time_read"] or call.organization.flags["gov"]:
        raise RefusalError(answers.version_1_is_off(call.organization.flags["v1_switched_off"]))


def _v1_target(call: Call, permission: str, seconds: float = 0.0) -> Key:
    """The key that version 1 addresses by its secret; with `user_app_keys` alone only one's own."""
    _require_version_1(call)
    call.require(permission, "user_app_keys")
    key = call.organization.keys.visible_secret(call.params["key"], seconds)
    if key is None:
        raise RefusalError(answers.no_such_key())
    if key.owner_id != call.caller.user.id and not call.caller.may(permission):
        hidden = call.organization.flags["v1_half_view"] == "hidden"
        raise RefusalError(answers.no_such_key() if hidden else answers.no_permission())
    return key


def v1_validate(call: Call) -> Answer:
    """Is the API key good?"""
    access.check_api_key(call.organization, call.credentials)
    return answers.as_json({"valid": True})


def v1_keys_list(call: Call) -> Answer:
    """All keys with their secrets; one's own without org_app_keys_read."""
    _require_version_1(call)
    call.require("org_app_keys_read", "user_app_keys")
    keys = call.organization.keys.ordered("name")
    if not call.caller.may("org_app_keys_read"):
        keys = [key for key in keys if key.owner_id == call.caller.user.id]
    return answers.as_json({"application_keys": [shapes.v1_key(call.organization, key) for key in keys]})


def v1_key_get(call: Call) -> Answer:
    """One key by its secret."""
    key = _v1_target(call, "org_app_keys_read", call.fades["get"])
    return answers.as_json({"application_key": shapes.v1_key(call.organization, key)})


def v1_key_delete(call: Call) -> Answer:
    """Revoke a key by its secret: answers with the object."""
    organization = call.organization
    key = _v1_target(call, "org_app_keys_write")
    body = {**shapes.v1_key(organization, key), "org_id": organization.org_id, "revoked": True}
    if call.effect:
        organization.delete_key(key.id, by=call.caller.user.id)
    return answers.as_json({"application_key": body})


# Version 2: keys of the organization


def v2_keys_list(call: Call) -> Answer:
    """A page of the organization's keys."""
    call.require("org_app_keys_read")
    owner_id = call.parameter("filter[owned_by]") if call.organization.flags["honours_owned_by"] else None
    return _key_page(call, owner_id or None)


def v2_key_get(call: Call) -> Answer:
    """One key."""
    call.require("org_app_keys_read")
    return _one_key(call, _readable(call), secret=call.organization.flags["include_secret"])


def v2_key_delete(call: Call) -> Answer:
    """Revoke a key: 204 without a body."""
    call.require("org_app_keys_write")
    return _delete(call)


# Version 2: keys of one user


def v2_own_keys_list(call: Call) -> Answer:
    """A page of the caller's own keys."""
    call.require("user_app_keys")
    return _key_page(call, call.caller.user.id)


def v2_own_key_get(call: Call) -> Answer:
    """One of the caller's own keys, with its secret outside One-Time Read mode. 404 for somebody else's."""
    call.require("user_app_keys")
    return _one_key(call, _readable(call, call.caller.user.id), secret=not call.organization.flags["one_time_read"])


def v2_own_key_delete(call: Call) -> Answer:
    """Revoke one of the caller's own keys. 404 for somebody else's."""
    call.require("user_app_keys")
    return _delete(call, call.caller.user.id)


def v2_service_keys_list(call: Call) -> Answer:
    """A page of a service account's keys."""
    return _key_page(call, call.service_account())


def v2_service_key_get(call: Call) -> Answer:
    """One key of a service account."""
    return _one_key(call, _readable(call, call.service_account()), secret=False)


def v2_service_key_delete(call: Call) -> Answer:
    """Revoke one key of a service account."""
    return _delete(call, call.service_account())


# Version 2: credentials


def v2_validate(call: Call) -> Answer:
    """Is the API key good?"""
    access.check_api_key(call.organization, call.credentials)
    return answers.as_json({"status": "ok"})


def v2_validate_keys(call: Call) -> Answer:
    """Are both credentials good?"""
    call.identify()
    return answers.as_json({"status": "ok"})


def unknown_path(_call: Call) -> Answer:
    """Every other path, or another method."""
    return answers.not_found()


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """A named row of the API's table. Mutations count against the mutation rate limit."""

    name: str
    method: str
    path: str
    function: Callable[[Call], Answer]

    @property
    def mutates(self) -> bool:
        """Whether the endpoint changes something."""
        return self.method not in ("GET", "*")


_TOKENS = "/api/v2/personal_access_tokens"
_SERVICE_TOKENS = "/api/v2/service_accounts/{user_id}/access_tokens"
_OWN = "/api/v2/current_user/application_keys"
_SERVICE = "/api/v2/service_accounts/{user_id}/application_keys"
_OAUTH = "/api/v2/org_authorized_clients"

ENDPOINTS = (
    Endpoint("v1.validate", "GET", "/api/v1/validate", v1_validate),
    Endpoint("v1.keys.list", "GET", "/api/v1/application_key", v1_keys_list),
    Endpoint("v1.key.get", "GET", "/api/v1/application_key/{key}", v1_key_get),
    Endpoint("v1.key.delete", "DELETE", "/api/v1/application_key/{key}", v1_key_delete),
    Endpoint("v2.validate", "GET", "/api/v2/validate", v2_validate),
    Endpoint("v2.validate_keys", "GET", "/api/v2/validate_keys", v2_validate_keys),
    Endpoint("v2.keys.list", "GET", "/api/v2/application_keys", v2_keys_list),
    Endpoint("v2.key.get", "GET", "/api/v2/application_keys/{key_id}", v2_key_get),
    Endpoint("v2.key.delete", "DELETE", "/api/v2/application_keys/{key_id}", v2_key_delete),
    Endpoint("v2.current_user", "GET", "/api/v2/current_user", people.v2_current_user),
    Endpoint("v2.current_user.keys.list", "GET", _OWN, v2_own_keys_list),
    Endpoint("v2.current_user.key.get", "GET", _OWN + "/{key_id}", v2_own_key_get),
    Endpoint("v2.current_user.key.delete", "DELETE", _OWN + "/{key_id}", v2_own_key_delete),
    Endpoint("v2.service_account.keys.list", "GET", _SERVICE, v2_service_keys_list),
    Endpoint("v2.service_account.key.get", "GET", _SERVICE + "/{key_id}", v2_service_key_get),
    Endpoint("v2.service_account.key.delete", "DELETE", _SERVICE + "/{key_id}", v2_service_key_delete),
    Endpoint("v2.tokens.list", "GET", _TOKENS, tokens.v2_tokens_list),
    Endpoint("v2.token.get", "GET", _TOKENS + "/{key_id}", tokens.v2_token_get),
    Endpoint("v2.token.delete", "DELETE", _TOKENS + "/{key_id}", tokens.v2_token_delete),
    Endpoint("v2.service_account.tokens.list", "GET", _SERVICE_TOKENS, tokens.v2_service_tokens_list),
    Endpoint("v2.service_account.token.get", "GET", _SERVICE_TOKENS + "/{key_id}", tokens.v2_service_token_get),
    Endpoint(
        "v2.service_account.token.delete", "DELETE", _SERVICE_TOKENS + "/{key_id}", tokens.v2_service_token_delete
    ),
    Endpoint("v2.users.list", "GET", "/api/v2/users", people.v2_users_list),
    Endpoint("v2.user.get", "GET", "/api/v2/users/{user_id}", people.v2_user_get),
    Endpoint(
        "v2.user.permissions", "GET", "/api/v2/users/{user_id}/permissions", surroundings_api.v2_user_permissions_list
    ),
    Endpoint("v2.api_keys.list", "GET", "/api/v2/api_keys", surroundings_api.v2_api_keys_list),
    Endpoint("v2.oauth.clients.list", "GET", _OAUTH, surroundings_api.v2_oauth_clients_list),
    Endpoint(
        "v2.oauth.grants.list",
        "GET",
        _OAUTH + "/{client_id}/user_authorized_clients",
        surroundings_api.v2_oauth_grants_list,
    ),
    Endpoint("unknown", "*", "/{path:.*}", unknown_path),
)


def answer(endpoint: Endpoint, call: Call) -> Answer:
    """Carry out one call and answer it."""
    with call.organization.lock:
        try:
            return endpoint.function(call)
        except RefusalError as refusal:
            return refusal.answer
