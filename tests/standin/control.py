# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API under /_standin: what tests in other processes use in place of the Python objects."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, Callable

from aiohttp import web

from .organization import Organization

if TYPE_CHECKING:
    from .server import StandIn

NAMED = {"demo": Organization.demo, "empty": Organization.empty}


def organization_from(state: Mapping[str, Any]) -> Organization:
    """{"name": "demo"|"empty"} alone, {"name": "generated", "keys": n, "owners", "seed", "tokens"}, or what
    Organization.to_json makes.

    :raises TypeError, ValueError: if it is none of these.
    """
    if set(state) == {"name"} and state["name"] in NAMED:
        return NAMED[state["name"]]()
    if state.get("name") == "generated":
        return Organization.generated(**{name: value for name, value in state.items() if name != "name"})
    return Organization.from_json(state)


def change_settings(standin: StandIn, settings: Mapping[str, Any]) -> None:
    """Any of: `latency`, `propagation` {get, listing}, `limits` {mutations, reads: [limit, period] or null},
    `flags` {name: value}.

    :raises ValueError: for another setting. :raises TypeError: for another shape.
    """
    unknown = set(settings) - {"latency", "propagation", "limits", "flags"}
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    if "latency" in settings:
        standin.latency = float(settings["latency"])
    if "propagation" in settings:
        standin.propagation(**settings["propagation"])
    for kind, limit in settings.get("limits", {}).items():
        if kind == "reads":
            standin.limit_reads(*(limit or [None]))
        elif kind == "mutations":
            standin.limit_mutations(*(limit or standin.DEFAULT_LIMIT))
        else:
            raise ValueError(f"unknown limit {kind!r}: mutations or reads")
    for flag, value in settings.get("flags", {}).items():
        standin.organization.set_flag(flag, value)


def add_routes(application: web.Application, standin: StandIn) -> None:
    """Serve the control API of this stand-in. Bad input is answered with 400 and {"error": …}."""

    async def state(request: web.Request) -> Any:
        organization = standin.organization
        with organization.lock:
            return {
                "summary": organization.summary(),
                "organization": organization.to_json(secrets="secrets" in request.query),
                "deleted": [dataclasses.asdict(one) for one in organization.deleted],
            }

    async def summary(_request: web.Request) -> Any:
        return standin.organization.summary()

    async def requests(request: web.Request) -> Any:
        return [one.to_json(secrets="secrets" in request.query) for one in standin.requests]

    async def forget(_request: web.Request) -> Any:
        standin.clear_log()
        return {}

    async def put_organization(request: web.Request) -> Any:
        standin.reset(organization_from(await request.json()))
        return standin.organization.summary()

    async def add_user(request: web.Request) -> Any:
        return dataclasses.asdict(standin.organization.add_user(**await request.json()))

    async def add_key(request: web.Request) -> Any:
        return dataclasses.asdict(standin.organization.add_key(**await request.json()))

    async def delete_key(request: web.Request) -> Any:
        return {"deleted": standin.organization.delete_key(request.match_info["id"])}

    async def add_token(request: web.Request) -> Any:
        token = standin.organization.add_token(**await request.json())
        return {**dataclasses.asdict(token), "secret": token.secret}

    async def delete_token(request: web.Request) -> Any:
        return {"deleted": standin.organization.delete_token(request.match_info["id"])}

    async def faults(_request: web.Request) -> Any:
        return [fault.to_json() for fault in standin.faults.all()]

    async def add_faults(request: web.Request) -> Any:
        given = await request.json()
        return [standin.faults.add(**one).to_json() for one in (given if isinstance(given, list) else [given])]

    async def clear_faults(_request: web.Request) -> Any:
        standin.faults.clear()
        return {}

    async def settings(request: web.Request) -> Any:
        change_settings(standin, await request.json())
        return {}

    routes: dict[str, dict[str, Callable[[web.Request], Awaitable[Any]]]] = {
        "/state": {"GET": state},
        "/summary": {"GET": summary},
        "/requests": {"GET": requests, "DELETE": forget},
        "/organization": {"PUT": put_organization},
        "/users": {"POST": add_user},
        "/keys": {"POST": add_key},
        "/keys/{id}": {"DELETE": delete_key},
        "/tokens": {"POST": add_token},
        "/tokens/{id}": {"DELETE": delete_token},
        "/faults": {"GET": faults, "POST": add_faults, "DELETE": clear_faults},
        "/settings": {"PUT": settings},
    }
    for path, methods in routes.items():
        for method, function in methods.items():
            application.router.add_route(method, "/_standin" + path, _answered(function))


def _answered(function: Callable[[web.Request], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        try:
            return web.json_response(await function(request))
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    return handler
