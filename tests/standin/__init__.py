# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for Datadog: a small HTTP server that keeps state and can be told to misbehave. See README.md."""

from __future__ import annotations

from .builders import (
    ACCESS_TOKEN,
    ADMINISTRATOR,
    API_KEY,
    APP_KEY,
    LEAVER,
    LEAVER_KEYS,
    LEAVER_TOKENS,
    NEIGHBOUR,
    NO_PERMISSION_APP_KEY,
    NO_USERS_APP_KEY,
    NOBODY,
    OPERATOR,
    PLAIN_USER_APP_KEY,
    READ_ONLY_APP_KEY,
    SCOPED_APP_KEY,
    SECOND_LEAVER,
    SERVICE_TOKEN,
    WRITE_ONLY_APP_KEY,
)
from .faults import Fault
from .log import Request
from .organization import Organization
from .records import Key, Token, User
from .server import StandIn

__all__ = [
    "ACCESS_TOKEN",
    "ADMINISTRATOR",
    "API_KEY",
    "APP_KEY",
    "LEAVER",
    "LEAVER_KEYS",
    "LEAVER_TOKENS",
    "NEIGHBOUR",
    "NOBODY",
    "NO_PERMISSION_APP_KEY",
    "NO_USERS_APP_KEY",
    "OPERATOR",
    "PLAIN_USER_APP_KEY",
    "READ_ONLY_APP_KEY",
    "SCOPED_APP_KEY",
    "SECOND_LEAVER",
    "SERVICE_TOKEN",
    "WRITE_ONLY_APP_KEY",
    "Fault",
    "Key",
    "Organization",
    "Request",
    "StandIn",
    "Token",
    "User",
]
