# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbook tests are about the installed artifact, which must be that of this checkout."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.playbook import INSTALLED, Player, stale_files
from ansible_collections.keywarden.datadog.tests.playbooks.offboarding import Offboard
from ansible_collections.keywarden.datadog.tests.standin import StandIn


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Fail where the tests would be about something else."""
    stale = stale_files()
    if stale:
        pytest.fail(f"{INSTALLED} is not what is in the checkout ({stale[0]}): run `make install`", pytrace=False)


@pytest.fixture
def offboard(play: Player, tmp_path: Path) -> Offboard:
    """offboard(leavers, …) -> Run: the playbook with its evidence in a directory of the test."""
    (tmp_path / "evidence").mkdir(mode=0o700)
    return Offboard(play, tmp_path / "evidence")


@pytest.fixture
def other() -> Iterator[StandIn]:
    """Another organization at another site."""
    with StandIn() as server:
        yield server
