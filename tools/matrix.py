#!/usr/bin/env python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the unit tests and a smoke playbook on every supported ansible-core with the Pythons of this machine.

Each ansible-core runs on the oldest and on the newest Python that it supports and that is found
here: the oldest with the lowest supported requests and urllib3, the newest with the highest. In
both, modules also run on the oldest supported Python as the target's interpreter.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from pythons import NEWEST, OLDEST, Version, find

# The controller Pythons of each ansible-core, as its release notes have them.
CORES: dict[str, tuple[Version, Version]] = {
    "2.16": ((3, 10), (3, 12)),
    "2.18": ((3, 11), (3, 13)),
    "2.19": ((3, 11), (3, 13)),
    "2.20": ((3, 12), (3, 14)),
    "2.21": ((3, 12), (3, 14)),
}
# lowest: what Red Hat Enterprise Linux 9 ships.
REQUESTS = {"lowest": ["requests==2.25.1", "urllib3==1.26.5"], "highest": ["requests<3", "urllib3<3"]}

CHECKOUT = Path(__file__).resolve().parent.parent
TEST_REQUIREMENTS = CHECKOUT / "tests/requirements/matrix.txt"
BUILD = Path(os.environ["BUILD"])
MATRIX = BUILD / "matrix"
STANDIN_PYTHON = Path(os.environ["VENV"]) / "bin/python"


def dotted(version: Version) -> str:
    """(3, 9) as 3.9."""
    return ".".join(map(str, version))


@dataclass(frozen=True)
class Cell:
    """One environment: an ansible-core on a Python with a requests."""

    core: str
    python: Version
    level: str

    @property
    def name(self) -> str:
        """What the environment's directory and log are called."""
        return f"core{self.core}-py{dotted(self.python)}-{self.level}"

    @property
    def environment(self) -> Path:
        """Where its virtual environment is."""
        return MATRIX / self.name

    @property
    def requirements(self) -> list[str]:
        """What distinguishes it."""
        return [f"ansible-core=={self.core}.*", *REQUESTS[self.level]]


def cells(found: list[Version]) -> list[Cell]:
    """The cells that the found Pythons can run; says which ansible-core has none."""
    chosen = []
    for core, (oldest, newest) in CORES.items():
        usable = [python for python in found if oldest <= python <= newest]
        if not usable:
            print(f"ansible-core {core}: NOT RUN, it needs a Python from {dotted(oldest)} to {dotted(newest)}")
            continue
        chosen += [Cell(core, usable[0], "lowest"), Cell(core, usable[-1], "highest")]
    return chosen


def make(directory: Path, python: Path, requirements: list[str], *files: Path) -> None:
    """A virtual environment, by tools/venv.

    :raises subprocess.CalledProcessError: if it cannot be made.
    """
    own = MATRIX / f"{directory.name}.txt"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("\n".join(requirements) + "\n", encoding="utf-8")
    environment = {**os.environ, "PYTHON": str(python), "OLDEST_PYTHON": dotted(OLDEST)}
    subprocess.run([CHECKOUT / "tools/venv", directory, own, *files], env=environment, check=True)


def target(level: str) -> Path:
    """The environment in which a target of the oldest Python runs its modules."""
    return MATRIX / f"target-py{dotted(OLDEST)}-{level}"


def passes(log: Path, *command: str | Path) -> bool:
    """Run it with its output in the log. Shows how it ended, or all of it where it failed."""
    done = subprocess.run(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    log.write_text(done.stdout, encoding="utf-8")
    print(done.stdout if done.returncode else done.stdout.rstrip().rpartition("\n")[2], flush=True)
    return done.returncode == 0


def units(cell: Cell) -> bool:
    """The unit tests of the collection, in the cell's environment."""
    pytest = ["-m", "pytest", "-q", "-n", os.environ["JOBS"], "-m", "not full", "tests/unit/plugins"]
    return passes(MATRIX / f"{cell.name}.units.log", cell.environment / "bin/python", *pytest)


def smoke(cell: Cell, target_name: str, python: Path) -> bool:
    """The smoke playbooks: this cell's ansible-playbook, modules run by `python`."""
    command: list[str | Path] = [STANDIN_PYTHON, "tests/smoke/run.py", "--python", python]
    command += ["--collections", BUILD / "collections"]
    command += ["--ansible-playbook", cell.environment / "bin/ansible-playbook"]
    return passes(MATRIX / f"{cell.name}.{target_name}.log", *command)


def run(cell: Cell, with_target: bool) -> dict[str, bool]:
    """What was run in the cell, and whether it passed."""
    print(f"\n=== ansible-core {cell.core}, Python {dotted(cell.python)}, {' '.join(REQUESTS[cell.level])}", flush=True)
    targets = {"smoke": cell.environment}
    if with_target:
        targets[f"smoke on {dotted(OLDEST)}"] = target(cell.level)
    results = {"units": units(cell)}
    with ThreadPoolExecutor(len(targets)) as pool:
        passed = pool.map(lambda name: smoke(cell, name.replace(" ", "-"), targets[name] / "bin/python"), targets)
        return {**results, **dict(zip(targets, passed))}


def main() -> int:
    """Make the environments, run the cells, print the table; 1 if anything failed."""
    started = time.monotonic()
    pythons = find()
    found = list(pythons)
    for version, path in pythons.items():
        print(f"Python {dotted(version)}: {path}")
    supported = [(3, minor) for minor in range(OLDEST[1], NEWEST[1] + 1)]
    for version in supported:
        if version not in pythons:
            print(f"Python {dotted(version)}: NOT FOUND on this machine, nothing is run on it")

    chosen = cells(found)
    with_target = OLDEST in pythons
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = [
            pool.submit(make, cell.environment, pythons[cell.python], cell.requirements, TEST_REQUIREMENTS)
            for cell in chosen
        ]
        if with_target:
            made += [pool.submit(make, target(level), pythons[OLDEST], pins) for level, pins in REQUESTS.items()]
    for one in made:
        one.result()
    print(f"Environments ready after {time.monotonic() - started:.0f} s")

    results = {cell: run(cell, with_target) for cell in chosen}
    print(f"\n{'ansible-core':<14}{'Python':<8}{'requests':<10}result")
    for cell, outcome in results.items():
        words = ", ".join(f"{name} {'passed' if passed else 'FAILED'}" for name, passed in outcome.items())
        print(f"{cell.core:<14}{dotted(cell.python):<8}{cell.level:<10}{words}")
    print(f"{len(results)} environments in {time.monotonic() - started:.0f} s")
    return int(not results or not all(all(outcome.values()) for outcome in results.values()))


if __name__ == "__main__":
    sys.exit(main())
