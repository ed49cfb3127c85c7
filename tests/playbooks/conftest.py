# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbook tests are about the installed artifact, which must be that of this checkout."""

from __future__ import annotations

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.playbook import INSTALLED, stale_files


@pytest.fixture(scope="session", autouse=True)
def installed() -> None:
    """Fail where the tests would be about something else."""
    stale = stale_files()
    if stale:
        pytest.fail(f"{INSTALLED} is not what is in the checkout ({stale[0]}): run `make install`", pytrace=False)
