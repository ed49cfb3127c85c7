# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make` in a checkout that lies where Ansible looks for collections, and in one that does not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.place import directory

from .pages import CHECKOUT

WHERE = "from tools.isolation import isolate; isolate(); import tempfile; print(tempfile.mkdtemp())"


@pytest.mark.parametrize("home", ["ansible_collections/keywarden/datadog", "work/datadog"])
def test_pictures_and_tests_may_write_evidence_wherever_the_checkout_lies(tmp_path: Path, home: str) -> None:
    checkout = tmp_path / home
    (checkout / "tools").mkdir(parents=True)
    shutil.copy(CHECKOUT / "tools/isolation.py", checkout / "tools")
    environment = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", WHERE]
    done = subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True)
    place = done.stdout.strip()
    assert directory(place, str(checkout), {}) == place
    in_checkout = Path(place).is_relative_to(checkout / ".build")
    assert in_checkout is home.startswith("work")
