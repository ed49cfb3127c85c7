# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A proxy as companies have them: it tunnels by CONNECT, or refuses to."""

from __future__ import annotations

import contextlib
import http.server
import select
import socket
import threading
from collections.abc import Iterator


class Proxy(http.server.ThreadingHTTPServer):
    """Tunnels every host to 127.0.0.1 at the port that was asked for.

    :ivar refusal: (status, HTML) to answer instead, or None.
    :ivar asked: the target and the headers of each CONNECT.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.refusal: tuple[int, bytes] | None = None
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
                ends[end].sendall(data)

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
