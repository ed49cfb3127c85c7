# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-ins in a process of their own, so that what they do is not counted for a contender."""

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
LONGEST = 7200  # seconds after which it ends by itself, should nobody end it


class Server:
    """A context manager: running stand-ins with this latency, each a Datadog of one organization.

    :ivar urls: their addresses.
    """

    def __init__(self, folder: Path, latency: float, count: int = 1) -> None:
        self.urls: list[str] = []
        self._count = count
        self._url_file = folder / "url"
        self.latency = latency
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        self._url_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.bench.farm", str(self._count), str(self.latency)]
        command += [str(LONGEST), str(self._url_file)]
        self._process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not self._url_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the stand-in did not start")
            time.sleep(0.05)
        self.urls = self._url_file.read_text(encoding="utf-8").split()
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(30)

    @property
    def url(self) -> str:
        """The address of the first."""
        return self.urls[0]

    def fill(self, keys: int, owners: Mapping[str, int], tokens: Mapping[str, int]) -> None:
        """New organizations of generated keys and tokens, always the same ones, and empty logs."""
        organization = {"name": "generated", "keys": keys, "owners": dict(owners), "tokens": dict(tokens)}
        self._control("PUT", "organization", organization)

    def logs(self) -> list[list[dict[str, Any]]]:
        """The requests of each organization since they were filled."""
        return self._control("GET", "requests")

    def deleted(self) -> set[frozenset[str]]:
        """The ids of the keys and tokens that went since then: one set, if all organizations lost the same."""
        return {frozenset(one["id"] for one in state["deleted"]) for state in self._control("GET", "state")}

    def _control(self, method: str, path: str, body: Any = None) -> list[Any]:
        data = None if body is None else json.dumps(body).encode()
        answers = []
        for url in self.urls:
            request = urllib.request.Request(f"{url}/_standin/{path}", data, method=method)
            with urllib.request.urlopen(request, timeout=60) as response:
                answers.append(json.load(response))
        return answers
