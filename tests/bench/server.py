# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in in a process of its own, so that what it does is not counted for a contender."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
LONGEST = 3600  # seconds after which it ends by itself, should nobody end it


class Server:
    """A context manager: a running stand-in with this latency.

    :ivar url: its address.
    """

    def __init__(self, folder: Path, latency: float) -> None:
        self.url = ""
        self._url_file = folder / "url"
        self._latency = latency
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        self._url_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.standin", "--organization", "empty", "--latency", str(self._latency)]
        command += ["--max-seconds", str(LONGEST), "--url-file", str(self._url_file)]
        self._process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not self._url_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the stand-in did not start")
            time.sleep(0.05)
        self.url = self._url_file.read_text(encoding="utf-8").strip()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(30)

    def fill(self, keys: int, owners: Mapping[str, int]) -> None:
        """A new organization of generated keys, always the same ones, and an empty log."""
        self._control("PUT", "organization", {"name": "generated", "keys": keys, "owners": dict(owners)})

    def requests(self) -> list[dict[str, Any]]:
        """The log of requests since the organization was filled."""
        log: list[dict[str, Any]] = self._control("GET", "requests")
        return log

    def deleted(self) -> frozenset[str]:
        """The ids of the keys that went since then."""
        return frozenset(one["id"] for one in self._control("GET", "state")["deleted"])

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_standin/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)
