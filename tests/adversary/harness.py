# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the modules' own main() in this process: arguments as Ansible passes them, the result from stdout.

Nothing between the argument spec and the socket is replaced. Only the clock is hurried (see `hurried`), so that
thousands of runs take minutes.
"""

from __future__ import annotations

import contextlib
import gc
import ssl
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from unittest import mock

import trustme
from ansible_collections.keywarden.datadog.plugins.module_utils import _managing, _module
from ansible_collections.keywarden.datadog.plugins.module_utils._api import retry
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import verification as verifying
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.verification import Verification
from ansible_collections.keywarden.datadog.plugins.modules import (
    datadog_access_token,
    datadog_access_token_info,
    datadog_app_key,
    datadog_app_key_info,
    datadog_user_access,
)
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import run_module
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY

REMOVE = datadog_app_key
INFO = datadog_app_key_info
REMOVE_TOKENS = datadog_access_token
INFO_TOKENS = datadog_access_token_info
REMOVE_ACCESS = datadog_user_access
REMOVING = (REMOVE, REMOVE_TOKENS, REMOVE_ACCESS)

# The smallest time-out of the options is a second; here a second is this long.
SECOND = 0.3


@dataclass
class Run:
    """How one run of a module ended.

    :ivar result: the JSON that it printed; empty where it crashed.
    :ivar text: all that it printed and warned of, or the traceback of its crash.
    :ivar crashed: whether it ended in any other way than a module should.
    :ivar seconds: how long it took.
    """

    result: dict[str, Any]
    text: str
    crashed: bool
    seconds: float
    warnings: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether the task fails."""
        return self.crashed or bool(self.result.get("failed"))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row per key or token."""
        found: list[dict[str, Any]] = []
        for kind in ("application_keys", "access_tokens"):
            part = self.result.get(kind) or []
            found += part.get(kind, []) if isinstance(part, dict) else part
        return found

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each outcome, as the module counts them."""
        parts = [self.result.get(kind) for kind in ("application_keys", "access_tokens")]
        told = [part["counts"] for part in parts if isinstance(part, dict)] or [self.result.get("counts", {})]
        return {name: sum(one[name] for one in told) for name in told[0]}

    @property
    def outcomes(self) -> list[str]:
        """The outcome of each row."""
        return [row["outcome"] for row in self.rows]

    @property
    def msg(self) -> str:
        """Why the task failed."""
        return str(self.result.get("msg", ""))


def run(
    module: ModuleType,
    url: str,
    *,
    check: bool = False,
    diff: bool = False,
    env: Mapping[str, str] | None = None,
    **options: Any,
) -> Run:
    """Run a module against the API at `url`; `options` may override every default given here, None leaves one out."""
    arguments: dict[str, Any] = {
        "api_url": url,
        "api_key": API_KEY,
        "app_key": APP_KEY,
        "timeout": 1,
        "max_retries": 1,
        "max_wait": 5,
        "concurrency": 4,
        **({"state": "absent", "verify_timeout": 1} if module in REMOVING else {}),
        **options,
    }
    start = time.monotonic()
    # What earlier runs left in this process is no business of this one: its finalizers would speak in the middle.
    gc.disable()
    try:
        done = run_module(module.main, arguments, check=check, diff=diff, env=env)
    except Exception:
        return Run({}, traceback.format_exc(), True, time.monotonic() - start)
    finally:
        gc.enable()
    text = "\n".join([done.output, *done.warnings])
    return Run(done.result, text, False, time.monotonic() - start, done.warnings)


@contextlib.contextmanager
def hurried() -> Iterator[None]:
    """Time-outs and pauses SECOND times as long. Waits for rate limits keep their length: they come from the server."""

    def client(*args: Any, timeout: float, **options: Any) -> Client:
        return Client(*args, timeout=timeout * SECOND, **options)

    def verification(wanted: bool, timeout: float) -> Verification:
        return Verification(wanted, timeout * SECOND)

    with (
        mock.patch.object(_module, "Client", client),
        mock.patch.object(_managing, "Verification", verification),
        mock.patch.object(retry, "BACKOFF_FACTOR", 0.02),
        mock.patch.object(verifying, "FIRST_PAUSE", 0.05),
    ):
        yield


def tls_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's TLS context with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
