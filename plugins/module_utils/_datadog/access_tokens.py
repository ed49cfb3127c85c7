# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Access tokens: the personal ones of people, and the service ones of service accounts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from .._api.answers import UUID, Reply
from .._api.client import Client
from .._api.errors import DatadogError, ForbiddenError, NotFoundError, UnexpectedReplyError
from .ages import moment_text
from .credential import CredentialKind, Facts, Found, Listing
from .directory import Directory, Match
from .objects import is_object, related_id
from .owners import Owners
from .token_ids import id_from_secret
from .token_listing import PATH, TokenListing
from .users import NOBODY, text

NOUN = "access token"
PERSONAL, SERVICE = "personal", "service"
LABELS = {"personal_access_tokens": PERSONAL, "service_access_tokens": SERVICE}
TIMES = ("created_at", "expires_at", "last_used_at", "modified_at")

NEEDS = (
    "The credentials need the permission {permission} (and that scope, if they are scoped). "
    "Check also that site and organization are the right ones."
)
MAY_NOT_READ = NEEDS.format(permission="org_app_keys_read")
MAY_NOT_WRITE = NEEDS.format(permission="org_app_keys_write")
MAY_NOT_MANAGE = NEEDS.format(permission="service_account_write")
LOOK_AROUND = "Check api_url and any proxy in between."


def access_token(**known: Any) -> Facts:
    """A token's facts, the unknown ones as None.

    ``{id, kind, name, created_at, expires_at, last_used_at, modified_at, scopes, owner}``, where ``kind`` is
    ``personal`` or ``service`` and ``owner`` is the shape of ``users.owner``. Never a secret.
    """
    facts: Facts = dict.fromkeys(("id", "kind", "name", *TIMES, "scopes", "owner"))
    facts["owner"] = NOBODY
    facts.update(known)
    return facts


