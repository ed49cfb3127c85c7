# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the stand-in from a shell: `python -m tests.standin --help` or `python tests/standin --help`."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

if __package__:
    from .cli import main

    sys.exit(main())

# Run as a directory: start again as a package, whose modules are no top-level ones.
sys.path[0] = str(Path(__file__).resolve().parent.parent)
runpy.run_module("standin", run_name="__main__", alter_sys=True)
