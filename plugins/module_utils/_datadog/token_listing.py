# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Listings of access tokens that can be believed: of the whole organization, not of what a caller may see."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .._api.client import Client
from .._api.errors import NotFoundError, UnexpectedReplyError
from .._api.pages import Listing, read_all
from .shared import Shared
from .view import View

PATH = ("api", "v2", "personal_access_tokens")
HALF_VIEW = (
    "Without the permission org_app_keys_read (and that scope, if the credentials are scoped) Datadog shows only the "
    "caller's own access tokens, so nothing can be said about those of others."
)


JUST_NOW = 1.0  # seconds; a check that another list ended with counts as the one before this list


class TokenListing:
    """The list of access tokens of one organization, of people and of service accounts."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._view = View(client, "Checking that all access tokens are listed", HALF_VIEW)
        self._witnesses = Shared(self._read_witnesses)

    def read(self, purpose: str, params: Mapping[str, str | int], most_pages: int | None = None) -> Listing:
        """A whole listing, the oldest first.

        Datadog lists tokens for anybody who may have some, presumably only their own. What tells the difference is
        whether the same credentials may list the organization's application keys: that needs org_app_keys_read. As a
        permission can be given or taken at any moment, they have to do so before the listing and after it.

        :raises ForbiddenError: these credentials see only their own tokens.
        :raises DatadogError: a page could not be read. Never a NotFoundError: that would be about a token.
        """
        try:
            self._view.since(time.monotonic() - JUST_NOW)
            listing = read_all(
                self._client,
                PATH,
                # Oldest first: a token that is created meanwhile comes at the end and shifts no page.
                {"sort": "created_at", **params},
                purpose=purpose,
                when_forbidden=HALF_VIEW,
                most_pages=most_pages,
            )
            self._view.since(time.monotonic())
            return listing
        except NotFoundError as error:
            raise UnexpectedReplyError(
                f"{error} There is no such list at this address, which says nothing about any access token. "
                f"Check site and api_url, and whether the organization has access tokens.",
                status_code=error.status_code,
            ) from None

    def witness(self, token_id: str, since: float) -> Mapping[str, Any] | None:
        """The token as a complete listing of the organization has it; None if such a listing does not have it.

        A listing that does not have it may be older than this call: an ID is never given to another token. One that
        has it may not, as a removal takes a moment to reach everywhere.

        :param since: a reading of ``time.monotonic``; the listing was begun after that.
        :raises DatadogError: there is no such listing.
        """
        called = time.monotonic()
        if token_id not in self._witnesses.since(since):
            return None
        return self._witnesses.since(called).get(token_id)

    def _read_witnesses(self) -> Mapping[str, Mapping[str, Any]]:
        listing = self.read("Listing access tokens to confirm that one is gone", {})
        return {item["id"].lower(): item for item in listing.items}