class AccessTokens(CredentialKind):
    """The access tokens of one organization; a reference is a token's ID.

    Three facts about the API shape this class. A DELETE answers 204 again for a token that is gone (recorded), so it
    proves nothing. No 404 is recorded, so none is believed by its words: it takes a complete listing without that
    token beside it. And the labels of tokens have changed once, so whether an owner is a service account is asked of
    the users.
    """

    noun = NOUN

    def __init__(self, client: Client, directory: Directory | None = None, *, owners: bool = True) -> None:
        """:param owners: whether owners are read. Otherwise they are IDs, and the kind is what Datadog's label says."""
        super().__init__(client, directory)
        self._with_owners = owners
        self._owners = Owners(client, self._directory.described, self._directory.everyone)
        self._listing = TokenListing(client)
        # What the latest read of a token told: it decides on the path of the next request about it.
        self._latest: dict[str, Facts] = {}
        # When the latest delete of a token was over: only a listing begun after that says anything about it.
        self._deleted: dict[str, float] = {}

    def find_owner(self, name: str) -> Match:
        """Who is named by an e-mail, a handle or an ID.

        :raises DatadogError: the request to Datadog failed.
        """
        match = super().find_owner(name)
        self._owners.learn([*match.people, *match.service_accounts, *match.unclear])
        return match

    def unread(self, ref: str) -> Facts:
        """What is known of a token without reading it."""
        return access_token(id=ref)

    def get(self, ref: str) -> Found:
        """Read a token.

        :raises NotFoundError: Datadog answers 404, and a complete listing does not have it either; after a delete, a
            listing that was begun later.
        :raises DatadogError: anything else that is no answer to the question.
        """
        try:
            item = self._read(ref, self._latest.get(ref))
        except NotFoundError as error:
            item = self._listed_nevertheless(ref, error)
        return Found(self._facts([item])[0])

    def delete(self, ref: str) -> int:
        """Revoke a token; the status of the answer. Success is an empty 204, which proves nothing.

        :raises NotFoundError: Datadog answers 404.
        :raises DatadogError: anything else; see ``effect_possible``.
        """
        facts = self._latest.get(ref)
        may_not = MAY_NOT_MANAGE if _is_service(facts) else MAY_NOT_WRITE
        try:
            return self._send("DELETE", "Revoking", ref, facts, 204, may_not).status
        finally:
            self._deleted[ref] = time.monotonic()

    def list(
        self,
        *,
        purpose: str = "Listing access tokens",
        owner_id: str | None = None,
        name: str | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        most_pages: int | None = None,
        related: bool = True,
        whole: bool = True,
    ) -> Listing:
        """All tokens that match, of people and of service accounts, the oldest first.

        Datadog has no filter on dates here, so those are left to the caller. The one on owners has had other names,
        and an older deployment may ignore it, so it is applied here again.

        :param whole: is not asked, as nothing is looked up here for what it has alone.
        :raises ForbiddenError: these credentials see only their own tokens.
        """
        params: dict[str, str | int] = {}
        if name:
            params["filter"] = name
        if owner_id:
            params["filter[owned_by]"] = owner_id
        listing = self._listing.read(purpose, params, most_pages)
        items: Sequence[Mapping[str, Any]] = listing.items
        if not all(_is_token(item) for item in items):
            raise UnexpectedReplyError(
                f"{purpose}: the answer contains something that is not an access token. {LOOK_AROUND}", status_code=200
            )
        if owner_id:
            if not all(_owner_id(item) for item in items):
                raise UnexpectedReplyError(
                    f"{purpose}: a token does not name its owner. {LOOK_AROUND}", status_code=200
                )
            items = [item for item in items if _owner_id(item) == owner_id]
        return Listing(list(self._facts(items, related)), [], listing.total, listing.requests)

    def own(self, candidates: Mapping[str, Facts]) -> set[str]:
        """Which of these, by ID, is or may be the token that this task runs with.

        Its ID follows from its secret. Where that cannot be told, or leads to no token, every candidate that is or
        may be the caller's own counts: rather one refusal too many.
        """
        credentials = self._client.credentials
        if not candidates or not credentials.is_token:
            return set()
        own_id = id_from_secret(credentials.app_key)
        if own_id and own_id in candidates:
            return {own_id}
        try:
            user_id = self.account.caller()["id"]
        except DatadogError:
            return set(candidates)
        mine = {ref for ref, facts in candidates.items() if facts["owner"]["id"] in (user_id, None)}
        return set() if mine and own_id and self._exists(own_id) else mine

    def is_deleted_last(self, facts: Facts) -> bool:
        """Service tokens take service_account_write, and personal ones org_app_keys_write (description of the API)."""
        return _is_service(facts)

    def _exists(self, token_id: str) -> bool:
        try:
            self.get(token_id)
        except DatadogError:
            return False
        return True

    def _read(self, token_id: str, latest: Facts | None) -> Mapping[str, Any]:
        """:raises NotFoundError: any 404 of Datadog's own."""
        may_not = MAY_NOT_MANAGE if _is_service(latest) else MAY_NOT_READ
        reply = self._send("GET", "Reading", token_id, latest, 200, may_not)
        item: Any = (reply.data or {}).get("data")
        if not _is_token(item) or item["id"].lower() != token_id:
            raise UnexpectedReplyError(
                f"Datadog's answer about access token {token_id} does not contain that token. {LOOK_AROUND}",
                status_code=reply.status,
            )
        return dict(item)

    def _listed_nevertheless(self, token_id: str, error: NotFoundError) -> Mapping[str, Any]:
        """The token after a 404, if it is a service account's: Datadog describes the other path for people's only.

        :raises NotFoundError: a complete listing does not have it either.
        """
        item = self._listing.witness(token_id, self._deleted.get(token_id, float("-inf")))
        if item is None:
            raise error
        if not _is_token(item):
            raise UnexpectedReplyError(f"{error} But the listing shows it in another shape.", status_code=404)
        before, facts = self._latest.get(token_id), self._facts([item])[0]
        if _is_service(facts) and not _is_service(before):
            try:
                return self._read(token_id, facts)
            except ForbiddenError:
                return item  # the listing has just shown it
            except NotFoundError as again:
                error = again
        raise UnexpectedReplyError(
            f"{error} But the list of access tokens still shows it, so whether it works is not certain.",
            status_code=404,
        )

    def _send(
        self, method: str, verb: str, token_id: str, facts: Facts | None, expect: int, when_forbidden: str
    ) -> Reply:
        path: Sequence[str] = (*PATH, token_id)
        if facts and _is_service(facts):
            path = ("api", "v2", "service_accounts", facts["owner"]["id"], "access_tokens", token_id)
        return self._client.request(
            method,
            path,
            purpose=f"{verb} access token {token_id}",
            expect=expect,
            when_forbidden=when_forbidden,
        )

    def _facts(self, items: Sequence[Mapping[str, Any]], related: bool = True) -> Sequence[Facts]:
        """The facts of tokens, with their owners as far as these are known or, if ``related``, can be read."""
        owner_ids = [owner_id for owner_id in map(_owner_id, items) if owner_id]
        owners = (
            self._owners.of(owner_ids)
            if related and self._with_owners
            else {one: self._owners.known(one) for one in owner_ids}
        )
        told = [_token_facts(item, owners.get(_owner_id(item) or "", NOBODY)) for item in items]
        self._latest.update((facts["id"], facts) for facts in told)
        return told


def _is_token(item: Any) -> bool:
    return any(is_object(item, label) for label in LABELS) and UUID.fullmatch(item["id"]) is not None


def _is_service(facts: Facts | None) -> bool:
    return bool(facts and facts["kind"] == SERVICE and facts["owner"]["id"])


def _owner_id(item: Mapping[str, Any]) -> str | None:
    owner_id = related_id(item, "owned_by")
    return owner_id.lower() if owner_id else None


def _token_facts(item: Mapping[str, Any], owner: Facts) -> Facts:
    attributes, scopes, service = item["attributes"], item["attributes"].get("scopes"), owner["service_account"]
    return access_token(
        id=item["id"].lower(),
        # The label is only asked where the owner could not be read.
        kind=LABELS[item["type"]] if service is None else SERVICE if service else PERSONAL,
        name=text(attributes.get("name")),
        **{name: moment_text(attributes.get(name)) for name in TIMES},
        scopes=[scope for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else None,
        owner=owner,
    )
