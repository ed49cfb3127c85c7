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
from .._api.errors import NotFoundError, UnexpectedReplyError
from .._api.pages import PAGE_SIZE
from .ages import moment_text
from .objects import is_object, read_objects, related_id, related_ids
from .users import Facts, text

PATH = ("api", "v2", "org_authorized_clients")
CLIENT, GRANT, APP = "org_authorized_clients", "user_authorized_clients", "oauth2_clients"
PERMISSION = "org_authorized_apps_read"
MAY_NOT_READ = f"The credentials need the permission {PERMISSION} (and that scope, if they are scoped)."


class OAuthGrants:
    """The apps that people of the organization authorized, and who granted them what.

    Apps with few users are read whole, once for everybody; of the others, what is asked for.
    """

    def __init__(self, client: Client) -> None:
        """Nothing is read yet."""
        self._client = client
        self._apps: list[Facts] = []
        self._grants: dict[str, Sequence[Mapping[str, Any]]] = {}

    def read(self) -> OAuthGrants:
        """Read the apps, and the grants of those with few users.

        :raises NotFoundError: this site or organization does not have them.
        :raises ForbiddenError: ``org_authorized_apps_read`` is missing.
        :raises DatadogError: a list could not be read whole.
        """
        listing = read_objects(
            self._client,
            PATH,
            {"include": "oauth2_client"},
            CLIENT,
            purpose="Listing OAuth apps",
            when_forbidden=MAY_NOT_READ,
        )
        names = {item["id"]: item["attributes"].get("name") for item in listing.included if is_object(item, APP)}
        self._apps = [
            {
                "id": item["id"],
                "name": text(names.get(related_id(item, "oauth2_client"))),
                "disabled": _flag(item["attributes"].get("disabled")),
            }
            for item in listing.items
        ]
        self._apps.sort(key=lambda app: (str(app["name"]).casefold(), app["id"]))
        large = {item["id"] for item in listing.items if not _has_few(item["attributes"].get("user_count"))}
        small = [app for app in self._apps if app["id"] not in large]
        found = self._client.each(lambda app: self._of_app(app, {}), small)
        self._grants = {app["id"]: grants for app, grants in zip(small, found)}
        return self

    def of(self, user: Facts) -> list[Facts]:
        """What one user granted, by app.

        Each ``{id, client, scopes, created_at, modified_at, last_used_at, disabled, active}``. ``client`` is
        ``{id, name, disabled}``, ``disabled`` for the whole organization. ``disabled`` tells whether the user or the
        organization took the grant back, and ``active`` is False only where Datadog says that the grant or the app is
        disabled.

        :param user: with ``id`` and ``email``.
        :raises DatadogError: a list could not be read whole.
        """

        def of_app(app: Facts) -> list[Facts]:
            grants = self._grants.get(app["id"])
            if grants is None:
                # Whether the filter takes part of an e-mail is not documented; the user's ID decides.
                grants = self._of_app(app, {"filter[user][email]": user["email"]} if user["email"] else {})
            return [_facts(item, app) for item in grants if str(related_id(item, "user")).lower() == user["id"]]

        return [grant for grants in self._client.each(of_app, self._apps) for grant in grants]

    def _of_app(self, app: Facts, params: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        purpose = f"Listing the grants to the OAuth app {app['name'] or app['id']}"
        path = (*PATH, app["id"], GRANT)
        try:
            listing = read_objects(self._client, path, params, GRANT, purpose=purpose, when_forbidden=MAY_NOT_READ)
        except NotFoundError as error:
            # It was in the list a moment ago, so this is not an organization without OAuth apps.
            raise UnexpectedReplyError(f"{error} Run it again.", status_code=error.status_code) from None
        if any(related_id(item, "user") is None for item in listing.items):
            raise UnexpectedReplyError(
                f"{purpose}: a grant does not name its user. Check api_url and any proxy in between.",
                status_code=200,
            )
        return listing.items


def _has_few(count: Any) -> bool:
    """Whether one page holds them all. Nothing else hangs on this number."""
    return isinstance(count, int) and count <= PAGE_SIZE


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
