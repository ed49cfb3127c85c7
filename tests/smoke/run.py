#!/usr/bin/env python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs tests/smoke/playbook.yml on an installed artifact, against a stand-in of its own.

The Python that runs this needs the stand-in's requirements; the collection is run by another one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(CHECKOUT))

from tests.standin import API_KEY, APP_KEY, Organization, StandIn

SECRET = "9d4e1c7ab05f3826e1d97c40b8a5f263c7e80d19"


def main() -> int:
    """The command line; ends with ansible-playbook's return code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ansible-playbook", required=True, help="the program to run")
    parser.add_argument("--collections", required=True, help="where the artifact is installed")
    parser.add_argument("--python", required=True, help="the Python that runs the modules")
    options = parser.parse_args()
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": options.collections,
        "SMOKE_API_KEY": API_KEY,
        "SMOKE_APP_KEY": APP_KEY,
        "SMOKE_SECRET": SECRET,
    }
    with StandIn(Organization.demo()) as standin:
        command = [options.ansible_playbook, "-i", "localhost,", "-c", "local"]
        for variable in (f"standin_url={standin.url}", f"ansible_python_interpreter={options.python}"):
            command += ["-e", variable]
        command.append(str(CHECKOUT / "tests/smoke/playbook.yml"))
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
