# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module's `main()` in this process: arguments in, the JSON that it prints out, in a few milliseconds."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Callable
from unittest import mock

from ansible.module_utils import basic
from ansible_collections.keywarden.datadog.plugins.modules import (
    datadog_access_token,
    datadog_access_token_info,
    datadog_app_key,
    datadog_app_key_info,
    datadog_user_access,
)

from ..standin import API_KEY, APP_KEY, Request, StandIn

# Nothing in a test may depend on, or reach, what the developer's own environment names.
OURS = (
    "DD_API_KEY",
    "DATADOG_API_KEY",
    "DD_APP_KEY",
    "DATADOG_APP_KEY",
    "DD_SITE",
    "DATADOG_SITE",
    "DD_HOST",
    "DATADOG_HOST",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)


@dataclasses.dataclass
class ModuleRun:
    """What a module said: `result` is its JSON, `output` everything that it printed, `warnings` their texts."""

    result: dict[str, Any]
    output: str
    warnings: list[str]

    @property
    def failed(self) -> bool:
        """Whether the task fails."""
        return bool(self.result.get("failed"))

    @property
    def changed(self) -> bool:
        """Whether the task says that something changed."""
        return bool(self.result.get("changed"))

    @property
    def msg(self) -> str:
        """The sentence that fails the task."""
        return str(self.result.get("msg", ""))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows, one for each selected key or token."""
        rows: list[dict[str, Any]] = self.result.get("application_keys", self.result.get("access_tokens"))
        return rows

    @property
    def outcomes(self) -> list[str]:
        """The outcome of each row, in order."""
        return [row["outcome"] for row in self.rows]

    def row(self, key_id: str) -> dict[str, Any]:
        """The one row of this key or token. :raises ValueError: if there is not exactly one."""
        (row,) = [row for row in self.rows if row["id"] == key_id]
        return row


def without_ours(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what this collection and requests would read from it."""
    unwanted = {*OURS, "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"}
    return {name: value for name, value in environment.items() if name.upper() not in unwanted}


@contextlib.contextmanager
def _arguments(arguments: Mapping[str, Any]) -> Iterator[None]:
    sent = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(basic, "_ANSIBLE_ARGS", sent))
        # ansible-core 2.19 and later; "legacy" is plain JSON.
        stack.enter_context(mock.patch.object(basic, "_ANSIBLE_PROFILE", "legacy", create=True))
        yield


def run_module(
    main: Callable[[], None],
    arguments: Mapping[str, Any],
    *,
    check: bool = False,
    diff: bool = False,
    env: Mapping[str, str] | None = None,
) -> ModuleRun:
    """Run `main()` of a module. An argument that is None is left out; `env` is set for the time of the run.

    Warnings are caught where the module issues them: inside a process that holds the whole of ansible-core they
    would go to the screen.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    given.update(_ansible_check_mode=check, _ansible_diff=diff)
    warnings: list[str] = []
    output = io.StringIO()
    with contextlib.ExitStack() as stack:
        environment = {**without_ours(os.environ), **(env or {})}
        stack.enter_context(mock.patch.dict(os.environ, environment, clear=True))
        stack.enter_context(_arguments(given))
        stack.enter_context(
            mock.patch.object(basic.AnsibleModule, "warn", lambda _self, text, **_more: warnings.append(text))
        )
        stack.enter_context(contextlib.redirect_stdout(output))
        stack.enter_context(contextlib.redirect_stderr(output))
        # It always leaves by exit_json or fail_json, which end in SystemExit.
        with contextlib.suppress(SystemExit):
            main()
    text = output.getvalue()
    return ModuleRun(json.loads(text.strip().splitlines()[-1]), text, warnings)


class Modules:
    """The modules with the connection to one stand-in; an option given as None is left out."""

    def __init__(self, standin: StandIn) -> None:
        self.connection = {"api_url": standin.url, "api_key": API_KEY, "app_key": APP_KEY, "max_wait": 10}

    def remove(
        self, *, check: bool = False, diff: bool = False, env: Mapping[str, str] | None = None, **options: Any
    ) -> ModuleRun:
        """datadog_app_key with state: absent."""
        arguments = {**self.connection, "state": "absent", **options}
        return run_module(datadog_app_key.main, arguments, check=check, diff=diff, env=env)

    def read(self, *, check: bool = False, env: Mapping[str, str] | None = None, **options: Any) -> ModuleRun:
        """datadog_app_key_info."""
        return run_module(datadog_app_key_info.main, {**self.connection, **options}, check=check, env=env)

    def remove_tokens(
        self, *, check: bool = False, diff: bool = False, env: Mapping[str, str] | None = None, **options: Any
    ) -> ModuleRun:
        """datadog_access_token with state: absent."""
        arguments = {**self.connection, "state": "absent", **options}
        return run_module(datadog_access_token.main, arguments, check=check, diff=diff, env=env)

    def read_tokens(self, *, check: bool = False, env: Mapping[str, str] | None = None, **options: Any) -> ModuleRun:
        """datadog_access_token_info."""
        return run_module(datadog_access_token_info.main, {**self.connection, **options}, check=check, env=env)

    def remove_access(
        self, *, check: bool = False, diff: bool = False, env: Mapping[str, str] | None = None, **options: Any
    ) -> ModuleRun:
        """datadog_user_access with state: absent."""
        arguments = {**self.connection, "state": "absent", **options}
        return run_module(datadog_user_access.main, arguments, check=check, diff=diff, env=env)


def asked(standin: StandIn) -> list[Request]:
    """The requests in order, but for the one for the caller, which runs beside all others at no fixed place."""
    return [sent for sent in standin.requests if sent.endpoint != "v2.current_user"]


def deletes(standin: StandIn) -> list[str]:
    """The ids of what a DELETE arrived for, in order; a key that v1 names and that is long gone is ''."""
    return [sent.key_id or "" for sent in standin.requests if sent.method == "DELETE"]
