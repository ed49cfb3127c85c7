# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running stand-in and a way to talk to it, for the tests of the stand-in itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable

import pytest
import requests
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, StandIn


@pytest.fixture
def dd() -> Iterator[StandIn]:
    """The demonstration's organization, served."""
    with StandIn() as standin:
        yield standin


Call = Callable[..., requests.Response]


@pytest.fixture
def call(dd: StandIn) -> Iterator[Call]:
    """call(method, path, app_key=..., api_key=..., **options of requests): the answer, on kept-alive connections."""
    session = requests.Session()
    session.trust_env = False

    def send(
        method: str, path: str, app_key: str | None = APP_KEY, api_key: str | None = API_KEY, **options: Any
    ) -> requests.Response:
        headers = {"DD-API-KEY": api_key, "DD-APPLICATION-KEY": app_key, **options.pop("headers", {})}
        return session.request(
            method, dd.url + path, headers=headers, allow_redirects=False, **{"timeout": 10, **options}
        )

    yield send
    session.close()
