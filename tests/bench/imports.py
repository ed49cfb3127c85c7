# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module imports at its start: `python -X importtime` on the module as Ansible ran it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .measure import environment
from .rounds import fill_and_tell
from .server import Server
from .works import URI, US, Work, command

GROUPS = {
    "ansible_collections": "this collection",
    "ansible": "Ansible's module library",
    "requests": "requests",
    "urllib3": "requests",
    "charset_normalizer": "requests",
    "chardet": "requests",
    "certifi": "requests",
    "idna": "requests",
}
LIBRARY = "Python's library"
ATTEMPTS = 5


def import_times(work: Work, server: Server, folder: Path) -> dict[str, dict[str, float]]:
    """Seconds by group of libraries, for the module of this collection and for uri; the best of several attempts."""
    return {name: _best(work, name, server, folder) for name in (URI, US)}


def _best(work: Work, contender: str, server: Server, folder: Path) -> dict[str, float]:
    remote = folder / "ansible/remote"
    shutil.rmtree(remote, ignore_errors=True)
    env = {**environment(folder, server.url), "ANSIBLE_KEEP_REMOTE_FILES": "true"}
    variables = fill_and_tell(work, server, folder)
    subprocess.run(command(work.contenders[contender], variables), env=env, check=True, stdout=subprocess.DEVNULL)
    (module,) = remote.rglob("AnsiballZ_*.py")
    attempts = []
    for _attempt in range(ATTEMPTS):
        fill_and_tell(work, server, folder)
        done = subprocess.run(
            [sys.executable, "-X", "importtime", str(module)],
            env={**env, "PATH": os.environ["PATH"]},
            check=True,
            capture_output=True,
            text=True,
        )
        attempts.append(_by_group(done.stderr))
    shutil.rmtree(remote)
    return min(attempts, key=lambda seconds: sum(seconds.values()))


def _by_group(text: str) -> dict[str, float]:
    seconds = dict.fromkeys([LIBRARY, *dict.fromkeys(reversed(GROUPS.values()))], 0.0)
    for line in text.splitlines():
        if not line.startswith("import time:") or "self [us]" in line:
            continue
        own, _cumulative, name = line.removeprefix("import time:").split("|")
        group = GROUPS.get(name.strip().partition(".")[0], LIBRARY)
        seconds[group] += int(own) / 1e6
    return seconds
