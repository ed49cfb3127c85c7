# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demonstration and the tests."""

from __future__ import annotations

import nox

from tools.isolation import BUILD, COLLECTIONS, TREE

from . import common
from .common import JOBS, run, verb

SUITES = [f"tests/{name}" for name in ("unit", "playbooks", "docs", "adversary")]


@verb
def demo(session: nox.Session) -> None:
    """Show the collection at work on the stand-in."""
    programs = common.install(session)
    search = common.search_path(programs)
    run(
        session,
        programs / "python",
        "tests/demo/run",
        env={"PATH": search, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)},
    )


@verb
def test(session: nox.Session) -> None:
    """Run the tests of the checkout and of the installed artifact, and a sample of the adversary's suite."""
    programs = common.install(session)
    command = [programs / "pytest", "-n", JOBS, "-o", f"pythonpath={TREE}", *SUITES, "-m", "not full"]
    run(session, *command, *session.posargs, env={"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)})


@verb
def mutation(session: nox.Session) -> None:
    """Put small defects into the deciding layers, one at a time, and see whether the tests notice."""
    programs = common.environment(session, BUILD / "venv/mutation", "test", "mutation")
    run(session, programs / "python", "tests/adversary/mutation.py", "--jobs", JOBS, *session.posargs)


@verb
def rulebook(session: nox.Session) -> None:
    """Run the rulebook with Event-Driven Ansible itself."""
    common.install(session)
    programs = common.environment(session, BUILD / "venv/eda", "eda")
    run(session, programs / "python", "-m", "pytest", "-o", f"pythonpath={TREE}", "tests/eda")
