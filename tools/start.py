# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts nox, which it installs in .build if need be: `python3 tools/start.py SESSION...` needs Python 3.10 alone.

nox cannot install itself; this is what the Makefile calls.
"""

import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 10):
    version = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"make: this is Python {version}, and 3.10 or newer is needed. Name one: make PYTHON=/path/to/python3")

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.environments import NotPossible, is_current, make, probe
from tools.isolation import CHECKOUT, NOX, isolate
from tools.pythons import newest

REQUIREMENTS = CHECKOUT / "tests/requirements/nox.txt"


def main() -> None:
    """Become nox, with the arguments of this command as sessions."""
    isolate()
    # Before nox is on PATH with a Python of its own.
    os.environ["PYTHON"] = sys.executable
    try:
        if not is_current(NOX, REQUIREMENTS):
            # The newest, for the newest linters. Demonstration and tests run on the Python that was asked for.
            probe(sys.executable, (3, 10))
            make(NOX, REQUIREMENTS, python=newest())
    except NotPossible as error:
        sys.exit(f"make: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"make: could not make {NOX}: {error}")
    os.environ["PATH"] = f"{NOX / 'bin'}{os.pathsep}{os.environ['PATH']}"
    os.execv(NOX / "bin/nox", ["nox", "-s", *sys.argv[1:]])


if __name__ == "__main__":
    main()
