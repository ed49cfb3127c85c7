# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments that are remade when their requirements change, and only then.

nox would keep an environment whatever became of its requirements, or ask pip each time. A half-made environment is
never taken for a whole one, and one recent pip serves all: many times as fast as a pip in each, and as an old one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.isolation import BUILD

PIP = BUILD / "venv/pip"
PROBE = "import os, platform, sys; print(os.path.realpath(sys.executable), platform.python_version())"


class NotPossible(Exception):
    """An environment cannot be made; the text says why and what to do."""


def probe(python: str | Path, oldest: tuple[int, int]) -> tuple[str, str]:
    """Where a Python really is (a shim may stand for another one tomorrow), and its version.

    :raises NotPossible: it does not run, is too old, or has no venv module.
    """
    wanted = ".".join(map(str, oldest))
    try:
        answer = subprocess.run([python, "-c", PROBE], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise NotPossible(
            f"cannot run {python}. Install Python {wanted} or newer, or name one: make PYTHON=/path/to/python3"
        ) from None
    real, version = answer.strip().rsplit(" ", 1)
    if tuple(map(int, version.split(".")[:2])) < oldest:
        raise NotPossible(
            f"{python} is Python {version}, and {wanted} or newer is needed. Name one: make PYTHON=/path/to/python3"
        )
    if subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode:
        raise NotPossible(
            f"{python} cannot make virtual environments. Install its venv module (on Debian and Ubuntu: "
            "apt install python3-venv)."
        )
    return real, version


def contents(requirements: tuple[Path | str, ...]) -> str:
    """What the files and the single requirements ask for."""
    texts = (one.read_text(encoding="utf-8") if isinstance(one, Path) else f"{one}\n" for one in requirements)
    return "".join(texts).rstrip("\n")


def is_current(directory: Path, *requirements: Path | str) -> bool:
    """Whether the environment was made from these, by whichever Python that still is there."""
    made_from = directory / ".made-from"
    if not made_from.is_file():
        return False
    python, _newline, text = made_from.read_text(encoding="utf-8").partition("\n")
    return text.rstrip("\n") == contents(requirements) and Path(python.rsplit(" ", 1)[0]).exists()


def make(
    directory: Path, *requirements: Path | str, python: str | Path | None = None, oldest: tuple[int, int] = (3, 10)
) -> Path:
    """Make it, or leave it where neither the requirements nor the Python changed; its folder of programs.

    :param requirements: files of requirements, and single ones as text.
    :param python: instead of $PYTHON.
    :raises NotPossible: this Python cannot.
    :raises subprocess.CalledProcessError: pip cannot.
    """
    real, version = probe(python or os.environ.get("PYTHON") or sys.executable, oldest)
    made_from = directory / ".made-from"
    wanted = f"{real} {version}\n{contents(requirements)}\n"
    if made_from.is_file() and made_from.read_text(encoding="utf-8") == wanted:
        return directory / "bin"
    names = " ".join(one.name if isinstance(one, Path) else one for one in requirements)
    print(f"Making {os.path.relpath(directory)} with Python {version} from {names}", flush=True)
    if not (PIP / "made").exists():
        shutil.rmtree(PIP, ignore_errors=True)
        subprocess.run([real, "-m", "venv", PIP], check=True)
        subprocess.run([PIP / "bin/python", "-m", "pip", "install", "-qq", "--upgrade", "pip >=25, <26"], check=True)
        (PIP / "made").touch()
    shutil.rmtree(directory, ignore_errors=True)
    subprocess.run([real, "-m", "venv", "--without-pip", directory], check=True)
    command: list[str | Path] = [PIP / "bin/python", "-m", "pip", "--python", directory / "bin/python"]
    wishes = [("-r", one) if isinstance(one, Path) else (one,) for one in requirements]
    subprocess.run([*command, "install", "-qq", *(word for wish in wishes for word in wish)], check=True)
    made_from.write_text(wanted, encoding="utf-8")
    return directory / "bin"
