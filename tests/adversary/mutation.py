#!/usr/bin/env python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutation: small defects are put into the decision and HTTP layers, one at a time, and a test has to notice.

mutmut makes the mutants, in a copy of the checkout, and finds out which tests run which function. This script chooses
mutants, has pytest try them (mutants.py), and holds what survived against survivors.txt, where each survivor that does
no harm has its line of reason. It names those that have none, and ends with 1 where too few were killed, or where a
reason is about a mutant that is no longer made.
"""

from __future__ import annotations

import argparse
import ast
import collections
import difflib
import os
import re
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
SURVIVORS = HERE / "survivors.txt"
COLLECTION = "ansible_collections/keywarden/datadog"
UTILS = f"{COLLECTION}/plugins/module_utils"

# What decides about keys is tried whole, of the rest a share. The choice follows from the text of a mutant, so it is
# the same everywhere.
DECISIONS = (
    *("_removal.guards", "_removal.deletion", "_removal.verification"),
    *("_removal.looks", "_removal.plan", "_removal.filters", "_removal.halt", "_removal.removal"),
)
OTHERS = (
    *("_removal.selection", "_api.retry", "_api.client", "_api.transport", "_api.answers", "_api.pages"),
    *("_datadog.users", "_datadog.names", "_datadog.directory", "_datadog.account", "_datadog.ages", "_datadog.dates"),
    *("_datadog.access_tokens", "_datadog.token_listing", "_datadog.view", "_datadog.application_keys_v1"),
    *("_datadog.application_keys_v2", "_datadog.own_credential", "_masking"),
)
KILLED = ("killed", "timeout", "crashed")

TESTS = (
    "tests/unit/plugins/module_utils",
    "tests/unit/plugins/modules",
    "tests/adversary/test_hostile_answers.py",
    "tests/adversary/test_small_defects.py",
)
# Tests of other files, and those that take longest.
NOT_THESE = (
    *("test_access_reports", "test_documentation", "test_environment"),
    *("10000", "hostile_values", "drips", "five_hundred"),
    *("holds_a_secret_of_the_url", "side_by_side", "reset_within", "sum_of_all_waits", "before_the_reset"),
)

PATHS = [f"{COLLECTION}/{path}" for path in TESTS]
NARROWED = ["-m", "not full", "-k", " and ".join(f"not {word}" for word in NOT_THESE)]
SELECTION = [*PATHS, *NARROWED]
PLUGIN = "ansible_collections.keywarden.datadog.tests.adversary.mutants"

SETTINGS = f"""
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:xdist"]
markers = ["full: takes long"]
pythonpath = ["."]

