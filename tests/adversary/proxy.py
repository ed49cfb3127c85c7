# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy as companies have them: it tunnels by CONNECT, or refuses to."""

from __future__ import annotations

import contextlib
import http.server
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator


class Proxy(http.server.ThreadingHTTPServer):
    """Tunnels every host to 127.0.0.1 at the port that was asked for.

    :ivar refusal: (status, HTML) to answer instead, or None.
    :ivar asked: the target and the headers of each CONNECT.
    :ivar breaks: how a tunnel ends when ``due`` says so of what the server sends: ``close`` or ``reset`` before any of
        it is passed on, ``cut`` in the middle of it.
    :ivar due: asked whenever the server sends something.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.refusal: tuple[int, bytes] | None = None
        self.breaks = "close"
        self.due: Callable[[], bool] = lambda: False
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        """For HTTPS_PROXY."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Proxy

    def do_CONNECT(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        if self.server.refusal:
            status, page = self.server.refusal
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            return
        port = int(self.path.rpartition(":")[2])
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as onward:
            self.send_response(200)
            self.end_headers()
            self._pass_on(onward)
        self.close_connection = True

    def _pass_on(self, onward: socket.socket) -> None:
        ends = {self.connection: onward, onward: self.connection}
        while True:
            ready = select.select(list(ends), [], [], 10)[0]
            if not ready:
                return
            for end in ready:
                data = end.recv(65536)
                if not data:
                    return
                if end is onward and self._broken(data):
                    return
                ends[end].sendall(data)

    def _broken(self, data: bytes) -> bool:
        if not self.server.due():
            return False
        if self.server.breaks == "cut":
            self.connection.sendall(data[: len(data) // 2])
        if self.server.breaks == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return True

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


@contextlib.contextmanager
def running_proxy() -> Iterator[Proxy]:
    """A proxy that runs."""
    with Proxy() as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
