# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""HTTP/1.1 on the wire, read strictly: an answer is whole and unambiguous, or it is an error.

urllib3 and http.client are lenient where HTTP is ambiguous, and keep the connection then. The next request could get
the rest of an answer as its own, and a key that lives would read as gone. So these classes go between them and the
socket: every answer is read at once, within a deadline and a size, and a connection is used again only after an
answer that leaves no doubt where it ends.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import re
import socket
import ssl
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

# A page of 100 keys with its users and roles has about 200 kB.
LARGEST_BODY = 8 * 1024 * 1024
MOST_INTERIM = 10  # answers before the answer: 100 Continue, 102 Processing, 103 Early Hints
MOST_LINES = 100
LONGEST_LINE = 65536
PIECE = 65536
# Seconds after an answer in which more of it than there should be, sent in a packet of its own, is waited for.
GRACE = 0.001


@dataclass
class Attempt:
    """One attempt to send one request.

    :ivar deadline: when it must be over, on the monotonic clock.
    :ivar sent: whether any of the request may have reached the server. What a proxy is told before does not count.
    :ivar body: the body of the answer as it was sent, not decoded.
    """

    deadline: float
    sent: bool = False
    body: bytes = b""


# The connection pools of urllib3 stand between whoever sends and the connection. Both are in one thread.
ATTEMPT: ContextVar[Attempt] = ContextVar("ATTEMPT")


class GarbledError(http.client.HTTPException):
    """What came is not an answer in HTTP/1.1, or one that could be read in two ways."""


class TooLargeError(http.client.HTTPException):
    """The body is larger than any answer of Datadog's."""


