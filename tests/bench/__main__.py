# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: `python -m tests.bench run` measures, `… page` puts the numbers into the documentation."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .imports import import_times
from .page import write_page
from .plot import as_svg
from .rounds import run_works
from .server import CHECKOUT, Server
from .tables import as_text, growth_table, import_table, phase_table, target_table, work_tables
from .works import FLOOR, LISTERS, growth_works, main_works

FOLDER = Path(os.environ.get("BUILD", CHECKOUT / ".build")) / "bench"
RESULTS = FOLDER / "results.json"


def main() -> None:
    """Measure, or write the page."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure, and print the tables")
    run.add_argument("--rounds", type=int, default=3, help="default: %(default)s")
    run.add_argument("--latency", type=float, default=0.05, help="seconds per answer (default: %(default)s)")
    run.add_argument(
        "--only", nargs="*", default=[], help="names of works: one hundred listing-fields organizations-10 …, growth"
    )
    commands.add_parser("page", help="write the numbers of the last run into the documentation")
    options = parser.parse_args()
    if options.command == "page":
        write_page(json.loads(RESULTS.read_text(encoding="utf-8")), CHECKOUT)
        return
    results = _measure(options.rounds, options.latency, options.only)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    _print(results)


def _measure(rounds: int, latency: float, only: list[str]) -> dict[str, Any]:
    folder = FOLDER / "work"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "reports").mkdir(parents=True)
    works = [work for work in main_works(folder) if not only or work.name in only]
    with Server(folder, latency) as server:
        results: dict[str, Any] = {
            "latency": latency,
            "machine": {"cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"},
            "versions": {
                "Python": platform.python_version(),
                **{name: version(name) for name in ("ansible-core", "requests", "datadog-api-client")},
            },
            "floor": run_works([FLOOR], server, folder, rounds)[0]["rows"][0],
            "works": run_works(works, server, folder, rounds),
        }
        one = next(work for work in main_works(folder) if work.name == "one")
        results["imports"] = import_times(one, server, folder)
        if not only or "growth" in only:
            results["growth"] = _curves(run_works(growth_works(), server, folder, 1), results["works"])
    return results


def _curves(grown: list[dict[str, Any]], works: list[dict[str, Any]]) -> dict[str, Any]:
    """Seconds as `{"listing" | "removal": {contender: {number of keys: seconds}}}`."""
    curves: dict[str, Any] = {"listing": {}, "removal": {}}
    largest = [
        {"name": "listing-10000", "rows": [row for row in work["rows"] if row["contender"] in LISTERS]}
        for work in works
        if work["name"] == "listing"
    ]
    for work in [*grown, *largest]:
        kind, _dash, size = work["name"].partition("-")
        for row in work["rows"]:
            curves[kind].setdefault(row["contender"], {})[size] = row["wall"]
    return curves


def _print(results: dict[str, Any]) -> None:
    tables = [*work_tables(results), phase_table(results), import_table(results)]
    if "growth" in results:
        tables += [growth_table(results, "listing"), growth_table(results, "removal")]
        (FOLDER / "growth.svg").write_text(as_svg(results), encoding="utf-8")
    for table in [*tables, target_table(results)]:
        print(f"\n{as_text(table)}")
    print(f"\n{RESULTS}")


if __name__ == "__main__":
    main()
