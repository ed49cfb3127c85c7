# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of all tests; see the helpers beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api import retry
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import verification
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import Modules
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player
from ansible_collections.keywarden.datadog.tests.standin import StandIn


@pytest.fixture
def standin() -> Iterator[StandIn]:
    """The demonstration's organization, served; `standin.reset(organization)` gives it another."""
    with StandIn() as server:
        yield server


@pytest.fixture
def modules(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> Modules:
    """Both modules in this process, with good credentials for `standin` and shorter pauses between attempts."""
    monkeypatch.setattr(retry, "BACKOFF_FACTOR", 0.005)
    monkeypatch.setattr(verification, "FIRST_PAUSE", 0.02)
    return Modules(standin)


@pytest.fixture
def play(standin: StandIn, tmp_path: Path) -> Player:
    """play(tasks or playbook, check=…, diff=…, …) -> Run: real `ansible-playbook` against `standin`."""
    return Player(standin, tmp_path)
