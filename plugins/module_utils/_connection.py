# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""Where requests go, and where they must never go: the API's address and the credentials."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ._errors import OptionError

SITES = (
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
    "uk1.datadoghq.com",
    "datadoghq.eu",
    "ddog-gov.com",
    "us2.ddog-gov.com",
)
GOVERNMENT_SITE = "ddog-gov.com"

# Real API keys have 32 characters, application keys 40. Ansible masks every occurrence of a secret
# in the output: a placeholder of a few letters would mask half of the result.
SHORTEST_SECRET = 16
TOKEN_PREFIXES = ("ddpat_", "ddsat_")


@dataclass(frozen=True)
class Address:
    """Where the API answers.

    :ivar url: scheme, host, port and path, without a slash at the end.
    :ivar name: what results call it: the site, or the host and port of ``api_url``.
    :ivar loopback: whether it is this machine, which no proxy may stand before.
    :ivar government: whether API v1 is switched off there.
    """

    url: str
    name: str
    loopback: bool
    government: bool

    @property
    def encrypted(self) -> bool:
        """Whether certificates play a part."""
        return self.url.startswith("https:")


def api_address(site: str, api_url: str | None) -> Address:
    """The address for a site, or for ``api_url`` where that is given.

    :raises OptionError: ``api_url`` is no plain https address (http is fine for loopback only).
    """
    if not api_url:
        return Address(f"https://api.{site}", site, False, _is_government(site))
    # Backslashes, white space and control characters are read differently by different parsers.
    if not re.fullmatch(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", api_url):
        raise OptionError(
            "api_url holds characters that no address has. It should look like https://api.datadoghq.com."
        )
    try:
        parts = urlsplit(api_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise OptionError(
            "api_url cannot be read as an address. It should look like https://api.datadoghq.com."
        ) from None
    if parts.scheme not in ("http", "https") or not host:
        raise OptionError(
            "api_url is no https address. It should look like https://api.datadoghq.com. "
            "It may come from the environment (DATADOG_HOST or DD_HOST)."
        )
    if parts.username is not None or parts.password is not None:
        raise OptionError("api_url holds credentials. Take them out: they belong into api_key and app_key.")
    if parts.query or parts.fragment:
        raise OptionError("api_url holds a query or a fragment. Give scheme, host and path only.")
    loopback = _is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise OptionError(f"api_url is http, which would send the credentials unencrypted to {host}. Use https.")
    shown = f"[{host}]" if ":" in host else host
    name = shown if port is None else f"{shown}:{port}"
    return Address(f"{parts.scheme}://{name}{parts.path.rstrip('/')}", name, loopback, _is_government(host))


def _is_government(host: str) -> bool:
    return host == GOVERNMENT_SITE or host.endswith("." + GOVERNMENT_SITE)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
            "app_key is missing: set the option app_key, or DD_APP_KEY (DATADOG_APP_KEY) in the environment."
        )
    _check_secret("app_key", app_key)
    if app_key.startswith(TOKEN_PREFIXES):
        return Credentials(None, app_key)
    if not api_key:
        raise OptionError(
            "api_key is missing: set the option api_key, or DD_API_KEY (DATADOG_API_KEY) in the environment. "
            "Only an access token (ddpat_… or ddsat_…) in app_key needs none."
        )
    _check_secret("api_key", api_key)
    return Credentials(api_key, app_key)


def _check_secret(option: str, value: str) -> None:
    if len(value) < SHORTEST_SECRET:
        raise OptionError(
            f"{option} has fewer than {SHORTEST_SECRET} characters, which is too short to be real. "
            f"Look where it comes from: a placeholder, an empty variable, a cut line?"
        )
    if not re.fullmatch(r"[!-~]+", value):
        raise OptionError(
            f"{option} holds white space, a line break or a character beyond ASCII, which no Datadog "
            f"credential has. Look where it comes from: was it pasted with something around it?"
        )
