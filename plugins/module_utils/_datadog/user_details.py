# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What more is known of one user: the state right now, the last log-in, and the permissions."""

from __future__ import annotations

from typing import Any

from .._api.client import Client
from .._api.errors import UnexpectedReplyError
from .ages import moment_text
from .objects import is_object
from .users import Facts, user_facts

PATH = ("api", "v2", "users")
PERMISSION = "user_access_read"
MAY_NOT_READ = f"The credentials need the permission {PERMISSION} (and that scope, if they are scoped)."


def read_user(client: Client, user_id: str) -> Facts:
    """A user as of now: the shape of ``users.owner`` with ``last_login_at``, None where Datadog does not tell.

    :raises DatadogError: the request to Datadog failed.
    """
    reply = client.request("GET", (*PATH, user_id), purpose=f"Reading user {user_id}", when_forbidden=MAY_NOT_READ)
    item: Any = (reply.data or {}).get("data")
    if not is_object(item, "users") or item["id"].lower() != user_id:
        raise UnexpectedReplyError(
            f"Datadog's answer about user {user_id} does not contain that user. Check api_url.",
            status_code=reply.status,
        )
    return {**user_facts(item), "last_login_at": moment_text(item["attributes"].get("last_login_time"))}


def read_permissions(client: Client, user: Facts) -> frozenset[str]:
    """The names of all permissions that the roles of a user give; the list has no pages (recorded).

    The scopes of the credentials play no part in it.

    :raises DatadogError: the request to Datadog failed.
    """
    purpose = "Reading the permissions of the credentials' account"
    reply = client.request("GET", (*PATH, user["id"], "permissions"), purpose=purpose, when_forbidden=MAY_NOT_READ)
    items: Any = (reply.data or {}).get("data")
    names = [_name(item) for item in items] if isinstance(items, list) else [None]
    if None in names:
        raise UnexpectedReplyError(
            f"{purpose}: the answer is not a list of permissions. Check api_url and any proxy in between.",
            status_code=reply.status,
        )
    return frozenset(name for name in names if name)


def _name(item: Any) -> str | None:
    name = item["attributes"].get("name") if is_object(item, "permissions") else None
    return name if isinstance(name, str) else None
