# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections that never come about: requests are sent to real places where nothing good answers."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import urlsplit, urlunsplit

from ansible_collections.keywarden.datadog.tests.standin import Organization, StandIn
from requests.adapters import HTTPAdapter

NO_SUCH_HOST = "no-such-host.invalid"


@dataclass
class Detour:
    """Sends the requests that it meets to another scheme and place.

    :ivar path: a regular expression for the URL's path and query.
    :ivar times: how many requests it meets, None for all, after the first `skip`.
    """

    base: str
    method: str
    path: str
    skip: int = 0
    times: int | None = None
    hits: int = 0
    _seen: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def target(self, method: str, url: str) -> str | None:
        """Where this request goes instead, None where it goes its way."""
        parts = urlsplit(url)
        where = f"{parts.path}?{parts.query}"
        if method != self.method or not re.search(self.path, where):
            return None
        with self._lock:
            self._seen += 1
            if self._seen <= self.skip or (self.times is not None and self.hits >= self.times):
                return None
            self.hits += 1
        base = urlsplit(self.base)
        return urlunsplit((base.scheme, base.netloc, parts.path, parts.query, ""))


@contextlib.contextmanager
def detoured(detour: Detour) -> Iterator[None]:
    """Under this, requests take the detour, and NO_SUCH_HOST has no address."""
    send, resolve = HTTPAdapter.send, socket.getaddrinfo

    def sent(adapter: HTTPAdapter, request: Any, *args: Any, **options: Any) -> Any:
        target = detour.target(request.method, request.url)
        if target:
            request = request.copy()
            request.url = target
        return send(adapter, request, *args, **options)

    def resolved(host: Any, *args: Any, **options: Any) -> Any:
        if host == NO_SUCH_HOST:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve(host, *args, **options)

    with mock.patch.object(HTTPAdapter, "send", sent), mock.patch.object(socket, "getaddrinfo", resolved):
        yield


class Places:
    """Where detours lead. A context manager."""

    def __init__(self, certificate: Any, plain: StandIn) -> None:
        """:param certificate: a certificate that no client trusts, as a TLS context of a server.
        :param plain: a server that speaks no TLS.
        """
        self._plain = plain
        self._strangers = StandIn(Organization.empty(), tls=certificate)
        self._closed = socket.socket()
        self._deaf = socket.socket()
        self._knocking: list[socket.socket] = []

    def __enter__(self) -> Places:
        self._strangers.start()
        # Bound but not listening: whoever connects is refused, and nobody else can take the port.
        self._closed.bind(("127.0.0.1", 0))
        self._deaf.bind(("127.0.0.1", 0))
        self._deaf.listen(0)
        # With its queue full, the kernel ignores who else knocks.
        for _number in range(4):
            knocking = socket.socket()
            knocking.setblocking(False)
            knocking.connect_ex(self._deaf.getsockname())
            self._knocking.append(knocking)
        return self

    def __exit__(self, *_exception: Any) -> None:
        self._strangers.stop()
        for one in (self._closed, self._deaf, *self._knocking):
            one.close()

    def base(self, problem: str) -> str:
        """The scheme and place for a problem of `faults.CONNECT`."""
        return {
            "refused": f"http://127.0.0.1:{self._closed.getsockname()[1]}",
            "no-such-name": f"http://{NO_SUCH_HOST}:8080",
            "connect-timeout": f"http://127.0.0.1:{self._deaf.getsockname()[1]}",
            "tls-handshake": f"https://127.0.0.1:{self._plain.port}",
            "tls-certificate": self._strangers.url,
        }[problem]

    @property
    def requests_to_strangers(self) -> int:
        """How many requests a server with a bad certificate got to see."""
        return len(self._strangers.requests)
