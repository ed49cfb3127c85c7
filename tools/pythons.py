#!/usr/bin/env python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the Pythons of this machine, one of each minor version.

tools/pythons.py               lists them: version and path
tools/pythons.py --newest      the newest that can run the newest ansible-core
tools/pythons.py --link DIR    makes DIR/python3.N for each, for tools that search PATH
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

Version = tuple[int, int]
OLDEST: Version = (3, 9)
NEWEST: Version = (3, 14)
PROBE = "import os, sys, ensurepip, venv; print(*sys.version_info[:2], os.path.realpath(sys.executable))"


def candidates() -> list[Path]:
    """Every executable that may be a Python of a supported version, best first."""
    names = ["python3", *(f"python3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1))]
    chosen = os.environ.get("PYTHON", "")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += sorted(pyenv.glob("versions/*/bin"), reverse=True)
    folders += [Path("/usr/local/bin"), Path("/usr/bin")]
    found = [Path(chosen)] if os.path.isabs(chosen) else []
    found += [folder / name for folder in folders for name in names]
    return [path for path in found if os.access(path, os.X_OK)]


def find() -> dict[Version, Path]:
    """The first working Python of each minor version that can make virtual environments."""
    pythons: dict[Version, Path] = {}
    tried = set()
    for candidate in candidates():
        real = candidate.resolve()
        if real in tried:
            continue
        tried.add(real)
        answer = subprocess.run([candidate, "-c", PROBE], capture_output=True, text=True, check=False)
        if answer.returncode:
            continue
        major, minor, executable = answer.stdout.strip().split(" ", 2)
        version = (int(major), int(minor))
        if OLDEST <= version <= NEWEST:
            pythons.setdefault(version, Path(executable))
    return dict(sorted(pythons.items()))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--newest", action="store_true")
    parser.add_argument("--link", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    pythons = find()
    if not pythons:
        sys.exit(f"tools/pythons.py: found no Python from {OLDEST} to {NEWEST} that has its venv module")
    if arguments.newest:
        print(list(pythons.values())[-1])
        return
    for (major, minor), path in pythons.items():
        if arguments.link:
            arguments.link.mkdir(parents=True, exist_ok=True)
            link = arguments.link / f"python{major}.{minor}"
            link.unlink(missing_ok=True)
            link.symlink_to(path)
        else:
            print(f"{major}.{minor} {path}")


if __name__ == "__main__":
    main()
