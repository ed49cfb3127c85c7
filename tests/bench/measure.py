# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one contender once, and measures it from outside."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..standin import API_KEY, APP_KEY
from .memory import sampled
from .server import CHECKOUT, Server

HERE = Path(__file__).resolve().parent
LONGEST = 900  # seconds that one run may take


@dataclasses.dataclass(frozen=True)
class Run:
    """One run: seconds, bytes and counts.

    :ivar cpu: user and system time of all its processes.
    :ivar memory: the peak of the process that does the work: the largest module, or the script.
    :ivar together: the most that all its processes were seen to hold at one moment, what they share counted once.
    :ivar resolving: how many of the requests read the list of users, or searched it.
    :ivar phases: where the time went, where one module was run and it sent requests; see `_phases`.
    """

    wall: float
    cpu: float
    memory: int
    together: int
    requests: int
    resolving: int
    phases: Mapping[str, float]


def environment(folder: Path, url: str) -> dict[str, str]:
    """What a contender sees: Ansible as it comes, and all its files below `folder`."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_REMOTE_TMP": str(folder / "ansible/remote"),
        "ANSIBLE_COLLECTIONS_PATH": os.environ.get("KEYWARDEN_COLLECTIONS", str(CHECKOUT / ".build/collections")),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "DD_API_KEY": API_KEY,
        "DD_APP_KEY": APP_KEY,
        "DD_HOST": url,
        "PYTHONPATH": str(HERE / "probe"),
        "BENCH_PROBE": str(folder / "probe.jsonl"),
    }


def measure(command: Sequence[str], server: Server, folder: Path) -> Run:
    """Run a command to its end.

    :raises RuntimeError: it failed, which would make its time worthless.
    """
    probe = folder / "probe.jsonl"
    probe.unlink(missing_ok=True)
    output = folder / "output.txt"
    with output.open("wb") as file:
        start = time.time()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder, server.url),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        watchdog = threading.Timer(LONGEST, process.kill)
        watchdog.start()
        with sampled(process.pid) as together:
            _pid, status, usage = os.wait4(process.pid, 0)
            end = time.time()
        watchdog.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        text = output.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{text[-4000:]}")
    records = [json.loads(line) for line in probe.read_text(encoding="utf-8").splitlines()]
    # A module that was not written to a file first has no name.
    modules = [one for one in records if not one["program"] or Path(one["program"]).name.startswith("AnsiballZ_")]
    requests = [request for log in server.logs() for request in log]
    memory = max(one["peak"] for one in modules or records)
    return Run(
        wall=end - start,
        cpu=usage.ru_utime + usage.ru_stime,
        memory=memory,
        # Looked at once a second, so a peak may be missed.
        together=max([*together, memory]),
        requests=len(requests),
        resolving=sum(request["path"].partition("?")[0].endswith("/users") for request in requests),
        phases=_phases(start, end, modules[0], requests) if len(modules) == 1 else {},
    )


def _phases(
    start: float, end: float, module: Mapping[str, Any], requests: Sequence[Mapping[str, Any]]
) -> dict[str, float]:
    """Seconds, in order: Ansible until it starts the module, the module until its first request, from there until its
    last answer, the module until its end, and Ansible after that."""
    first = requests[0]["time"] if requests else module["ended"]
    last = max((one["time"] + (one["seconds"] or 0.0) for one in requests), default=first)
    return {
        "before": module["started"] - start,
        "start": first - module["started"],
        "wire": last - first,
        "result": module["ended"] - last,
        "after": end - module["ended"],
    }
