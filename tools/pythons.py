# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the Pythons of this machine, one of each minor version.

nox and ansible-test look on PATH alone, where pyenv's shims stand for Pythons that may not be there.
"""

from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

from tools.environments import NotPossible

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


@functools.cache
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


def newest(oldest: Version = OLDEST, newest: Version = NEWEST) -> Path:
    """The newest one within these bounds.

    :raises NotPossible: if there is none.
    """
    within = [path for version, path in find().items() if oldest <= version <= newest]
    if not within:
        raise NotPossible(f"found no Python from {dotted(oldest)} to {dotted(newest)} that has its venv module")
    return within[-1]


def link(folder: Path) -> None:
    """Make folder/python3.N for each, for what searches PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    for version, path in find().items():
        entry = folder / f"python{dotted(version)}"
        if not entry.is_symlink() or Path(os.readlink(entry)) != path:
            entry.unlink(missing_ok=True)
            entry.symlink_to(path)


def dotted(version: Version) -> str:
    """(3, 9) as 3.9."""
    return ".".join(map(str, version))


if __name__ == "__main__":
    print(newest())
