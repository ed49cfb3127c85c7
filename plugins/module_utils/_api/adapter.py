# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""How requests connects: as the environment says when the task begins, and over guarded connections only.

There is no session of requests around the adapter: that would keep cookies, follow redirects, look into a ``.netrc``
and read the environment anew, all of which have no business here.
"""

from __future__ import annotations

import os
import ssl
from typing import Any

from .address import Address
from .errors import OptionError
from .third_party import HTTPAdapter, HTTPError, parse_url, requests
from .wire import guarded


class Adapter(HTTPAdapter):
    """Connections of requests that are in step with the server, or are not used again (see ``wire``)."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """As in requests, with guarded pools."""
        super().init_poolmanager(*arguments, **options)
        _guard(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """As in requests, with guarded pools."""
        manager = super().proxy_manager_for(proxy, **options)
        _guard(manager)
        return manager

    def build_response(self, req: Any, resp: Any) -> Any:
        """The answer of urllib3 itself: it has been read whole, and nobody needs more of requests' own than that."""
        return resp


def _guard(manager: Any) -> None:
    classes = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: guarded(pool) for scheme, pool in classes.items()}


def proxies_for(address: Address) -> dict[str, str]:
    """The proxies of the environment for this address.

    :raises OptionError: the one that would be used has no host, or cannot be read as an address.
    """
    if address.loopback:
        return {}
    problem = OptionError(
        "The proxy in the environment (HTTPS_PROXY or ALL_PROXY) is not a usable address. "
        "It should look like http://proxy.example.com:3128."
    )
    try:
        proxies: dict[str, str] = requests.utils.get_environ_proxies(address.url)
        proxy = requests.utils.select_proxy(address.url, proxies)
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
