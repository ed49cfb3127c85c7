# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What the credentials may do, as far as reads alone can show it. A ``yes`` is always proved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._api.client import Client
from .._api.errors import NotFoundError, UnexpectedReplyError
from .._datadog import api_keys, oauth_grants, user_details
from .._datadog.account import Account
from .._datadog.application_keys_v1 import KeysV1
from .._datadog.application_keys_v2 import PATH as KEYS
from .._datadog.own_credential import OwnCredential, kind_of, read_own
from .._datadog.token_listing import PATH as TOKENS
from .look import COMPLETE, NOT_AVAILABLE, NOT_PERMITTED, Look, look, side_by_side

YES, NO, CANNOT_TELL = "yes", "no", "cannot tell"
KEYS_READ, KEYS_WRITE, ACCOUNTS_WRITE = "org_app_keys_read", "org_app_keys_write", "service_account_write"
SEES_USES = "audit_logs_read"
NAMES = (
    "org_app_keys_read",
    "org_app_keys_write",
    "user_access_read",
    "access_tokens_read",
    "access_tokens_revoke",
    "service_account_write",
    "api_keys_read",
    "org_authorized_apps_read",
    "last_used_at",
    "api_v1",
)
# Nobody's: no key has it.
NO_KEY = "0" * 40
ANSWERS = {NOT_PERMITTED: NO, NOT_AVAILABLE: NO}

Answer = dict[str, str]


