# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Application keys through API v1, which addresses a key by its secret.

The secret stands in the URL and in the answer (``hash``), so neither ever goes into a message.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .._api.answers import Reply
from .._api.client import Client
from .._api.errors import NotFoundError, OptionError, UnexpectedReplyError
from .application_keys import NOUN, another_404, application_key, is_managed, masked
from .credential import CredentialKind, Facts, Found, Listing
from .directory import Directory
from .users import owner, text
from .view import View

HALF_VIEW = (
    "Without the permission org_app_keys_read (and that scope, if the credentials are scoped) Datadog may show only "
    "the caller's own application keys, so its 404 says nothing about those of others."
)
SWITCHED_OFF = (
    "The application key may lack org_app_keys_read or org_app_keys_write. "
    "Or the organization is in One-Time Read mode, where API v1 is switched off for application keys. "
    "In that case, use api_version: v2 with app_key_id."
)


class KeysV1(CredentialKind):
    """The keys of one organization; a reference is a key's secret."""

    noun = NOUN
    can_list = False

    def __init__(self, client: Client, directory: Directory | None = None) -> None:
        """:raises OptionError: API v1 does not serve application keys at this site (documentation of the API)."""
        if client.address.government:
            raise OptionError(
                f"API v1 has no application keys on {client.address.name}. Use api_version: v2 with app_key_id."
            )
        super().__init__(client, directory)
        self._view = View(client, "Checking that API v1 shows all application keys", HALF_VIEW)
        self._deleted: set[str] = set()

    def unread(self, ref: str) -> Facts:
        """What is known of a key without reading it."""
        return application_key(last4=ref[-4:])

    def get(self, ref: str) -> Found:
        """Read a key.

        API v1 serves whoever may see only their own keys too, and what it says about those of others is not known: its
        404 counts if the same credentials may list all keys, or if it has accepted the delete of this very key.

        :raises NotFoundError: Datadog says that this key does not exist.
        :raises DatadogError: anything else that is no answer to the question.
        """
        try:
            return Found(self._facts(self._send("GET", "Reading", ref), ref))
        except NotFoundError:
            if ref not in self._deleted:
                self._view.since(time.monotonic())
            raise

    def delete(self, ref: str) -> int:
        """Delete a key; the status of the answer. Success is 200 with the object (recorded).

        :raises NotFoundError: Datadog says that this key does not exist.
        :raises DatadogError: anything else; see ``effect_possible``.
        """
        reply = self._send("DELETE", "Deleting", ref)
        self._facts(reply, ref)
        self._deleted.add(ref)
        return reply.status

    def list(self, *, purpose: str = "Listing application keys", **_filters: Any) -> Listing:
        """:raises OptionError: API v1 cannot list."""
        raise OptionError(f"{purpose}: API v1 cannot list application keys. Use api_version: v2.")

    def own(self, candidates: Mapping[str, Facts]) -> set[str]:
        """Which of these is the key that this task runs with: the secret tells."""
        return {self._client.credentials.app_key} & set(candidates)

    def is_managed(self, facts: Facts) -> bool:
        """Whether one of Datadog's integrations runs on the key."""
        return is_managed(facts)

    def _send(self, method: str, verb: str, secret: str) -> Reply:
        try:
            return self._client.request(
                method,
                ("api", "v1", "application_key", secret),
                purpose=f"{verb} application key {masked(secret)}",
                when_forbidden=SWITCHED_OFF,
            )
        except NotFoundError as error:
            raise another_404(error) or error from None

    def _facts(self, reply: Reply, secret: str) -> Facts:
        item: Any = (reply.data or {}).get("application_key")
        if not isinstance(item, Mapping) or item.get("hash") != secret:
            raise UnexpectedReplyError(
                f"Datadog's answer about application key {masked(secret)} does not contain that key. "
                f"Check api_url and any proxy in between.",
                status_code=reply.status,
                effect_possible=True,
            )
        return application_key(
            name=text(item.get("name")), last4=secret[-4:], owner=owner(email=text(item.get("owner")))
        )
