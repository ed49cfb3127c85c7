# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What takes too long for each change: every fault, many examples, every mutant, all unit tests in each cell."""

from __future__ import annotations

import datetime
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import nox

from tools.isolation import BUILD, CHECKOUT, COLLECTIONS, NOX, TREE

from . import common
from .common import JOBS, verb

TOLD = re.compile(
    r"^(?:[a-z]+ tried: .*|=* ?\d+ (?:passed|failed).* in .*|.*ansible-core .*(?:smoke|NOT RUN).*)$", re.MULTILINE
)


@dataclass(frozen=True)
class Part:
    """:ivar minutes: the longest it may take."""

    name: str
    minutes: int
    command: list[str]


@verb
def nightly(session: nox.Session) -> None:
    """Run the parts, or those named; the last lines say what was tried."""
    programs = common.install(session)
    mutation = common.environment(session, BUILD / "venv/mutation", "test", "mutation")
    mutmut = [
        str(mutation / "python"),
        "tests/adversary/mutation.py",
        "--share",
        "100",
        "--minutes",
        "60",
        # An hour is not enough for all of them: each night begins where others have not come to.
        "--start",
        str(datetime.date.today().toordinal() * 27 % 100),
        "--jobs",
        JOBS,
    ]
    pytest = [str(programs / "pytest"), "-n", JOBS, "-o", f"pythonpath={TREE}", "tests/adversary"]
    full = ["-m", "full", "tests/playbooks", "tests/docs"]
    parts = [
        Part("adversary", 75, pytest),
        Part("full", 75, [*pytest[:-1], *full]),
        Part("mutation", 90, mutmut),
        Part("matrix", 75, [str(NOX / "bin/nox"), "--parallel", JOBS, "-s", "matrix", "--", "units"]),
    ]
    unknown = set(session.posargs) - {part.name for part in parts}
    if unknown:
        session.error(f"There is no part {', '.join(sorted(unknown))}.")
    chosen = [part for part in parts if part.name in (session.posargs or [part.name])]
    commit = session.run("git", "describe", "--always", "--dirty", external=True, silent=True, log=False)
    lines = [f"nightly of {str(commit).strip()}"]
    failed = 0
    for part in chosen:
        started = time.monotonic()
        ended = _run(part, BUILD / f"nightly-{part.name}.log")
        failed += ended != "passed"
        lines.append(f"{part.name:<10} {ended:<10} {time.monotonic() - started:5.0f} s")
        said = (BUILD / f"nightly-{part.name}.log").read_text(encoding="utf-8")
        lines += [f"  {line.strip('= ')}" for line in TOLD.findall(said)]
    print("", *lines, f"nightly: {len(chosen) - failed} passed, {failed} failed", sep="\n", flush=True)
    if failed:
        session.error("not every part passed")


def _run(part: Part, log: Path) -> str:
    """Run it with its output on the screen and in the log; how it ended."""
    print(f"\n######## {part.name}, at most {part.minutes} minutes", flush=True)
    variables = {"ADVERSARY_EXAMPLES": "200", **os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    with log.open("w") as output:
        # What it starts is ended with it.
        process = subprocess.Popen(
            part.command, cwd=CHECKOUT, env=variables, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            code = process.wait(part.minutes * 60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            code = None
    print(log.read_text(encoding="utf-8"), flush=True)
    return {None: "TIMED OUT", 0: "passed"}.get(code, "FAILED")
