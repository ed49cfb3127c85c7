# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is calling, and what they may do."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping

from . import answers
from .organization import Organization
from .records import Token, User

_TOKENS = ("ddpat_", "ddsat_")


@dataclasses.dataclass
class Sent:
    """The credentials of one request, raw."""

    api_key: str | None
    app_key: str | None
    bearer: str | None


@dataclasses.dataclass
class Caller:
    """An authenticated user. `scopes: None` is no restriction."""

    user: User
    scopes: list[str] | None

    def may(self, permission: str) -> bool:
        """Whether the user has the permission and the scopes let it through."""
        return permission in self.user.permissions and (self.scopes is None or permission in self.scopes)


def sent(headers: Mapping[str, str]) -> Sent:
    """The credentials in these (case-insensitive) headers."""
    scheme, _space, bearer = headers.get("Authorization", "").partition(" ")
    return Sent(
        api_key=headers.get("DD-API-KEY"),
        app_key=headers.get("DD-APPLICATION-KEY"),
        bearer=bearer.strip() if scheme.lower() == "bearer" else None,
    )


def _expired(token: Token) -> bool:
    if token.expires_at is None:
        return False
    # Whole seconds are enough here.
    end = datetime.datetime.strptime(token.expires_at[:19], "%Y-%m-%dT%H:%M:%S")
    return end.replace(tzinfo=datetime.timezone.utc) <= datetime.datetime.now(datetime.timezone.utc)


def check_api_key(organization: Organization, credentials: Sent) -> None:
    """:raises answers.RefusalError: 403 unless the API key is one of the organization's."""
    if credentials.api_key not in organization.credentials.api_keys:
        raise answers.RefusalError(answers.bad_credentials())


def authenticate(organization: Organization, credentials: Sent) -> Caller:
    """The user whose application key or access token came with the request.

    :raises answers.RefusalError: 401 without any, 403 with a bad one. So is the key or token of a disabled user,
        and a token past its end.
    """
    secret = credentials.app_key or credentials.bearer
    if not secret:
        raise answers.RefusalError(answers.no_application_key())
    if secret.startswith(_TOKENS):
        token = organization.tokens.by_secret(secret)
        owner_id, scopes = (token.owner_id, token.scopes) if token and not _expired(token) else (None, None)
    else:
        # Only access tokens may come as a bearer, and only they come without an API key.
        check_api_key(organization, credentials)
        key = organization.keys.by_secret(credentials.app_key or "")
        owner_id, scopes = (key.owner_id, key.scopes) if key else (None, None)
    user = organization.users.get(owner_id or "")
    if user is None or user.disabled:
        raise answers.RefusalError(answers.bad_credentials())
    return Caller(user, scopes)
