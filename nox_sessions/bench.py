# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark and its page."""

from __future__ import annotations

from pathlib import Path

import nox

from tools.isolation import BUILD, COLLECTIONS

from . import common
from .common import run, verb


def _environment(session: nox.Session) -> Path:
    return common.environment(session, BUILD / "venv/bench", "bench")


@verb
def bench(session: nox.Session) -> None:
    """Compare with uri loops and the official client."""
    common.install(session)
    programs = _environment(session)
    # Users' Pythons keep their byte code, so these do.
    env: common.Env = {"PYTHONDONTWRITEBYTECODE": None, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)}
    command = [programs / "python", "-m", "tests.bench", "run", *session.posargs]
    run(session, *command, env=env)


@verb(name="bench-page")
def bench_page(session: nox.Session) -> None:
    """Write the numbers of the last benchmark into the documentation."""
    run(session, _environment(session) / "python", "-m", "tests.bench", "page")
