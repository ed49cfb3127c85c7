# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the sessions share: how one is declared, and the environments, the artifact and the link tree they run on."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import nox

from tools import environments
from tools.environments import NotPossible
from tools.isolation import BUILD, CHECKOUT, COLLECTIONS, TREE, VENV
from tools.pythons import NEWEST, OLDEST, Version, dotted, find, newest

REQUIREMENTS = CHECKOUT / "tests/requirements"
DIST = BUILD / "dist"
JOBS = os.environ.get("JOBS") or str(os.cpu_count() or 2)

Env = Mapping[str, "str | None"]

# Environments are made by tools/environments.py.
verb = functools.partial(nox.session, python=False, default=False)


def require_pythons(session: nox.Session) -> None:
    """Fail where a Python is missing and EVERY_PYTHON is set, as the workflows do: nothing is left out there."""
    wanted = [(3, minor) for minor in range(OLDEST[1], NEWEST[1] + 1)]
    missing = [dotted(version) for version in wanted if version not in find()]
    if missing and os.environ.get("EVERY_PYTHON"):
        session.error(f"Python {', '.join(missing)} not found")


def environment(
    session: nox.Session, directory: Path, *requirements: str, python: Path | None = None, oldest: Version = (3, 10)
) -> Path:
    """The folder of programs of an environment; fails the session.

    :param requirements: a name means tests/requirements/NAME.txt, anything else is for pip.
    """
    files = (REQUIREMENTS / f"{name}.txt" for name in requirements)
    wanted = [file if file.is_file() else name for name, file in zip(requirements, files)]
    try:
        return environments.make(directory, *wanted, python=python, oldest=oldest)
    except (NotPossible, subprocess.CalledProcessError) as error:
        session.error(str(error))


def tools_environment(session: nox.Session, name: str, *requirements: str, oldest: Version = (3, 11)) -> Path:
    """As `environment`, on the newest Python, which the newest tools need."""
    try:
        python = newest(oldest)
    except NotPossible as error:
        session.error(str(error))
    return environment(session, BUILD / "venv" / name, *(requirements or (name,)), python=python, oldest=oldest)


def checkout_environment(session: nox.Session) -> Path:
    """The programs of the environment in .venv; the checkout is importable through .build/tree."""
    programs = environment(session, VENV, "test")
    link = TREE / "ansible_collections/keywarden/datadog"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not (link.is_symlink() and link.resolve() == CHECKOUT):
        link.unlink(missing_ok=True)
        link.symlink_to(CHECKOUT)
    return programs


def search_path(*programs: Path) -> str:
    """PATH, with these folders first."""
    return os.pathsep.join([*map(str, programs), os.environ["PATH"]])


def run(session: nox.Session, *command: object, folder: Path = CHECKOUT, env: Env | None = None) -> None:
    """Run it there, with these environment variables besides (None: without); the session fails with it."""
    with session.chdir(folder):
        session.run(*(str(word) for word in command), env=env, external=True, log=False)


def artifact() -> Path:
    """Where the artifact of this version is built."""
    lines = (CHECKOUT / "galaxy.yml").read_text(encoding="utf-8").splitlines()
    version = next(line.split()[1] for line in lines if line.startswith("version:"))
    return DIST / f"keywarden-datadog-{version}.tar.gz"


def install(session: nox.Session) -> Path:
    """Build the artifact and install it in .build/collections; the programs of the environment in .venv."""
    programs = checkout_environment(session)
    build(session, programs, CHECKOUT, DIST)
    install_artifact(session, programs, artifact(), COLLECTIONS)
    return programs


def build(session: nox.Session, programs: Path, source: Path, target: Path) -> None:
    """Build an artifact."""
    run(session, programs / "ansible-galaxy", "collection", "build", "--force", "--output-path", target, folder=source)


def install_artifact(session: nox.Session, programs: Path, file: Path, collections: Path) -> None:
    """Install an artifact without asking any server."""
    command = [programs / "ansible-galaxy", "collection", "install", "--force", "--offline", "-p", collections, file]
    session.run(
        *map(str, command), env={"ANSIBLE_COLLECTIONS_PATH": str(collections)}, external=True, silent=True, log=False
    )
