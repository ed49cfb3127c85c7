# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's own tests, by ansible-test without a container, on a copy of the checkout."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import nox

from tools.isolation import BUILD, CHECKOUT
from tools.pythons import dotted, find, link, newest

from . import common
from .common import run, verb
from .matrix import CORES

RELEASES = [core for core in CORES if core != "devel"]
EDGES = [RELEASES[0], RELEASES[-1]]
PYTHONS = BUILD / "pythons"
# ansible-test would download pip's installer for its environments; Python brings one of its own.
GET_PIP = "import ensurepip; ensurepip.bootstrap(default_pip=True)\n"


@verb(name="sanity-base")
def base(session: nox.Session) -> None:
    """Make what both sanity sessions use, before they run side by side."""
    link(PYTHONS)
    for core in EDGES:
        _environment(session, core)


@verb(allow_parallel=True, requires=["sanity-base"])
@nox.parametrize("core", EDGES, ids=["oldest", "newest"])
def sanity(session: nox.Session, core: str) -> None:
    """Run every sanity test that an ansible-core has."""
    _ansible_test(session, core, "sanity")


@verb(name="units-ansible-test")
def units(session: nox.Session) -> None:
    """Run the unit tests on the oldest Python that a target may have; no ansible-core that runs on it is supported."""
    common.require_pythons(session)
    _ansible_test(session, RELEASES[-1], "units", "--python", dotted(next(iter(find()))), "--requirements", "--venv")


@verb
def integration(session: nox.Session) -> None:
    """Run the integration targets."""
    _ansible_test(session, RELEASES[-1], "integration", "--python", "default", "--requirements", "--venv")


def _ansible_test(session: nox.Session, core: str, command: str, *arguments: str) -> None:
    """Run it with every Python that is found here. All that it makes stays in .build/ansible-test."""
    print(f"=== ansible-test {' '.join([command, *arguments])}, ansible-core {core}", flush=True)
    programs = _environment(session, core)
    home = BUILD / "ansible-test" / f"home-{core}"
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    (requirements,) = programs.parent.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py")
    for version in re.findall(r"\bpip(?:_version)? ?= ?'([0-9.]+)'", requirements.read_text(encoding="utf-8")):
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP, encoding="utf-8")
    link(PYTHONS)
    copy = BUILD / "ansible-test" / f"{command}-{core}" / "ansible_collections/keywarden/datadog"
    copy_checkout(copy)
    # Without a repository of its own the copy would be taken for a part of the checkout's, ignored there.
    run(session, "git", "init", "--quiet", folder=copy)
    env = {"HOME": str(home), "PIP_QUIET": "1", "PATH": f"{programs}:{PYTHONS}:{common.search_path()}"}
    run(session, programs / "ansible-test", command, "--color", "no", *arguments, folder=copy, env=env)


def _environment(session: nox.Session, core: str) -> Path:
    """The folder of programs of an environment with this ansible-core, on the newest Python that it supports."""
    directory = BUILD / f"venv/ansible-test-{core}"
    return common.environment(
        session, directory, "ansible-test", f"ansible-core=={core}.*", python=newest(*CORES[core])
    )


def copy_checkout(target: Path) -> None:
    """Copy what git would commit (tracked, and new but not ignored): ansible-test refuses a symbolic link."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    shutil.rmtree(target, ignore_errors=True)
    for name in filter(None, listed.split("\0")):
        source = CHECKOUT / name
        # A file that was deleted but not yet committed is still listed.
        if source.exists() or source.is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
