# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server: a thread with an event loop of its own that serves an organization."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Mapping
from typing import Any, Callable, Union

from aiohttp import web

from . import access, answers, api, control, transport
from .call import Call
from .faults import Fault, Faults
from .limits import Limit
from .log import Request
from .organization import Organization

TLS = Union[None, ssl.SSLContext, tuple[str, str]]


class StandIn:
    """A Datadog of one organization on a loopback address. A context manager; also `start` and `stop`.

    :param organization: its state, by default the demonstration's; readable and changeable while it runs.
    :param latency: seconds that every answer takes, unless making it takes longer.
    :param tls: (certificate file, key file) or an SSLContext for https.
    :param host: "127.0.0.1", "::1" or "localhost".
    """

    # High enough never to matter, so that the headers of a rate limit come with every mutation, as they really do.
    DEFAULT_LIMIT = (1_000_000, 3600)

    def __init__(
        self,
        organization: Organization | None = None,
        latency: float = 0.0,
        tls: TLS = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.faults = Faults()
        self.latency = latency
        self.port = port
        self._host = host
        self._under_way = 0
        self._tls = _ssl_context(tls) if isinstance(tls, tuple) else tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="standin", daemon=True)
        self._runner: web.AppRunner | None = None
        self._site: web.SockSite | None = None
        self._absence: asyncio.Task[None] | None = None
        self.reset(organization)

    def reset(self, organization: Organization | None = None) -> None:
        """A new organization (by default the demonstration's), no faults, an empty log, no rate limit, no
        propagation. The latency stays."""
        self.faults.clear()
        self.organization = Organization.demo() if organization is None else organization
        self.fades = {"get": 0.0, "listing": 0.0}
        self.limits: dict[str, Limit | None] = {}
        self._requests: list[Request] = []
        self.limit_mutations(*self.DEFAULT_LIMIT)
        self.limit_reads(None)

    # Settings

    def limit_mutations(self, limit: int, period: float) -> None:
        """`limit` successful mutations per `period` seconds; opens a new window."""
        self.limits["mutations"] = Limit(limit, period, "application_keys_mutations")

    def limit_reads(self, limit: int | None, period: float = 10.0) -> None:
        """`limit` reads per `period` seconds, or no limit; opens a new window."""
        self.limits["reads"] = None if limit is None else Limit(limit, period, "application_keys_reads")

    def propagation(self, get: float = 0.0, listing: float = 0.0) -> None:
        """Seconds for which a deleted key still shows when it is read (`get`) and in listings (`listing`)."""
        self.fades = {"get": get, "listing": listing}

    # Life

    @property
    def url(self) -> str:
        """The address without a trailing slash. Known once the server has started."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    @property
    def requests(self) -> list[Request]:
        """The log, in order of arrival; requests under way are in it."""
        return list(self._requests)

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self._requests = []

    def start(self) -> StandIn:
        """Begin to serve. :raises OSError: if the port is taken."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(30)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End at once: open connections are cut, what waits is cancelled. Harmless when repeated."""
        if self._loop.is_closed():
            return
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(30)
        self._loop.close()

    def __enter__(self) -> StandIn:
        return self.start()

    def __exit__(self, *_exception: Any) -> None:
        self.stop()

    async def _open(self) -> None:
        application = web.Application(client_max_size=64 * 1024 * 1024)
        control.add_routes(application, self)
        for endpoint in api.ENDPOINTS:
            application.router.add_route(endpoint.method, endpoint.path, self._handler(endpoint))
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        await self._listen(self._bind())

    def _bind(self) -> socket.socket:
        family, kind, proto, _name, address = socket.getaddrinfo(self._host, self.port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, proto)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(address)
        except OSError:
            bound.close()
            raise
        self.port = bound.getsockname()[1]
        return bound

    async def _listen(self, bound: socket.socket) -> None:
        assert self._runner is not None
        self._site = web.SockSite(self._runner, bound, ssl_context=self._tls, backlog=1024)
        await self._site.start()

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _refuse(self, seconds: float) -> None:
        """From now on nobody listens on the port for so long."""
        if self._site is None:
            return
        site, self._site = self._site, None
        await site.stop()
        # Bound but not listening: connections are refused, and nobody else can take the port.
        self._absence = self._loop.create_task(self._return(seconds, self._bind()))

    async def _return(self, seconds: float, bound: socket.socket) -> None:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            bound.close()
            raise
        await self._listen(bound)

    # Serving

    def _handler(self, endpoint: api.Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            entry = self._enter(endpoint, request)
            self._under_way += 1
            try:
                return await self._answer(endpoint, request, entry)
            finally:
                self._under_way -= 1
                entry.seconds = time.time() - entry.time

        return serve

    def _enter(self, endpoint: api.Endpoint, request: web.Request) -> Request:
        peer = request.transport.get_extra_info("peername") if request.transport else None
        requests = self._requests
        entry = Request(
            number=len(requests),
            time=time.time(),
            method=request.method,
            path=request.raw_path.partition("?")[0],
            query={name: request.query.getall(name) for name in request.query},
            endpoint=endpoint.name,
            key_id=self._key_id(request.match_info),
            headers=dict(request.headers),
            credentials=access.sent(request.headers),
            connection=peer[1] if peer else 0,
            under_way=self._under_way + 1,
        )
        requests.append(entry)
        return entry

    def _key_id(self, params: Mapping[str, str]) -> str | None:
        if "key" not in params:
            return params.get("key_id")
        key = self.organization.keys.visible_secret(params["key"], float("inf"))
        return key.id if key else None

    async def _answer(self, endpoint: api.Endpoint, request: web.Request, entry: Request) -> web.StreamResponse:
        arrived = self._loop.time()
        organization = self.organization
        actors, fault = self.faults.met(entry.method, entry.endpoint, request.raw_path, entry.key_id)
        entry.fault = ", ".join(one.act for one in [*actors, *([fault] if fault else [])]) or None
        for actor in actors:
            if actor.when == "before":
                actor.perform(organization, entry.key_id)
        call = Call(
            organization=organization,
            credentials=entry.credentials,
            params=request.match_info,
            query=entry.query,
            effect=fault is None or bool(fault.effect),
            fades=self.fades,
        )
        # The latency is that of the whole answer. Where the moment makes no difference, it is made while that passes.
        ready = self._limited(endpoint, call) if self.latency and not (endpoint.mutates or actors or fault) else None
        if self.latency:
            await asyncio.sleep(self.latency - (self._loop.time() - arrived))
        if fault and fault.before:
            await asyncio.sleep(fault.before)
        answer = ready or self._limited(endpoint, call)
        for actor in actors:
            if actor.when == "after":
                actor.perform(organization, entry.key_id)
        if fault is None:
            entry.status = answer.status
            return transport.response(answer)
        if fault.after:
            await asyncio.sleep(fault.after)
        return await self._misbehave(request, entry, answer, fault)

    def _limited(self, endpoint: api.Endpoint, call: Call) -> answers.Answer:
        limit = self.limits["mutations" if endpoint.mutates else "reads"]
        if limit is None:
            return api.answer(endpoint, call)
        if limit.exhausted:
            answer = answers.rate_limited(limit.limit, int(limit.period))
            return dataclasses.replace(answer, headers=limit.headers())
        answer = api.answer(endpoint, call)
        # Only what succeeded counts; the headers were only ever seen on mutations.
        if answer.status < 300:
            limit.count()
            if endpoint.mutates:
                answer = dataclasses.replace(answer, headers=limit.headers())
        return answer

    async def _misbehave(
        self, request: web.Request, entry: Request, answer: answers.Answer, fault: Fault
    ) -> web.StreamResponse:
        if fault.act == "refuse":
            await self._refuse(fault.seconds)
        if fault.act in ("refuse", "reset", "drop", "drop_after"):
            transport.hang_up(request, reset=fault.act in ("refuse", "reset"))
            # Nothing of it reaches the client: the connection is gone.
            return web.Response()
        answer = transport.bend(answer, fault)
        entry.status = answer.status
        if fault.act in transport.SPOILT:
            await transport.spoil(request, answer, fault)
            return web.Response()
        if fault.act in transport.KEPT:
            return await transport.keep(request, answer, fault)
        return transport.response(answer)


def _ssl_context(files: tuple[str, str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context
