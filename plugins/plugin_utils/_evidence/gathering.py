# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that lies in a run's directory, taken together: its start, the records of its organizations, the journals."""

from __future__ import annotations

from .facts import Facts, count, record
from .files import journals_of, read_record
from .journals import Journal, take_in


def record_name(number: int) -> str:
    """What the record of the organization of that number is called."""
    return f"{number:04}"


def gather(report: str, facts: Facts) -> Facts:
    """The facts of a run with what was recorded; for an organization without a record, what the journals tell.

    :param report: the run's JSON file, and ``facts`` what it says.
    :raises EvidenceError: a file cannot be read.
    """
    for number, organization in enumerate(facts["organizations"]):
        if organization["recorded_at"]:
            continue
        told = read_record(report, record_name(number))
        if told is not None:
            record(facts, told)
            continue
        texts = journals_of(report, number)
        if texts:
            take_in(facts, organization["host"], [Journal(text) for text in texts])
    count(facts)
    return facts
