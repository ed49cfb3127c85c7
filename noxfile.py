# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that can be done here is a session: `nox -l` lists them, the Makefile is their index.

The sessions are in nox_sessions/, by topic. Those of the linters come from antsibull-nox.toml.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import antsibull_nox
import nox

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tools.isolation import BUILD, VENV, isolate

isolate()
# For what antsibull-nox's sessions ask of an ansible-core.
os.environ["PATH"] += f"{os.pathsep}{VENV / 'bin'}"
nox.options.envdir = str(BUILD / "nox")
nox.options.reuse_venv = "yes"
if os.environ.get("QUIET"):
    # One session speaks for itself: the demonstration's last line is where its page is.
    logging.getLogger("nox").setLevel(logging.WARNING)

antsibull_nox.load_antsibull_nox_toml()

from nox_sessions import ansible_test, artifact, bench, browser, documentation, lint, matrix, nightly, tests

__all__ = ["ansible_test", "artifact", "bench", "browser", "documentation", "lint", "matrix", "nightly", "tests"]

if __name__ == "__main__":
    nox.main()
