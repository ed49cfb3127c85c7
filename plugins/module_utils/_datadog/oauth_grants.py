# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""OAuth grants: what people let apps do for them. They are only ever read.

Published, but not recorded; so nothing is relied on that is not necessary: a filter is applied here again, and a
client's name may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._api.client import Client
from .._api.errors import UnexpectedReplyError
from .ages import moment_text
from .objects import is_object, read_objects, related_id, related_ids
from .users import Facts, text

PATH = ("api", "v2", "org_authorized_clients")
CLIENT, GRANT, APP = "org_authorized_clients", "user_authorized_clients", "oauth2_clients"
PERMISSION = "org_authorized_apps_read"
MAY_NOT_READ = f"The credentials need the permission {PERMISSION} (and that scope, if they are scoped)."


def list_clients(client: Client) -> list[Facts]:
    """The apps that people of the organization authorized, by name.

    Each ``{id, name, disabled}``: ``disabled`` for the whole organization, None where that is not told.

    :raises NotFoundError: this site or organization does not have them.
    :raises ForbiddenError: ``org_authorized_apps_read`` is missing.
    :raises DatadogError: the list could not be read whole.
    """
    listing = read_objects(
        client,
        PATH,
        {"include": "oauth2_client"},
        CLIENT,
        purpose="Listing OAuth apps",
        when_forbidden=MAY_NOT_READ,
    )
    apps = {item["id"]: item["attributes"].get("name") for item in listing.included if is_object(item, APP)}
    clients = [
        {
            "id": item["id"],
            "name": text(apps.get(related_id(item, "oauth2_client"))),
            "disabled": _flag(item["attributes"].get("disabled")),
        }
        for item in listing.items
    ]
    return sorted(clients, key=lambda facts: (str(facts["name"]).casefold(), facts["id"]))


def list_grants(client: Client, clients: Sequence[Facts], user: Facts) -> list[Facts]:
    """What one user granted to these apps, a request for each app.

    Each ``{id, client, scopes, created_at, modified_at, last_used_at, disabled, active}``. ``client`` is the shape of
    ``list_clients``; ``disabled`` tells whether the user or the organization took the grant back, and ``active`` is
    False only where Datadog says that the grant or the app is disabled.

    :param user: with ``id`` and ``email``.
    :raises DatadogError: a list could not be read whole.
    """

    def of(one: Facts) -> list[Facts]:
        purpose = f"Listing what {user['email'] or user['id']} granted to the OAuth app {one['name'] or one['id']}"
        # Whether the filter takes part of an e-mail is not documented; the user's ID decides.
        params = {"filter[user][email]": user["email"]} if user["email"] else {}
        listing = read_objects(
            client, (*PATH, one["id"], GRANT), params, GRANT, purpose=purpose, when_forbidden=MAY_NOT_READ
        )
        owners = [related_id(item, "user") for item in listing.items]
        if None in owners:
            raise UnexpectedReplyError(
                f"{purpose}: a grant does not say whose it is. Look at api_url, and at a proxy on the way.",
                status_code=200,
            )
        return [_facts(item, one) for item, owner in zip(listing.items, owners) if str(owner).lower() == user["id"]]

    return [grant for grants in client.each(of, clients) for grant in grants]


def _facts(item: Mapping[str, Any], client: Facts) -> Facts:
    attributes = item["attributes"]
    flags = [_flag(attributes.get(name)) for name in ("disabled", "org_disabled")]
    disabled = True if True in flags else None if None in flags else False
    return {
        "id": item["id"],
        "client": client,
        "scopes": related_ids(item, "scopes"),
        **{name: moment_text(attributes.get(name)) for name in ("created_at", "modified_at")},
        "last_used_at": moment_text(attributes.get("last_exercised")),
        "disabled": disabled,
        "active": not (disabled or client["disabled"]),
    }


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
