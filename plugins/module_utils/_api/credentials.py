# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The credentials: checked before anything is sent, and kept out of every text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .errors import OptionError

# Real API keys have 32 characters, application keys 40. Ansible masks every occurrence of a secret
# in the output: a placeholder of a few letters would mask half of the result.
SHORTEST_SECRET = 16
TOKEN_PREFIXES = ("ddpat_", "ddsat_")


@dataclass(frozen=True)
class Credentials:
    """Checked credentials, kept out of every ``repr``.

    :ivar api_key: None where ``app_key`` is an access token.
    """

    api_key: str | None = field(repr=False)
    app_key: str = field(repr=False)

    @property
    def is_token(self) -> bool:
        """Whether ``app_key`` is a personal or service access token instead of an application key."""
        return self.app_key.startswith(TOKEN_PREFIXES)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that authenticate. A token goes alone (documentation of the API)."""
        if self.api_key is None or self.is_token:
            return {"DD-APPLICATION-KEY": self.app_key}
        return {"DD-API-KEY": self.api_key, "DD-APPLICATION-KEY": self.app_key}


def credentials(api_key: str | None, app_key: str | None) -> Credentials:
    """Check what the user gave.

    :raises OptionError: one is missing, too short to be real, or cannot stand in a header.
    """
    if not app_key:
        raise OptionError(
            "app_key is missing: set the option app_key, or DD_APP_KEY (DATADOG_APP_KEY) in the environment. "
            "DD_BEARER_TOKEN is used if it holds an access token (ddpat_… or ddsat_…)."
        )
    _check_secret("app_key", app_key)
    if app_key.startswith(TOKEN_PREFIXES):
        return Credentials(None, app_key)
    if not api_key:
        raise OptionError(
            "api_key is missing: set the option api_key, or DD_API_KEY (DATADOG_API_KEY) in the environment. "
            "It is not needed if app_key is an access token (ddpat_… or ddsat_…)."
        )
    _check_secret("api_key", api_key)
    return Credentials(api_key, app_key)


def _check_secret(option: str, value: str) -> None:
    if len(value) < SHORTEST_SECRET:
        raise OptionError(
            f"{option} has fewer than {SHORTEST_SECRET} characters, which is too short for a Datadog credential. "
            f"Check where it comes from: is it a placeholder, an empty variable, or a truncated line?"
        )
    if not re.fullmatch(r"[!-~]+", value):
        raise OptionError(
            f"{option} contains white space, a line break or a non-ASCII character, which no Datadog credential "
            f"has. Check where it comes from: was something else pasted along with it?"
        )
    if "," in value:
        raise OptionError(
            f"{option} contains a comma, which no Datadog credential has. Give one credential; for several of them, "
            f"run a task for each."
        )
