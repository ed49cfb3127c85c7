# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the layers below the modules share."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api import retry
from ansible_collections.keywarden.datadog.plugins.module_utils._api.address import api_address
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._api.credentials import credentials
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, StandIn

MakeClient = Callable[..., Client]


@pytest.fixture
def make_client(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> MakeClient:
    """make_client(app_key=…, api_key=…, **options of Client): a client of `standin` with short pauses."""
    monkeypatch.setattr(retry, "BACKOFF_FACTOR", 0.005)

    def make(app_key: str = APP_KEY, api_key: str | None = API_KEY, **options: Any) -> Client:
        address = api_address("datadoghq.com", standin.url)
        return Client(address, credentials(api_key, app_key), **{"max_wait": 10, **options})

    return make


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    """A client of `standin` with good credentials."""
    return make_client()
