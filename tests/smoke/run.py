#!/usr/bin/env python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs tests/smoke/playbook.yml and the offboard playbook of an installed artifact, against a stand-in.

At -vvvv and with a log file: no secret is to be read in either of them, nor in the evidence. The Python that runs this
needs the stand-in's requirements; the collection is run by another one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(CHECKOUT))

from tests.adversary.secrets import traces
from tests.standin import API_KEY, APP_KEY, LEAVER, Organization, StandIn

SECRET = "9d4e1c7ab05f3826e1d97c40b8a5f263c7e80d19"
GONE = "b1076c5fe29d4380a7f35e18d6c2904b7ea1f853"


def main() -> int:
    """The command line; 1 if a playbook fails or leaves a key that it should have removed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ansible-playbook", required=True, help="the program to run")
    parser.add_argument("--collections", required=True, help="where the artifact is installed")
    parser.add_argument("--python", required=True, help="the Python that runs the modules")
    options = parser.parse_args()

    with StandIn(Organization.demo()) as standin, tempfile.TemporaryDirectory() as folder:
        secrets = {API_KEY, APP_KEY, SECRET, GONE, *(key.secret for key in standin.organization.keys.values())}
        evidence = Path(folder, "evidence")
        evidence.mkdir()
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": options.collections,
            "ANSIBLE_LOG_PATH": f"{folder}/ansible.log",
            "DD_API_KEY": API_KEY,
            "DD_APP_KEY": APP_KEY,
            "DATADOG_HOST": standin.url,
            "SMOKE_SECRETS": f"{SECRET},{GONE}",
        }

        def succeeds(playbook: str, **variables: str) -> bool:
            command = [options.ansible_playbook, "-vvvv", "-i", "localhost,", "-c", "local", playbook]
            for name, value in {"ansible_python_interpreter": options.python, **variables}.items():
                command += ["-e", f"{name}={value}"]
            done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
            Path(folder, "screen.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
            told = [path for path in Path(folder).rglob("*") if path.is_file() and traces(path.read_text(), secrets)]
            if standin.url not in Path(folder, "ansible.log").read_text(encoding="utf-8"):
                print("smoke: no module's arguments are in the log, so nothing was looked at", file=sys.stderr)
                return False
            for path in told:
                print(f"smoke: {path.name} of {playbook} holds a secret", file=sys.stderr)
            if done.returncode:
                print(done.stdout, done.stderr, file=sys.stderr)
            return not told and done.returncode == 0

        if not succeeds(str(CHECKOUT / "tests/smoke/playbook.yml"), standin_url=standin.url):
            return 1
        if not succeeds("keywarden.datadog.offboard", leavers=LEAVER, offboard_report_dir=str(evidence)):
            return 1
        left = standin.organization.keys_of(LEAVER)
        forms = {path.suffix for path in evidence.rglob("*.*")}
        if left or not forms >= {".json", ".csv", ".html"}:
            print(f"smoke: {len(left)} keys are left, evidence in {sorted(forms)}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
