# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results as tables: for the terminal, and in reStructuredText for the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .results import Results, floor, row, targets
from .works import ALONE, MEASURED_FLOORS, US

Table = Sequence[Sequence[str]]

HEADINGS = ("wall s", "from", "to", "times ours", "CPU s", "requests", "memory MiB", "all MiB", "rounds")


def work_tables(results: Results) -> list[list[list[str]]]:
    """A table per work, with a line per contender; the title of the work is in the line of headings."""
    return [_work_table(results, work) for work in results["works"]]


def _work_table(results: Results, work: Any) -> list[list[str]]:
    ours = next((row for row in work["rows"] if row["contender"] == US), None)
    lines = [[work["title"], *HEADINGS], *(_line(row, ours) for row in work["rows"])]
    if ours and not any(row["contender"] in MEASURED_FLOORS for row in work["rows"]):
        least = floor(results, ours["requests"])
        ratio = f"{least / ours['wall']:.2f}"
        lines.append(["floor", f"{least:.2f}", "", "", ratio, "", str(ours["requests"]), "", "", ""])
    return lines


def _line(row: Any, ours: Any) -> list[str]:
    ratio = f"{row['wall'] / ours['wall']:.2f}" if ours else ""
    return [
        row["contender"],
        f"{row['wall']:.2f}",
        *(f"{bound(row['walls']):.2f}" for bound in (min, max)),
        ratio,
        f"{row['cpu']:.2f}",
        str(row["requests"]),
        f"{row['memory'] / 2**20:.0f}",
        f"{row['together'] / 2**20:.0f}" if row["together"] else "",
        str(row["rounds"]),
    ]


def target_table(results: Results) -> list[list[str]]:
    """A line per target; "at the floor" is what the floor would measure in our place."""

    def shown(value: float | None, unit: str) -> str:
        return "" if value is None else f"{value:.2f}{unit}"

    lines = [["target", "", "measured", "at the floor", ""]]
    for one in targets(results):
        limit = f"{'≥' if one.least else '≤'} {one.limit:g}{one.unit}"
        lines.append([one.text, limit, shown(one.measured, one.unit), shown(one.at_floor, one.unit), one.verdict])
    return lines


PHASES = {
    "before": "Ansible, before the module starts",
    "start": "start of the module, with its imports",
    "wire": "requests and answers",
    "result": "result of the module",
    "after": "Ansible, after the module",
}


def phase_table(results: Results) -> list[list[str]]:
    """Where the time of a task goes, in milliseconds: a column per work that is one task."""
    columns = [("one ping", results["floor"]["phases"])]
    for work in results["works"]:
        columns += [(work["title"], row["phases"]) for row in work["rows"] if row["contender"] == US and row["phases"]]
    lines = [["milliseconds", *(title for title, _phases in columns)]]
    for name, text in PHASES.items():
        lines.append([text, *(f"{phases[name] * 1000:.0f}" for _title, phases in columns)])
    return lines


def organizations_table(results: Results) -> list[list[str]]:
    """Seconds over the number of organizations; empty where none of these works was measured."""
    headings = ["organizations", "seconds", "for each", "CPU s for each", "one at a time, for each"]
    lines = []
    for count in (1, 10, 100):
        ours, alone = (row(results, f"organizations-{count}", who) for who in (US, ALONE))
        if ours:
            each = f"{alone['wall'] / count:.2f}" if alone else ""
            cells = (f"{ours['wall']:.1f}", f"{ours['wall'] / count:.2f}", f"{ours['cpu'] / count:.2f}", each)
            lines.append([str(count), *cells])
    return [headings, *lines] if lines else []


# The start of a job in its container, in seconds: an assumption, not measured here.
JOB_START = 30
SLICES = (4, 10)


def slices_table(results: Results) -> list[list[str]]:
    """What job slices would add, worked out from what was measured; empty where that is missing.

    No job takes less than its start and one organization.
    """
    one, many = row(results, "organizations-1"), row(results, "organizations-100")
    if not one or not many:
        return []
    lines = [["organizations", "one job", *(f"{slices} slices" for slices in SLICES)]]
    for count in (10, 100, 1000):
        work = max(one["wall"], count * many["wall"] / 100)
        sliced = [max(one["wall"], count * many["wall"] / 100 / slices) for slices in SLICES]
        lines.append([f"{count:,}", *(f"{JOB_START + seconds:.0f} s" for seconds in (work, *sliced))])
    return lines


def import_table(results: Results) -> list[list[str]]:
    """What a module imports, in milliseconds."""
    programs = results["imports"]
    lines = [["milliseconds", *programs]]
    for group in next(iter(programs.values())):
        lines.append([group, *(f"{seconds[group] * 1000:.0f}" for seconds in programs.values())])
    return lines


def growth_table(results: Results, kind: str) -> list[list[str]]:
    """Seconds by number of keys: a column per contender."""
    curves = results["growth"][kind]
    sizes = sorted({int(size) for curve in curves.values() for size in curve})
    lines = [["keys", *curves]]
    for size in sizes:
        cells = [curve.get(str(size)) for curve in curves.values()]
        lines.append([f"{size:,}", *("" if cell is None else f"{cell:.1f}" for cell in cells)])
    return lines


def as_text(table: Table) -> str:
    """For a terminal: columns side by side, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*table)]
    return "\n".join(
        "  ".join(cell.rjust(width) if _is_number(cell) else cell.ljust(width) for cell, width in zip(line, widths))
        for line in table
    )


def as_rst(table: Table) -> str:
    """As a list-table with one line of headings."""
    lines = [".. list-table::", "    :header-rows: 1", ""]
    for line in table:
        for number, cell in enumerate(line):
            lines.append(("    " + ("* - " if number == 0 else "  - ") + cell).rstrip())
    return "\n".join(lines)


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[\d.,]+( MiB)?", cell) is not None
