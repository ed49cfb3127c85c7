# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an organization is made of: users, application keys, access tokens, credentials. Plain data, no behaviour."""

from __future__ import annotations

import dataclasses
import string
import uuid
from typing import Any

from .surroundings import Surroundings

PERMISSIONS = (
    "org_app_keys_read",
    "org_app_keys_write",
    "user_app_keys",
    "user_access_read",
    "user_access_manage",
    "service_account_write",
    "api_keys_read",
    "org_authorized_apps_read",
    "audit_logs_read",  # without it, last uses of keys are null
)


@dataclasses.dataclass
class User:
    """A person or a service account. `status` is Active, Pending or Disabled; e-mails are lower-case."""

    id: str
    email: str
    name: str | None = None
    handle: str = ""
    title: str | None = None
    status: str = "Active"
    disabled: bool = False
    service_account: bool = False
    verified: bool = True
    roles: list[str] = dataclasses.field(default_factory=list)
    permissions: list[str] = dataclasses.field(default_factory=list)
    created_at: str = "2023-01-09T08:00:00.000000+00:00"
    last_login_at: str | None = None

    def __post_init__(self) -> None:
        self.email = self.email.lower()
        self.handle = self.handle or self.email


@dataclasses.dataclass(eq=False)
class Key:
    """An application key. Dates are ISO 8601 strings; `scopes: None` is all that the owner may do;
    `leaked` is None or {"date", "leak_source"}."""

    id: str
    name: str
    secret: str
    owner_id: str
    created_at: str
    last_used_at: str | None = None
    scopes: list[str] | None = None
    leaked: dict[str, str] | None = None

    @property
    def last4(self) -> str:
        """The only part of the secret that version 2 shows."""
        return self.secret[-4:]


PERSONAL, SERVICE = "personal", "service"
_PREFIXES = {PERSONAL: "ddpat_", SERVICE: "ddsat_"}
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def token_alias(token_id: str) -> str:
    """The part of a token's secret that everybody may see: its id as a number, in base 62, with 22 digits."""
    number, digits = uuid.UUID(token_id).int, ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(22, "0")


@dataclasses.dataclass(eq=False)
class Token:
    """An access token: `personal`, of a person, or `service`, of a service account.

    Authenticates without an API key. Dates end in Z and have 0 to 9 digits behind the second; `modified_at` is
    None as long as nothing was changed, `expires_at` for a service token without an end. The secret is made of
    the id and of `tail`, what only its owner knows.
    """

    id: str
    name: str
    owner_id: str
    created_at: str
    tail: str
    kind: str = PERSONAL
    scopes: list[str] = dataclasses.field(default_factory=list)
    expires_at: str | None = None
    last_used_at: str | None = None
    modified_at: str | None = None

    @property
    def secret(self) -> str:
        """What authenticates."""
        return f"{_PREFIXES[self.kind]}{token_alias(self.id)}_{self.tail}"

    @property
    def public_portion(self) -> str:
        """As recorded: bare of a personal token, with its prefix of a service token."""
        alias = token_alias(self.id)
        return _PREFIXES[SERVICE] + alias if self.kind == SERVICE else alias


@dataclasses.dataclass
class Credentials:
    """What authenticates beside the living application keys and access tokens: the API keys."""

    api_keys: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Role:
    """A role, only its name and id: permissions are kept with each user."""

    id: str
    name: str


@dataclasses.dataclass
class Deletion:
    """One application key or access token that went: when (seconds since the epoch) and by whom (user id, or
    "actor"). `kind` is "key" or "token"."""

    id: str
    name: str
    owner_id: str
    time: float
    by: str
    kind: str = "key"


@dataclasses.dataclass
class Contents:
    """Everything that a builder makes and that an organization starts with."""

    users: list[User] = dataclasses.field(default_factory=list)
    keys: list[Key] = dataclasses.field(default_factory=list)
    tokens: list[Token] = dataclasses.field(default_factory=list)
    roles: list[Role] = dataclasses.field(default_factory=list)
    credentials: Credentials = dataclasses.field(default_factory=Credentials)
    surroundings: Surroundings = dataclasses.field(default_factory=Surroundings)
    flags: dict[str, Any] = dataclasses.field(default_factory=dict)
