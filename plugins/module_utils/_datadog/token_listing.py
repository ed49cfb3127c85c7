# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Listings of access tokens that can be believed: of the whole organization, not of what a caller may see."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from .._api.client import Client
from .._api.errors import DatadogError, ForbiddenError, NotFoundError, UnexpectedReplyError
from .._api.pages import Listing, read_all

PATH = ("api", "v2", "personal_access_tokens")
APPLICATION_KEYS = ("api", "v2", "application_keys")
HALF_VIEW = (
    "Without the permission org_app_keys_read (and that scope, if the credentials are scoped) Datadog shows only the "
    "caller's own access tokens, so nothing can be said about those of others."
)


class TokenListing:
    """The list of access tokens of one organization, of people and of service accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._sees_all = False
        self._lock = threading.Lock()
        self._begun: float | None = None
        self._failed: tuple[float, DatadogError] | None = None
        self._items: Mapping[str, Mapping[str, Any]] = {}

    def read(self, purpose: str, params: Mapping[str, str | int], most_pages: int | None = None) -> Listing:
        """A whole listing, the oldest first.

        Datadog lists tokens for anybody who may have some, presumably only their own. What tells the difference is
        whether the same credentials may list the organization's application keys: that needs org_app_keys_read.

        :raises ForbiddenError: these credentials see only their own tokens.
        :raises DatadogError: a page could not be read. Never a NotFoundError: that would be about a token.
        """
        try:
            return self._read_checked(purpose, params, most_pages)
        except NotFoundError as error:
            raise UnexpectedReplyError(
                f"{error} There is no such list at this address, which says nothing about any access token. "
                f"Check site and api_url, and whether the organization has access tokens.",
                status_code=error.status_code,
            ) from None

    def _read_checked(self, purpose: str, params: Mapping[str, str | int], most_pages: int | None) -> Listing:
        def read() -> Listing:
            return read_all(
                self._client,
                PATH,
                # Oldest first: a token that is created meanwhile comes at the end and shifts no page.
                {"sort": "created_at", **params},
                purpose=purpose,
                when_forbidden=HALF_VIEW,
                most_pages=most_pages,
            )

        if self._sees_all:
            return read()
        found: list[Listing] = []

        def check_or_read(check: bool) -> None:
            if check:
                self._check_view(purpose)
            else:
                found.append(read())

        # Side by side; what goes wrong with the check is raised first.
        self._client.each(check_or_read, [True, False])
        self._sees_all = True
        return found[0]

    def _check_view(self, purpose: str) -> None:
        try:
            reply = self._client.request(
                "GET", APPLICATION_KEYS, params={"page[size]": 1, "page[number]": 0}, purpose=purpose
            )
        except ForbiddenError as error:
            raise ForbiddenError(f"{error} {HALF_VIEW}", status_code=error.status_code) from None
        if not isinstance((reply.data or {}).get("data"), list):
            raise UnexpectedReplyError(
                f"{purpose}: the answer is not a list of application keys, so it does not show whether these "
                f"credentials see all access tokens. Check api_url and any proxy in between.",
                status_code=reply.status,
            )

    def witness(self, token_id: str, since: float) -> Mapping[str, Any] | None:
        """The token as a complete listing of the organization has it; None if such a listing does not have it.

        A listing that does not have it may be older than this call: an ID is never given to another token. One that
        has it may not, as a removal takes a moment to reach everywhere.

        :param since: a reading of ``time.monotonic``; the listing was begun after that.
        :raises DatadogError: there is no such listing.
        """
        called = time.monotonic()
        with self._lock:
            if self._failed and self._failed[0] >= called:
                raise self._failed[1]  # of the listing that this call has waited for
            if self._begun is None or self._begun < (called if token_id in self._items else since):
                begun = time.monotonic()
                try:
                    found = self.read("Listing access tokens to confirm that one is gone", {})
                except DatadogError as error:
                    self._failed = (time.monotonic(), error)
                    raise
                self._failed = None
                self._items = {item["id"].lower(): item for item in found.items}
                self._begun = begun
            return self._items.get(token_id)
