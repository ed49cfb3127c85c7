# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that lies in a run's directory, taken together: its start, the records of its organizations, the journals."""

from __future__ import annotations

from .facts import Facts, broken_off, count, record
from .files import read_journal, read_record
from .journals import Journal, take_in


def record_name(number: int) -> str:
    """What the record of the organization of that number is called."""
    return f"{number:04}"


def gather(report: str, facts: Facts) -> Facts:
    """The facts of a run with what was recorded; for an organization without a whole result, what its journal tells.

    :param report: the run's JSON file, and ``facts`` what it says.
    :raises EvidenceError: a file cannot be read.
    """
    for number, organization in enumerate(facts["organizations"]):
        if organization["recorded_at"]:
            continue
        told = read_record(report, record_name(number))
        if told is not None:
            record(facts, told)
        if told is None or broken_off(told):
            add_journal(report, number, facts, organization["host"])
    count(facts)
    return facts


def add_journal(report: str, number: int, facts: Facts, host: str) -> None:
    """Add to the facts what the journal of the organization of that number tells, if there is one.

    :raises EvidenceError: it cannot be read.
    """
    text = read_journal(report, number)
    if text is not None:
        take_in(facts, host, Journal(text))
