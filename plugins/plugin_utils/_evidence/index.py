# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The index page and CSV over all runs of a directory, made from their JSON files anew each time, under a lock."""

from __future__ import annotations

import os
from collections.abc import Iterator

from .facts import Facts
from .files import EvidenceError, problems, read, replace_all
from .lock import alone
from .overview import Overview, overview
from .page import Look, PageError, rendered
from .table import lines

PAGE = "index.html"
TABLE = "index.csv"
MOST_ROWS = 2_000  # on the page; the CSV file has all
COLUMNS = (
    "record",
    "leaver",
    "name",
    "ticket",
    "left_at",
    "organization",
    "site",
    "status",
    "removed_at",
    "removed_by",
    "hours_to_removal",
    "within_sla",
    "run_id",
    "mode",
    "started_at",
    "file",
    "message",
)


def update(directory: str, look: Look) -> str:
    """Make the index of a directory anew. The path of its page.

    :param directory: where the runs are.
    :param look: how the page is to look.
    :raises EvidenceError: it cannot be written; the runs' own files are not touched by this.
    """
    page = os.path.join(directory, PAGE)
    with problems(f"The index {page} cannot be written"), alone(directory, "index"):
        runs = list(_runs(directory))
        try:
            found = overview(runs)
        except Exception:  # one of them is damaged, and hides no other
            found = overview(map(_sound, runs))
        try:
            text = rendered(look, overview=found, shown=found.latest[:MOST_ROWS])
        except PageError as error:
            raise EvidenceError(str(error)) from error
        files = {os.path.join(directory, TABLE): _table(found), page: text}
        replace_all({path: content.encode("utf-8", "backslashreplace") for path, content in files.items()})
    return page


def _runs(directory: str) -> Iterator[tuple[str, Facts | str]]:
    with os.scandir(directory) as entries:
        names = [entry.name for entry in entries if entry.name.startswith("offboard-") and entry.is_dir()]
    for name in names:
        try:
            facts = read(os.path.join(directory, name, f"{name}.json"))
            facts["leavers"], facts["organizations"], facts["started_at"]
        except EvidenceError as error:
            yield name, str(error)
        except (KeyError, TypeError):
            yield name, "Its JSON file is not that of a complete run."
        else:
            yield name, facts


def _sound(run: tuple[str, Facts | str]) -> tuple[str, Facts | str]:
    """A run as it is, or why it is of no use here."""
    try:
        overview([run])
    except Exception:
        return run[0], "Its JSON file is damaged."
    return run


def _table(found: Overview) -> str:
    rows = [{"record": "latest", **row, "file": _page(row)} for row in found.latest]
    for run in found.unfinished:
        settled = f"Settled by {run['settled_by']}." if run["settled_by"] else "Run it again for the same leavers."
        message = f"This run did not finish. {settled}"
        rows.append({"record": "unfinished run", **run, "mode": "real", "file": _page(run), "message": message})
    for run in found.unreadable:
        rows.append({"record": "unreadable run", "run_id": run["run_id"], "message": run["problem"]})
    return lines(COLUMNS, rows)


def _page(row: Facts) -> str:
    return f"{row['run_id']}/{row['run_id']}.html"