class Abilities:
    """Looks at what one set of credentials may do. It sends nothing but reads.

    :ivar account: whose credentials they are.
    :ivar kind: what they are: an application key, a personal or a service access token.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self.account = Account(client)
        self.kind = kind_of(client.credentials.app_key)
        self.own = OwnCredential()

    def find_out(self) -> dict[str, Answer]:
        """``{answer, why}`` for each of NAMES; the answer is YES, NO or CANNOT_TELL, and only a plain YES has no why.

        :raises DatadogError: the credentials are not accepted, or Datadog does not tell whose they are.
        """
        # First alone: it tells wrong credentials from a missing permission.
        caller = self.account.caller()
        reads = [
            lambda: look(lambda: self._page(KEYS, "application keys", size=100), KEYS_READ),
            lambda: look(lambda: self._page(user_details.PATH, "users"), user_details.PERMISSION),
            lambda: look(lambda: user_details.read_permissions(self._client.apart(), caller), user_details.PERMISSION),
            lambda: look(lambda: self._page(TOKENS, "access tokens"), KEYS_READ, may_be_absent=True),
            lambda: look(lambda: self._page(api_keys.PATH, "API keys"), api_keys.PERMISSION),
            lambda: look(
                lambda: self._page(oauth_grants.PATH, "OAuth apps"), oauth_grants.PERMISSION, may_be_absent=True
            ),
            self._look_at_v1,
            lambda: read_own(self._client.apart(), caller),
        ]
        keys, users, permissions, tokens, made, grants, v1, self.own = side_by_side(self._client.each, reads)
        writes = self._granted(KEYS_WRITE, permissions)
        sees_tokens = _all_of(_shown(tokens), _half_view(keys))
        told = (
            _shown(keys),
            writes,
            _shown(users),
            sees_tokens,
            # Revoking is believed only where the token can be read before and after.
            _all_of(writes, sees_tokens),
            self._granted(ACCOUNTS_WRITE, permissions),
            _shown(made),
            _shown(grants),
            self._uses(keys, permissions),
            self._v1_answers(v1, keys),
        )
        return dict(zip(NAMES, told))

    def _page(self, path: Sequence[str], what: str, size: int = 1) -> Sequence[Mapping[str, Any]]:
        """The first objects of a listing: enough to see whether it may be read."""
        reply = self._client.apart().request(
            "GET",
            path,
            params={"page[size]": size, "page[number]": 0},
            purpose=f"Listing {what}",
        )
        items = (reply.data or {}).get("data")
        if not isinstance(items, list):
            raise UnexpectedReplyError(f"Listing {what}: the answer contains no list. Check api_url.", status_code=200)
        return [item for item in items if isinstance(item, dict)]

    def _look_at_v1(self) -> Look:
        """Ask API v1 about an application key that nobody has."""

        def read() -> bool:
            try:
                KeysV1(self._client.apart()).get(NO_KEY)
            except NotFoundError:
                return True
            return False

        return look(read, KEYS_READ)

    def _granted(self, permission: str, permissions: Look) -> Answer:
        """Whether the account has a permission and the scopes of the credentials let it through."""
        if permissions.status != COMPLETE:
            return _answer(
                CANNOT_TELL,
                f"Only an actual change, or the permissions of the account, can show it. {permissions.message}",
            )
        if permission not in permissions.found:
            return _answer(NO, f"The roles of the account do not grant {permission}.")
        admitted = self.own.admits(permission)
        if admitted is None:
            return _answer(
                CANNOT_TELL,
                f"The account has {permission}, but the scopes of the credentials are not known. {self.own.why}",
            )
        if not admitted:
            return _answer(NO, f"The account has {permission}, but the credentials are not scoped to it.")
        return _answer(YES)

    def _uses(self, keys: Look, permissions: Look) -> Answer:
        """Whether last uses are recorded and visible: Datadog needs Audit Trail and ``audit_logs_read`` for them."""
        if keys.status != COMPLETE:
            return _answer(CANNOT_TELL, f"This needs a listing of application keys. {keys.message}")
        if any(_attributes(item).get("last_used_at") for item in keys.found):
            return _answer(YES)
        granted = self._granted(SEES_USES, permissions)
        if granted["answer"] == NO:
            return _answer(NO, f"No last use is visible. {granted['why']}")
        return _answer(
            CANNOT_TELL,
            f"None of {len(keys.found)} application keys shows when it was last used: Audit Trail may be off, the "
            f"credentials may lack {SEES_USES}, or none of these keys was used.",
        )

    def _v1_answers(self, v1: Look, keys: Look) -> Answer:
        if self._client.address.government:
            return _answer(NO, f"API v1 has no application keys on {self._client.address.name}.")
        if v1.status == COMPLETE and v1.found:
            return _answer(YES)
        if v1.status == COMPLETE:
            return _answer(CANNOT_TELL, "API v1 returned an application key that cannot exist.")
        if v1.status == NOT_PERMITTED and keys.status == COMPLETE:
            return _answer(NO, f"The organization is probably in One-Time Read mode. {v1.message}")
        return _answer(CANNOT_TELL, v1.message)


def _answer(answer: str, why: str | None = None) -> Answer:
    return {"answer": answer, "why": why or ""}


def _attributes(item: Mapping[str, Any]) -> Mapping[str, Any]:
    attributes = item.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _shown(one: Look) -> Answer:
    """What a read has shown: it came, it was refused, there is no such thing, or something else went wrong."""
    if one.status == COMPLETE:
        return _answer(YES)
    needs = f"It needs {one.permission}. " if one.permission else ""
    absent = "This site or organization does not have it. " if one.status == NOT_AVAILABLE else ""
    return _answer(ANSWERS.get(one.status, CANNOT_TELL), f"{needs}{absent}{one.message}")


def _half_view(keys: Look) -> Answer:
    """With ``user_app_keys`` alone, Datadog presumably lists only one's own tokens; this tells the two apart."""
    if keys.status == COMPLETE:
        return _answer(YES)
    shown = _shown(keys)
    return _answer(
        shown["answer"],
        f"Only a listing of all application keys proves that the listing of tokens is not limited to the account's "
        f"own. {shown['why']}",
    )


def _all_of(*answers: Answer) -> Answer:
    """The worst of these answers: no before cannot tell before yes."""
    return next((one for wanted in (NO, CANNOT_TELL) for one in answers if one["answer"] == wanted), _answer(YES))


def unanswered() -> dict[str, Answer]:
    """The answers where nothing could be determined."""
    return {name: _answer(CANNOT_TELL, "The request to Datadog failed.") for name in NAMES}
