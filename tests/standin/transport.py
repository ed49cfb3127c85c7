# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts answers on the wire: well, or as a fault wants them."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import gzip
import http
import json
import socket
import struct
import zlib
from typing import Callable

from aiohttp import web
from multidict import CIMultiDict

from . import answers
from .answers import Answer
from .faults import Fault

_DRIP_LIMIT = 600.0


def bend(answer: Answer, fault: Fault) -> Answer:
    """The answer as the fault changes it: status, headers, body."""
    if fault.act == "status":
        answer = answers.of_kind(fault.status or 500, fault.body or "datadog")
    elif fault.act == "redirect":
        answer = Answer(fault.status or 302, b"", answers.HTML, {"Location": fault.to})
    elif fault.act in _BODIES:
        # A body needs a status that may have one.
        status = fault.status or (200 if answer.status == 204 else answer.status)
        answer = Answer(status, _BODIES[fault.act](fault), answers.JSON, dict(answer.headers))
        if fault.act in ("gzip", "bomb"):
            answer.headers["Content-Encoding"] = fault.encoding
    elif fault.status:
        answer = dataclasses.replace(answer, status=fault.status)
    headers = CIMultiDict(answer.headers)
    for name, value in fault.headers.items():
        if value is None:
            headers.popall(name, None)
        else:
            headers[name] = str(value)
    return dataclasses.replace(answer, headers=dict(headers))


@functools.lru_cache(maxsize=1)
def _huge(size: int) -> bytes:
    item = b'{"type": "application_keys", "id": "x", "attributes": {"name": "y"}}'
    return b'{"data": [' + b", ".join([item] * max(1, size // (len(item) + 2))) + b"]}"


@functools.lru_cache(maxsize=4)
def _bomb(size: int, encoding: str) -> bytes:
    # In pieces: tests measure what unpacking it takes in the process that packs it.
    packer = zlib.compressobj(wbits=31)
    packed = [packer.compress(b'{"data": "')]
    packed += [packer.compress(b"x" * (1 << 20)) for _piece in range(size >> 20)]
    body = b"".join([*packed, packer.compress(b'"}'), packer.flush()])
    for _layer in encoding.split(",")[1:]:
        body = gzip.compress(body)
    return body


_BODIES: dict[str, Callable[[Fault], bytes]] = {
    "json": lambda fault: json.dumps(fault.body).encode(),
    "gzip": lambda _fault: b"\x1f\x8b\x08\x00 this is no gzip stream " * 4,
    "utf8": lambda _fault: b'{"data": {"id": "\xff\xfe\xc3\x28"}}',
    "nested": lambda fault: b"[" * fault.depth + b"]" * fault.depth,
    "huge": lambda fault: _huge(fault.size),
    "bomb": lambda fault: _bomb(fault.size, fault.encoding),
}
SPOILT = ("truncate", "length", "drip", "garble", "flood")
KEPT = ("interim", "trailing")


def _headers(answer: Answer) -> CIMultiDict[str]:
    """The headers with the content type, which a fault may have replaced."""
    headers = CIMultiDict(answer.headers)
    if answer.content_type is not None:
        headers.setdefault("Content-Type", answer.content_type)
    return headers


def response(answer: Answer) -> web.Response:
    """The answer as aiohttp sends it."""
    made = web.Response(status=answer.status, body=answer.body, headers=_headers(answer))
    if answer.content_type is None and "Content-Type" not in answer.headers:
        # Otherwise aiohttp names one of its own.
        made.headers.popall("Content-Type", None)
    return made


def hang_up(request: web.Request, reset: bool) -> None:
    """End the connection without an answer: closed, or reset."""
    transport = request.transport
    if transport is None:
        return
    if reset:
        # Without lingering, the kernel sends RST in place of FIN.
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()


async def keep(request: web.Request, answer: Answer, fault: Fault) -> web.Response:
    """Send the answer with more before or after it than there should be. The connection stays open."""
    sent = response(answer)
    if request.transport is not None:
        # In one packet: what comes in a later one may come at any time.
        sock = request.transport.get_extra_info("socket")
        together = getattr(socket, "TCP_CORK", None)
        if together is not None:
            sock.setsockopt(socket.IPPROTO_TCP, together, 1)
        for status in fault.statuses if fault.act == "interim" else ():
            request.transport.write(f"HTTP/1.1 {status} Wait\r\nLink: </x>; rel=preload\r\n\r\n".encode())
        await sent.prepare(request)
        await sent.write_eof()
        if fault.act == "trailing":
            request.transport.write(fault.text.encode())
        if together is not None:
            sock.setsockopt(socket.IPPROTO_TCP, together, 0)
    return sent


def _head(answer: Answer, length: int, fault: Fault) -> bytes:
    try:
        reason = http.HTTPStatus(answer.status).phrase
    except ValueError:
        reason = "Unknown"
    headers = _headers(answer)
    if answer.status != 204:
        headers["Content-Length"] = str(length)
    lines: list[str] = [fault.start or f"HTTP/1.1 {answer.status} {reason}"]
    lines += fault.text.splitlines()
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def spoil(request: web.Request, answer: Answer, fault: Fault) -> None:
    """Send an answer that breaks HTTP's own rules, by hand since a good library refuses to, then hang up."""
    transport = request.transport
    if transport is None:
        return
    if fault.act == "drip":
        await _drip(transport, _head(answer, len(answer.body), fault) + answer.body, fault)
    elif fault.act == "flood":
        answer = dataclasses.replace(answer, status=fault.status or 302)
        await _flood(transport, _head(answer, 1 << 40, fault), fault)
    elif fault.act == "garble":
        transport.write(_head(answer, len(answer.body), fault) + answer.body)
    elif fault.act == "length":
        transport.write(_head(answer, max(0, len(answer.body) + fault.by), fault) + answer.body)
    elif answer.body:
        transport.write(_head(answer, len(answer.body), fault) + answer.body[: int(len(answer.body) * fault.keep)])
    else:
        # Nothing to cut in the body, so the head loses its end.
        transport.write(_head(answer, 0, fault)[:-12])
    transport.close()


async def _drip(transport: asyncio.Transport, message: bytes, fault: Fault) -> None:
    deadline = asyncio.get_running_loop().time() + _DRIP_LIMIT
    for start in range(0, len(message), fault.chunk):
        if transport.is_closing() or asyncio.get_running_loop().time() > deadline:
            return
        transport.write(message[start : start + fault.chunk])
        await asyncio.sleep(fault.seconds)


async def _flood(transport: asyncio.Transport, head: bytes, fault: Fault) -> None:
    deadline = asyncio.get_running_loop().time() + _DRIP_LIMIT
    transport.write(head)
    while not transport.is_closing() and asyncio.get_running_loop().time() < deadline:
        # Only as fast as somebody reads: what nobody takes must not pile up here.
        if transport.get_write_buffer_size() < 1 << 20:
            transport.write(b"x" * 65536)
        await asyncio.sleep(fault.seconds)
