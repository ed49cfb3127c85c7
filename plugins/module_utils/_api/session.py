# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A session of requests that keeps nothing, follows nothing, and connects as the environment says."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any

from .address import Address
from .errors import OptionError
from .third_party import HTTPAdapter, HTTPError, Session, parse_url, requests
from .version import VERSION
from .wire import guarded


class _Session(Session):
    def get_redirect_target(self, resp: Any) -> str | None:
        """Nowhere: requests would parse the target, and read the body of the redirect, even if it does not follow."""
        return None


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        _guard(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        _guard(manager)
        return manager


def _guard(manager: Any) -> None:
    classes = manager.pool_classes_by_scheme
    if not getattr(manager, "guarded", False):
        manager.pool_classes_by_scheme = {scheme: guarded(pool) for scheme, pool in classes.items()}
        manager.guarded = True


def new_session(address: Address, headers: Mapping[str, str], connections: int) -> Any:
    """A session for one address.

    :param headers: go with every request, such as the credentials.
    :param connections: how many are kept open.
    :raises OptionError: the environment names a proxy that is none.
    """
    session = _Session()
    adapter = _Adapter(pool_connections=1, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers.update(
        {
            "User-Agent": f"keywarden.datadog/{VERSION}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            **headers,
        }
    )
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    # What the environment says is read once, here: requests may read it again for every request,
    # together with a .netrc, whose credentials have no business in these requests.
    session.trust_env = False
    if not address.loopback:
        session.proxies.update(_proxies(address.url))
    return session


def _proxies(url: str) -> dict[str, str]:
    """The proxies of the environment for this address.

    :raises OptionError: the one that would be used has no host, or cannot be read as an address.
    """
    problem = OptionError(
        "The proxy in the environment (HTTPS_PROXY or ALL_PROXY) is not a usable address. "
        "It should look like http://proxy.example.com:3128."
    )
    try:
        proxies: dict[str, str] = requests.utils.get_environ_proxies(url)
        proxy = requests.utils.select_proxy(url, proxies)
        if proxy:
            with_scheme = requests.utils.prepend_scheme_if_needed(proxy, "http")  # type: ignore[no-untyped-call]
            host = parse_url(with_scheme).host or "."
            # The name has to be one that a resolver can be asked for.
            host.encode("ascii") if ":" in host else host.encode("idna")
    except (ValueError, TypeError, HTTPError):
        raise problem from None
    return proxies


def authorities(ca_path: str | None) -> str | bool:
    """The file or directory to verify certificates with, True for the usual authorities.

    :raises OptionError: it cannot be loaded.
    """
    sources = {"ca_path": ca_path}
    sources.update((name, os.environ.get(name)) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    for source, path in sources.items():
        if not path:
            continue
        try:
            if os.path.isdir(path):
                os.listdir(path)
            else:
                ssl.create_default_context(cafile=path)
        except (OSError, ValueError) as error:
            raise OptionError(
                f"{source} names {path}, which cannot be loaded ({getattr(error, 'strerror', None) or 'not PEM'}). "
                f"It must be a readable file in PEM format, or a directory of such files, on the host that runs "
                f"the task."
            ) from None
        return path
    return True
