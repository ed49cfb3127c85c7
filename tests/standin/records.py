# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an organization is made of: users, application keys, credentials. Plain data, no behaviour."""

from __future__ import annotations

import dataclasses
from typing import Any

PERMISSIONS = (
    "org_app_keys_read",
    "org_app_keys_write",
    "user_app_keys",
    "user_access_read",
    "service_account_write",
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


@dataclasses.dataclass
class Token:
    """A personal (`ddpat_`) or service (`ddsat_`) access token: authenticates without an API key."""

    owner_id: str
    scopes: list[str] | None = None


@dataclasses.dataclass
class Credentials:
    """What authenticates beside the secrets of the living application keys."""

    api_keys: list[str] = dataclasses.field(default_factory=list)
    tokens: dict[str, Token] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Role:
    """A role, only its name and id: permissions are kept with each user."""

    id: str
    name: str


@dataclasses.dataclass
class Deletion:
    """One application key that went: when (seconds since the epoch) and by whom (user id, or "actor")."""

    id: str
    name: str
    owner_id: str
    time: float
    by: str


@dataclasses.dataclass
class Contents:
    """Everything that a builder makes and that an organization starts with."""

    users: list[User] = dataclasses.field(default_factory=list)
    keys: list[Key] = dataclasses.field(default_factory=list)
    roles: list[Role] = dataclasses.field(default_factory=list)
    credentials: Credentials = dataclasses.field(default_factory=Credentials)
    flags: dict[str, Any] = dataclasses.field(default_factory=dict)
