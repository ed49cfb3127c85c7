# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator sees at the end: a line for each leaver in each organization, with the reasons."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable

from .facts import Facts
from .remains import to_decide
from .summary import headline, nowhere
from .verdicts import DEALT_WITH

# Ansible puts eight characters before a line and two after it.
WIDTH = 108
MOST_LINES = 300


def lines(facts: Facts, page: str | None = None) -> list[str]:
    """The lines, none longer than a screen is wide where it can be wrapped.

    :param page: the path of the page, where there is one to look at.
    """
    rows = facts["leavers"]
    told = [leaver_line(row) for row in rows]
    if len(told) > MOST_LINES:
        told = [leaver_line(row) for row in rows if row["status"] not in DEALT_WITH][:MOST_LINES]
        told.append(f"And {len(rows) - len(told)} more lines, each in the evidence.")
    told += _remaining(rows)
    for person in nowhere(facts):
        similar = f" Similar e-mails there: {', '.join(person['similar'][:5])}." if person["similar"] else ""
        told.append(f"{person['leaver']}: known in no organization.{similar} Check the e-mail.")
    told += _earlier(facts)
    told += facts["notes"]
    told.append(headline(facts))
    if page:
        told.append(f"Evidence: {page}")
    return wrapped(told)


def leaver_line(row: Facts) -> str:
    """A leaver in an organization, in one line."""
    where = f" in {row['organization']}" if row["organization"] else ""
    return f"{row['leaver']}{where}: {row['status']}. {row['message']}"


def _remaining(rows: Iterable[Facts]) -> list[str]:
    """What a person has to decide on, for each leaver who has an account."""
    told = []
    for row in rows:
        notes = to_decide(row["remains"])
        if notes:
            told.append(f"{row['leaver']} in {row['organization']}, what remains: {' '.join(notes)}")
    if len(told) > MOST_LINES:
        told[MOST_LINES:] = [f"And {len(told) - MOST_LINES} more lines on what remains, each in the evidence."]
    return told


def wrapped(texts: Iterable[str]) -> list[str]:
    """Each text, in as many lines as it takes."""
    return [
        line
        for text in texts
        for line in textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    ]


def _earlier(facts: Facts) -> list[str]:
    found = Counter((row["run_id"], row["outcome"], row["settled"]) for row in facts["earlier"])
    return [
        f"The earlier run {run_id} has not finished. About these leavers, it shows {count} {outcome}, now {settled}."
        for (run_id, outcome, settled), count in found.items()
    ]
