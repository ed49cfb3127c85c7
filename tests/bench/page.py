# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the numbers of a run into the page of the documentation, below a mark that stays, and the picture beside it."""

from __future__ import annotations

from pathlib import Path

from .plot import as_svg
from .results import Results, targets
from .tables import (
    JOB_START,
    as_rst,
    growth_table,
    import_table,
    organizations_table,
    phase_table,
    slices_table,
    target_table,
    work_tables,
)

PAGE = Path("docs/docsite/rst/benchmark.rst")
PICTURE = PAGE.with_suffix(".svg")
MARK = ".. What follows is written by make bench-page.\n"
FIGURE = f"""\
.. image:: {PICTURE.name}
  :alt: Seconds over the number of keys, for each contender; the two tables below have the numbers.
  :width: 100%"""
AT_THE_FLOOR = '"At the floor" is what the floor would measure in our place: no playbook reaches that.'
SLICES = (
    f"Worked out from what each of a hundred organizations takes here, and {JOB_START} seconds for the start of a job "
    f"in its container, which is an assumption and was not measured:"
)


def write_page(results: Results, checkout: Path) -> None:
    """Replace what is below the mark, and the picture."""
    page = checkout / PAGE
    prose, mark, _numbers = page.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise ValueError(f"{PAGE} has lost its mark: {MARK}")
    page.write_text(prose + mark + "\n" + _numbers_of(results) + "\n", encoding="utf-8")
    # A run of some works only leaves the curves of the last one that had them.
    if any(results.get("growth", {}).values()):
        (checkout / PICTURE).write_text(as_svg(results), encoding="utf-8")


def _numbers_of(results: Results) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    machine = results["machine"]
    sections = [
        f"Measured on {machine['cores']} cores ({machine['system']}) with {versions}.\n"
        f"Every answer of the server took {results['latency'] * 1000:.0f} ms.",
        _section("Targets", f"{AT_THE_FLOOR}\n\n{as_rst(target_table(results))}{_missed(results)}"),
    ]
    if any(results.get("growth", {}).values()):
        sections += [
            _section("Growth", FIGURE),
            _section("Seconds to list all keys", as_rst(growth_table(results, "listing"))),
            _section("Seconds to remove all keys of a leaver", as_rst(growth_table(results, "removal"))),
        ]
    for title, before, table in (
        ("Seconds over the number of organizations", "", organizations_table(results)),
        ("Seconds with job slices", f"{SLICES}\n\n", slices_table(results)),
    ):
        if table:
            sections.append(_section(title, before + as_rst(table)))
    sections += [
        _section("Time and resources", "\n\n".join(as_rst(table) for table in work_tables(results))),
        _section("Where the time of a task goes", as_rst(phase_table(results))),
    ]
    if results.get("imports"):
        sections.append(_section("What a module imports", as_rst(import_table(results))))
    return "\n\n".join(sections)


def _missed(results: Results) -> str:
    """What is missed, and why."""
    missed = [one for one in targets(results) if one.verdict == "missed"]
    return "".join(f"\n\n{one.text}: missed. {one.why}".rstrip() for one in missed)


def _section(title: str, body: str) -> str:
    return f"{title}\n{'~' * len(title)}\n\n{body}"
