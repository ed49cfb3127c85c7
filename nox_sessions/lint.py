# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gates that antsibull-nox does not have, and all of them in one."""

from __future__ import annotations

import nox

from tools.isolation import TREE

from . import common
from .common import run, verb


@verb
def imports(session: nox.Session) -> None:
    """Hold the direction of imports, with import-linter."""
    common.checkout_environment(session)
    programs = common.tools_environment(session, "lint")
    run(session, programs / "lint-imports", "--no-cache", env={"PYTHONPATH": str(TREE)})


@verb(name="changelog-check")
def changelog_check(session: nox.Session) -> None:
    """Check the changelog and its fragments."""
    programs = common.tools_environment(session, "lint")
    run(session, programs / "antsibull-changelog", "lint", env={"PATH": common.search_path(programs)})


@verb
def prose(session: nox.Session) -> None:
    """Check the words of guides, documentation and messages; name files to check only these."""
    programs = common.tools_environment(session, "lint")
    run(session, programs / "python", "-m", "tools.prose", *session.posargs)


@verb(
    requires=[
        "env",
        *("lint", "docs-check", "license-check", "extra-checks", "build-import-check", "ansible-lint"),
        *("imports", "changelog-check", "prose"),
    ]
)
def gates(_session: nox.Session) -> None:
    """Run every gate."""
