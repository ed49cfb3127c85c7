# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Where requests go, and where they must never go."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from .errors import OptionError

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
# Parts of a path that lead elsewhere. Libraries and proxies differ in whether they resolve them.
DOT_SEGMENTS = frozenset({".", ".."})


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

    :raises OptionError: ``api_url`` is not a plain https URL (http is fine for loopback only).
    """
    if not api_url:
        return Address(f"https://api.{site}", site, False, _is_government(site))
    # Backslashes, white space and control characters are read differently by different parsers.
    if not re.fullmatch(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", api_url):
        raise OptionError(
            "api_url contains characters that are not allowed in a URL. It should look like https://api.datadoghq.com."
        )
    try:
        parts = urlsplit(api_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise OptionError("api_url is not a valid URL. It should look like https://api.datadoghq.com.") from None
    if parts.scheme not in ("http", "https") or not host:
        raise OptionError(
            "api_url must be an https URL, such as https://api.datadoghq.com. "
            "If you did not set it, check DATADOG_HOST and DD_HOST in the environment."
        )
    if parts.username is not None or parts.password is not None:
        raise OptionError("api_url must not contain credentials. Set them in api_key and app_key instead.")
    if parts.query or parts.fragment:
        raise OptionError("api_url must not contain a query or a fragment, only a scheme, a host and a path.")
    if "%" in host or not DOT_SEGMENTS.isdisjoint(unquote(parts.path).split("/")):
        raise OptionError("api_url must not contain a percent sign in its host, or . or .. as a part of its path.")
    loopback = _is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise OptionError(f"api_url must be an https URL: http would send the credentials to {host} unencrypted.")
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