class _Wire(io.RawIOBase):
    """The reading end of a socket, with a deadline for all that is read together."""

    def __init__(self, sock: Any, keeper: Any, deadline: float) -> None:
        """:param keeper: what keeps the socket open; closed together with this."""
        super().__init__()
        self._sock = sock
        self._keeper = keeper
        self._deadline = deadline
        self.over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read once; None after ``over`` is set, so that only what has been read already can be looked at."""
        if self.over:
            return None
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("timed out")
        usual = self._sock.gettimeout()
        self._sock.settimeout(left)
        try:
            return int(self._sock.recv_into(buffer))
        finally:
            self._sock.settimeout(usual)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._keeper.close()


class WholeResponse(http.client.HTTPResponse):
    """An answer that is read to its end before anybody gets it.

    :ivar clean: whether it left nothing behind, so that the connection may be used again.
    :ivar ended: when, on the monotonic clock.
    """

    def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.clean = False
        self.ended = 0.0
        self._interim = False
        keeper = self.fp.detach()
        self._wire = _Wire(sock, keeper, ATTEMPT.get().deadline)
        self.fp = io.BufferedReader(self._wire)

    def begin(self, **options: Any) -> None:
        """Read all of the answer.

        :raises GarbledError: it is none.
        :raises TooLargeError: the body is too large.
        """
        super().begin(**options)
        self._check_head()
        if 300 <= self.status < 400:
            # A redirect is not followed, so nobody needs its body, however long it is.
            self.will_close = True
            self.close()
            return
        stated = self.length
        if stated is not None and stated > LARGEST_BODY:
            raise TooLargeError
        body = bytearray()
        for piece in iter(lambda: self.read(PIECE), b""):
            body += piece
            if len(body) > LARGEST_BODY:
                raise TooLargeError
        if stated is not None and len(body) != stated:
            raise http.client.IncompleteRead(b"", stated - len(body))
        if self.fp is not None:
            self._close_conn()
        ATTEMPT.get().body = bytes(body)

    def _check_head(self) -> None:
        if self.msg.defects or self.msg.get_payload():
            raise GarbledError("header")
        lengths = [part.strip() for value in self.msg.get_all("Content-Length", ()) for part in value.split(",")]
        if len(set(lengths)) > 1 or not all(re.fullmatch(r"[0-9]{1,15}", length) for length in lengths):
            raise GarbledError("Content-Length")
        encodings = [value.strip().lower() for value in self.msg.get_all("Transfer-Encoding", ())]
        if encodings not in ([], ["chunked"]):
            raise GarbledError("Transfer-Encoding")
        bodiless = self.status in (204, 304)
        if bodiless:
            self.chunked, self.length = False, 0
        elif lengths and not encodings:
            self.length = int(lengths[0])
        if (
            self._interim
            or self.version != 11
            or (encodings and (lengths or bodiless))
            or (bodiless and lengths not in ([], ["0"]))
            or len(lengths) > 1
            or any("close" in value.lower() for value in self.msg.get_all("Connection", ()))
        ):
            self.will_close = True

    def _read_status(self) -> tuple[str, int, str]:
        # http.client itself passes over 100 only, and takes a 102 or 103 for the answer.
        for _number in range(MOST_INTERIM):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if status >= 200:
                return version, status, reason
            if status == 101:
                break
            self._interim = True
            for _line in range(MOST_LINES):
                line = self.fp.readline(LONGEST_LINE)
                if not line.endswith(b"\n"):
                    raise GarbledError("interim answer")
                if line in (b"\r\n", b"\n"):
                    break
        raise GarbledError("interim answer")

    def _read_next_chunk_size(self) -> int:
        # http.client takes whatever int() takes, such as a sign.
        size = self.fp.readline(LONGEST_LINE).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            raise GarbledError("chunk")
        return int(size, 16)

    def _close_conn(self) -> None:
        self._wire.over = True
        self.ended = time.monotonic()
        self.clean = not self.fp.peek(1)  # what came after the end of the body, in one piece with it
        super()._close_conn()  # type: ignore[misc]


class GuardedConnection:
    """Mixed into urllib3's connections: knows whether a request was sent, and whether it can be used again."""

    _connecting = False
    _response: WholeResponse | None = None
    sock: Any

    def response_class(self, *arguments: Any, **options: Any) -> WholeResponse:
        """What http.client makes a response of; see ``WholeResponse``."""
        self._response = WholeResponse(*arguments, **options)
        return self._response

    def connect(self) -> None:
        """Connect, through a proxy's tunnel where there is one."""
        self._connecting = True
        try:
            super().connect()  # type: ignore[misc]
        finally:
            self._connecting = False
            if self._response is not None:  # a proxy's, to the CONNECT
                self._response.close()
                self._response = None

    def send(self, data: Any) -> None:
        """Send, and make a note of it unless it is for the proxy."""
        if not self._connecting:
            if self.sock is None and self.auto_open:  # type: ignore[attr-defined]
                self.connect()
            attempt = ATTEMPT.get()
            if not attempt.sent:
                if time.monotonic() > attempt.deadline:
                    raise socket.timeout("timed out")
                if not self.is_silent:
                    raise GarbledError("an answer before the request")
                attempt.sent = True
        super().send(data)  # type: ignore[misc]

    @property
    def ended_cleanly(self) -> bool:
        """Whether the last answer left no doubt where it ends."""
        return self._response is not None and self._response.clean

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come that nobody asked for, nor the end of the connection."""
        if self.sock is None:
            return False
        early = self._response.ended + GRACE - time.monotonic() if self._response is not None else 0.0
        if early > 0:
            time.sleep(early)
        usual = self.sock.gettimeout()
        self.sock.settimeout(0)
        try:
            # Not select(): TLS sends messages of its own, such as session tickets.
            self.sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except (OSError, ValueError):
            return False
        finally:
            with contextlib.suppress(OSError):
                self.sock.settimeout(usual)
        return False


class GuardedPool:
    """Mixed into urllib3's pools: hands out again only what is sure to be in step with the server."""

    def _get_conn(self, timeout: float | None = None) -> Any:
        conn = super()._get_conn(timeout)  # type: ignore[misc]
        if conn.sock is None or conn.is_silent:
            return conn
        conn.close()
        return self._new_conn()  # type: ignore[attr-defined]

    def _put_conn(self, conn: Any) -> None:
        if conn is not None and not conn.ended_cleanly:
            conn.close()
        super()._put_conn(conn)  # type: ignore[misc]


@functools.cache
def guarded(pool: Any) -> Any:
    """A pool class of urllib3 (for http, https, or through SOCKS) with these guards; itself, if it has them."""
    if issubclass(pool, GuardedPool):  # a proxy's pools are made by whichever thread comes first
        return pool
    connection = type("Connection", (GuardedConnection, pool.ConnectionCls), {})
    return type("Pool", (GuardedPool, pool), {"ConnectionCls": connection})
