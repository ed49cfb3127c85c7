# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of pytest for mutation.py: the tests are collected once, and each mutant is tried in a fork of that process.

mutmut itself runs pytest anew for each mutant. To find and collect the tests took it ten times as long as the tests
that kill most mutants.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from mutmut.mutation.trampoline import set_mutant_under_test

# A test of a mutant may take this many seconds, and so many times as long as without.
PATIENCE = 10, 10
# What a mutant may ask for before it is stopped, in bytes.
MEMORY = 4 << 30
# No mutant is called this.
NONE = "none"
NOTICED, BROKEN = 1, 3


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which mutants, how many at a time, and for how long."""
    parser.addoption("--mutants", type=Path, help="a file with the name of a mutant in each line, first one first")
    parser.addoption("--ended", type=Path, help="written line by line: how each ended, its name, the test that noticed")
    parser.addoption("--forks", type=int, default=2)
    parser.addoption("--seconds", type=float, help="after these no further mutant is begun")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try them all, in place of the tests; at the end the tests that noticed one, without any."""
    if session.testsfailed:
        raise session.Interrupted(f"{session.testsfailed} errors while the tests were collected")
    options = session.config.option
    trial = Trial(session, options.ended, options.forks)
    until = time.monotonic() + options.seconds
    for name in options.mutants.read_text(encoding="utf-8").splitlines():
        if time.monotonic() > until:
            break
        trial.begin(name, trial.tests_of(name))
    trial.wait(0)
    noticed = {line.split(" ", 2)[2] for line in trial.told() if line.startswith("killed ")}
    trial.begin(NONE, trial.in_order(noticed))
    trial.wait(0)
    return True


class Trial:
    """Mutants that are tried side by side."""

    def __init__(self, session: pytest.Session, ended: Path, forks: int) -> None:
        stats = json.loads(Path("mutmut-stats.json").read_text(encoding="utf-8"))
        self._touching: dict[str, list[str]] = stats["tests_by_mangled_function_name"]
        self._seconds: dict[str, float] = stats["duration_by_test"]
        self._items = {item.nodeid: item for item in session.items}
        self._ended = ended.absolute()  # tests change the directory
        self._forks = forks
        self._running: dict[int, str] = {}

    def told(self) -> list[str]:
        """What was written so far."""
        return self._ended.read_text(encoding="utf-8").splitlines()

    def tests_of(self, name: str) -> list[str]:
        """The tests that run the function of a mutant."""
        return self.in_order(self._touching.get(name.rpartition("__mutmut_")[0], ()))

    def in_order(self, tests: Iterable[str]) -> list[str]:
        """The quickest first: most mutants live no longer."""
        return sorted(set(tests) & set(self._items), key=lambda one: (self._seconds.get(one, 0), one))

    def begin(self, name: str, tests: list[str]) -> None:
        """Try one, as soon as there is room for it."""
        if not tests:
            self._tell("untested", name)
            return
        self.wait(self._forks - 1)
        pid = os.fork()
        if pid:
            self._running[pid] = name
        else:
            self._try(name, tests)

    def wait(self, left: int) -> None:
        """Until no more than so many are running."""
        while len(self._running) > left:
            pid, status = os.wait()
            # What its tests started is ended with it.
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            name = self._running.pop(pid)
            code = os.waitstatus_to_exitcode(status)
            if code != NOTICED:
                self._tell({0: "survived", -signal.SIGALRM: "timeout"}.get(code, "crashed"), name)

    def _tell(self, *words: str) -> None:
        with self._ended.open("a", encoding="utf-8") as output:
            output.write(" ".join(words) + "\n")

    def _try(self, name: str, tests: list[str]) -> None:
        """In a fork: run the tests until one notices the mutant. Ends the process."""
        code = BROKEN
        try:
            os.setpgid(0, 0)
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            set_mutant_under_test(name)
            for test, then in zip(tests, [*tests[1:], None]):
                if self._fails(test, then):
                    code = NOTICED
                    self._tell("killed", name, test)
                    break
            else:
                code = 0
        finally:
            os._exit(code)

    def _fails(self, test: str, then: str | None) -> bool:
        least, times = PATIENCE
        signal.setitimer(signal.ITIMER_REAL, least + times * self._seconds.get(test, 0))
        item = self._items[test]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=self._items[then] if then else None)
        return bool(item.session.testsfailed)