[tool.mutmut]
source_paths = ["ansible_collections"]
only_mutate = {[f"{UTILS}/{name.replace('.', '/')}.py" for name in DECISIONS + OTHERS]}
pytest_add_cli_args_test_selection = {PATHS}
pytest_add_cli_args = {NARROWED}
track_dependencies = false
use_git_change_detection = false
"""


@dataclass(frozen=True)
class Mutant:
    """:ivar name: as mutmut calls it.
    :ivar change: the function, and the first line that differs, before and after.
    :ivar wording: whether only words for people differ.
    """

    name: str
    change: str
    wording: bool

    @property
    def decides(self) -> bool:
        """Whether it is in a layer that is tried whole."""
        return self.change.startswith(tuple(f"{name}." for name in DECISIONS))

    @property
    def lot(self) -> int:
        """0 to 99, from the text of the change alone."""
        return zlib.crc32(unquoted(self.change).encode()) % 100


def prepare(folder: Path) -> None:
    """A copy of what is needed, where mutmut can work."""
    target = folder / COLLECTION
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("plugins", "tests", "roles", "playbooks", "meta"):
        shutil.copytree(CHECKOUT / part, target / part, ignore=shutil.ignore_patterns("__pycache__", ".build"))
    shutil.copy(CHECKOUT / "galaxy.yml", target)
    (folder / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")


def run(command: list[object], folder: Path, seconds: float | None = None) -> str:
    """Run a program, at most so long; what it printed."""
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0]


def attempt(folder: Path, chosen: list[Mutant], jobs: int, seconds: float) -> tuple[dict[str, str], str]:
    """Try mutants; how those ended that were tried, and what pytest said."""
    work = folder / "mutants"
    names, ended = work / "names.txt", work / "ended.txt"
    names.write_text("".join(f"{one.name}\n" for one in chosen), encoding="utf-8")
    ended.write_text("", encoding="utf-8")
    pytest: list[object] = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-s",
        "-c",
        "pyproject.toml",
        "-p",
        PLUGIN,
        *SELECTION,
    ]
    options: list[object] = [f"--mutants={names.name}", f"--ended={ended.name}", f"--forks={jobs}"]
    said = run([*pytest, *options, f"--seconds={seconds}"], work)
    lines = [line.split(" ") for line in ended.read_text(encoding="utf-8").splitlines()]
    return {name: how for how, name, *_test in lines}, said


def mutants(folder: Path) -> Iterator[Mutant]:
    """All the mutants that were made."""
    utils = folder / "mutants" / UTILS
    for file in sorted([*utils.glob("_*.py"), *utils.glob("_*/*.py")]):
        functions = {
            node.name: node
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef) and "__mutmut_" in node.name
        }
        module = ".".join(file.relative_to(utils).with_suffix("").parts)
        for name, node in functions.items():
            mangled, _mark, number = name.rpartition("__mutmut_")
            if number.isdecimal():
                yield mutant(module, mangled, name, functions[f"{mangled}__mutmut_orig"], node)


def mutant(module: str, mangled: str, name: str, before: ast.FunctionDef, after: ast.FunctionDef) -> Mutant:
    """The mutant of a function, from both versions."""
    old, new = (re.sub(r"__mutmut_\w+", "", ast.unparse(node)).splitlines() for node in (before, after))
    changes = [line for line in difflib.unified_diff(old, new, lineterm="", n=0) if not line.startswith(("---", "+++"))]
    lines = [f"{line[0]} {line[1:].strip()}" for line in changes if line[0] in "+-"]
    function = re.sub(r"^x_|^xǁ", "", mangled).replace("ǁ", ".")
    texts = [
        (one.value, other.value)
        for one, other in zip(ast.walk(before), ast.walk(after))
        if isinstance(one, ast.Constant) and isinstance(other, ast.Constant) and one.value != other.value
    ]
    return Mutant(
        name=".".join([*UTILS.split("/"), module, name]),
        change=f"{module}.{function}: " + " ".join(lines),
        wording=bool(texts) and all(isinstance(one, str) and " " in one for one, _other in texts),
    )


def unquoted(change: str) -> str:
    """The text of a change without quotes, which one version of Python sets otherwise than the next."""
    return re.sub("[\"']", "", change)


def excused() -> set[str]:
    """The changes that may live, unquoted."""
    lines = SURVIVORS.read_text(encoding="utf-8").splitlines()
    return {unquoted(line.rpartition(" | ")[0]) for line in lines if " | " in line and not line.startswith("#")}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("BUILD", CHECKOUT / ".build")) / "mutation")
    parser.add_argument("--share", type=int, default=10, help="per cent of the layers that are not tried whole")
    parser.add_argument("--sample", type=int, help="try no more than so many, the same each time")
    parser.add_argument("--start", type=int, default=0, help="which lot of the others, 0 to 99, comes first")
    parser.add_argument("--at-least", type=float, default=90, help="per cent that have to be killed or excused")
    parser.add_argument("--minutes", type=float, default=12, help="the longest that mutants may be tried for")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    options = parser.parse_args()

    prepare(options.folder)
    # It makes the mutants, and runs the tests once, without any; then no mutant is called this.
    mutmut = Path(sys.executable).with_name("mutmut")
    first = run([mutmut, "run", "--max-children", options.jobs, "none of them"], options.folder)
    made = list(mutants(options.folder))
    if not made or "nothing matches" not in first:
        print(first, file=sys.stderr)
        return 2
    allowed = excused()
    chosen = [one for one in made if not one.wording and (one.decides or one.lot < options.share)]
    chosen.sort(key=lambda one: (one.lot, one.change))
    # A survivor takes as long as all tests of its function. Those with a reason come last, and into no sample.
    fresh = [one for one in chosen if unquoted(one.change) not in allowed]
    if options.sample is not None:
        chosen = fresh[: options.sample]
    else:
        fresh.sort(key=lambda one: (not one.decides, (one.lot - options.start) % 100))
        chosen = fresh + [one for one in chosen if unquoted(one.change) in allowed]
    stale = allowed - {unquoted(one.change) for one in made}
    for change in sorted(stale):
        print(f"a reason for a mutant that is no longer made: {change}")
    ended, said = attempt(options.folder, chosen, options.jobs, options.minutes * 60)
    tried = [one for one in chosen if one.name in ended]
    # The tests that noticed mutants pass without any.
    if not tried or ended.get("none") != "survived":
        print(said, file=sys.stderr)
        return 2
    living = [one for one in tried if ended[one.name] not in KILLED]
    unexcused = [one for one in living if unquoted(one.change) not in allowed]
    for one in sorted(unexcused, key=lambda one: one.change):
        print(f"{ended[one.name]}: {one.change}")
    if len(tried) < len(chosen):
        print(f"mutants not tried: {len(chosen) - len(tried)}, for which {options.minutes:g} minutes were not enough")
    counts = collections.Counter(ended[one.name] for one in tried)
    print(
        f"mutants tried: {len(tried)} of {len(made)} "
        f"({', '.join(f'{number} {status}' for status, number in counts.most_common())}): "
        f"{len(tried) - len(living)} killed, {len(living) - len(unexcused)} survivors with a reason in "
        f"{SURVIVORS.name}, {len(unexcused)} without"
    )
    too_many = len(unexcused) * 100 > (100 - options.at_least) * len(tried)
    return 1 if stale or too_many else 0


if __name__ == "__main__":
    sys.exit(main())
