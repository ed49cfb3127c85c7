# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every supported ansible-core, with the oldest and the newest Python that it supports and that is found here.

The oldest Python has the lowest supported requests and urllib3, the newest the highest. In each cell the smoke
playbooks run twice: with that Python as the target's too, and with the oldest supported Python there. The unit tests
run in one cell only, the oldest of all: `.ci/run` runs `make test` on the newest of all. The others run them at night.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nox

from tools import environments
from tools.environments import NotPossible
from tools.isolation import BUILD, COLLECTIONS, VENV
from tools.pythons import NEWEST, OLDEST, Version, dotted, find

from . import common
from .common import JOBS, verb

# The controller Pythons of each ansible-core, as its release notes have them.
CORES: dict[str, tuple[Version, Version]] = {
    "2.16": ((3, 10), (3, 12)),
    "2.17": ((3, 10), (3, 12)),
    "2.18": ((3, 11), (3, 13)),
    "2.19": ((3, 11), (3, 13)),
    "2.20": ((3, 12), (3, 14)),
    "2.21": ((3, 12), (3, 14)),
    "devel": ((3, 13), NEWEST),
}
# What pip installs as the development branch: a pre-release, or in ANSIBLE_DEVEL the address of an archive.
DEVEL = os.environ.get("ANSIBLE_DEVEL") or "ansible-core>=2.22.0.dev0"
# lowest: what Red Hat Enterprise Linux 9 ships.
REQUESTS = {"oldest": ["requests==2.25.1", "urllib3==1.26.5"], "newest": ["requests<3", "urllib3<3"]}
CELLS = [(core, edge) for core in CORES for edge in REQUESTS if (core, edge) != ("devel", "oldest")]
WITH_UNITS = [("2.16", "oldest")]
# The development branch masks secrets in another place than a module's own output, where the unit tests look for them.
WITHOUT_UNITS = ["devel"]

MATRIX = BUILD / "matrix"
VERSIONS = """
import importlib.metadata as m, platform
print(f"ansible-core {m.version('ansible-core')}, Python {platform.python_version()}, "
      f"requests {m.version('requests')}, urllib3 {m.version('urllib3')}")
"""


@verb(name="matrix-base")
def base(session: nox.Session) -> None:
    """Make what all cells of the matrix share: the artifact, and the targets of the oldest Python."""
    common.install(session)
    pythons = find()
    for minor in range(OLDEST[1], NEWEST[1] + 1):
        path = pythons.get((3, minor), "NOT FOUND on this machine, nothing is run on it")
        print(f"Python 3.{minor}: {path}", flush=True)
    common.require_pythons(session)
    if OLDEST in pythons:
        for edge, pins in REQUESTS.items():
            common.environment(session, target(edge), *pins, python=pythons[OLDEST], oldest=OLDEST)


@verb(allow_parallel=True, requires=["matrix-base"])
@nox.parametrize("core, edge", CELLS, ids=["-".join(cell) for cell in CELLS])
def matrix(session: nox.Session, core: str, edge: str) -> None:
    """Run the smoke playbooks, and in one cell the unit tests, with one ansible-core; `-- units` for units in each."""
    usable = [version for version in find() if CORES[core][0] <= version <= CORES[core][1]]
    if not usable:
        skip(session, f"ansible-core {core}: NOT RUN, it needs a Python from {' to '.join(map(dotted, CORES[core]))}")
    version = usable[0 if edge == "oldest" else -1]
    ansible = DEVEL if core == "devel" else f"ansible-core=={core}.*"
    directory = MATRIX / f"core{core}-py{dotted(version)}-{edge}"
    units = (core, edge) in WITH_UNITS or ("units" in session.posargs and core not in WITHOUT_UNITS)
    # What the unit tests need takes longer to install than the smoke playbooks take.
    requirements = ["matrix"] if units else []
    try:
        # Where an address is given, what is wrong with it is an error.
        if core == "devel" and not os.environ.get("ANSIBLE_DEVEL") and not installable(DEVEL, find()[version]):
            skip(session, f"ansible-core devel: NOT RUN, the registry has no {DEVEL} for Python {dotted(version)}")
        wanted = [*requirements, ansible, *REQUESTS[edge]]
        programs = common.environment(session, directory, *wanted, python=find()[version])
    except NotPossible as error:
        session.error(str(error))
    python = programs / "python"
    results = []
    if units:
        pytest = ["-m", "pytest", "-q", "-n", JOBS, "-m", "not full", "tests/unit/plugins"]
        results.append("units: " + last_line(session, python, *pytest))
    elif "units" in session.posargs:
        results.append(f"units: NOT RUN with {core}")
    targets = {"smoke": directory, f"smoke on Python {dotted(OLDEST)}": target(edge)}
    for name, environment in targets.items():
        if environment.is_dir():
            smoke = ["tests/smoke/run.py", "--collections", COLLECTIONS, "--python", environment / "bin/python"]
            last_line(session, VENV / "bin/python", *smoke, "--ansible-playbook", programs / "ansible-playbook")
            results.append(name + ": passed")
    print(last_line(session, python, "-c", VERSIONS), *results, sep="; ", flush=True)


def target(edge: str) -> Path:
    """The environment in which a target of the oldest Python runs its modules."""
    return MATRIX / f"target-py{dotted(OLDEST)}-{edge}"


def installable(requirement: str, python: Path) -> bool:
    """Whether pip would find it."""
    pip = [str(environments.PIP / "bin/python"), "-m", "pip", "--python", str(python), "install"]
    command = [*pip, "--quiet", "--dry-run", "--ignore-installed", "--no-deps", requirement]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def skip(session: nox.Session, why: str) -> None:
    """Leave a cell out, and say so."""
    print(why, flush=True)
    session.skip(why)


def last_line(session: nox.Session, *command: object) -> str:
    """Run it; how its output ended. All of it is shown where it fails."""
    words = [str(word) for word in command]
    return str(session.run(*words, external=True, silent=True, log=False)).rstrip().rpartition("\n")[2]
