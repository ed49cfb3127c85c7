# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Earlier runs that never finished: what they did about the same people, and what this run's listings say of that."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from typing import Any

from ...module_utils._datadog.names import folded
from .facts import FINISHED, REAL, RUNNING, Facts
from .files import RECORDS, EvidenceError, read
from .gathering import gather
from .origin import may_be_running, process

GONE = "gone"
NOT_LOOKED_AT = "not looked at"
TOUCHED = frozenset({"deleted", "unknown", "failed", "absent"})


def unfinished(directory: str) -> list[str]:
    """The JSON files of earlier real runs that broke off, the oldest first; none that may still go on."""
    found = []
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError:
        return []
    for entry in entries:
        # A finished run has no such directory, so that thousands of runs are looked through quickly.
        if entry.name.startswith("offboard-2") and os.path.isdir(os.path.join(entry.path, RECORDS)):
            report = os.path.join(entry.path, f"{entry.name}.json")
            # What cannot be read ended before it could ask Datadog anything, or is damaged: the index names it.
            with contextlib.suppress(Exception):
                facts = read(report)
                known = facts.get("process") or {}
                going_on = may_be_running(known) and known != process()
                if facts["state"] == RUNNING and facts["mode"] == REAL and not going_on:
                    found.append(report)
    return found


def settle(facts: Facts, reports: Iterable[str]) -> None:
    """Fill ``earlier`` with what these runs did about the people of this run.

    :param facts: of this run, with all that was recorded.
    """
    queries = {folded(person["query"]) for person in facts["people"] if person["query"]}
    accounts = {row["account_id"] for row in facts["leavers"] if row["account_id"]}
    now = _Now(facts)
    for report in reports:
        try:
            before = read(report)
            if before["state"] == FINISHED:
                continue  # it went on, perhaps on another machine, and its own files tell how it ended
            gather(report, before)
        except EvidenceError as error:
            facts["notes"].append(f"An earlier run cannot be read: {error}")
            continue
        except Exception as error:  # what is wrong with another run is no reason to leave this one unfinished
            facts["notes"].append(f"The earlier run {report} cannot be read: {error!r}")
            continue
        asked = {person["leaver"]: folded(person["query"] or "") for person in before["people"]}
        ids = {one["host"]: one for one in before["organizations"]}
        for row in before["credentials"]:
            touched = row["requested_at"] or row["outcome"] in TOUCHED
            if touched and (asked.get(row["leaver"]) in queries or row["owner_id"] in accounts):
                facts["earlier"].append(
                    {
                        "run_id": before["run_id"],
                        "started_at": before["started_at"],
                        **{name: row[name] for name in ("leaver", "organization", "kind", "id", "name", "outcome")},
                        **{name: row[name] for name in ("requested_at", "verified_at", "message")},
                        "settled": now.settled(row, ids[row["host"]]),
                    }
                )


class _Now:
    """What a run found out, looked up by what an earlier one did."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._outcomes = {(row["host"], row["of"], row["id"]): row["outcome"] for row in facts["credentials"]}
        self._listed = {(row["host"], row["account_id"]) for row in facts["leavers"] if row["complete"]}

    def settled(self, row: Mapping[str, Any], before: Mapping[str, Any]) -> str:
        """What is known of a credential now.

        :param row: of the earlier run, and ``before`` its organization there.
        """
        if row["verified_at"]:
            return GONE
        for here in self._facts["organizations"]:
            same = here["id"] == before["id"] if here["id"] and before["id"] else here["host"] == before["host"]
            if not same:
                continue
            outcome = self._outcomes.get((here["host"], row["of"], row["id"]))
            if outcome:
                return f"{outcome} in this run"
            listed = row["owner_id"] and (here["host"], row["owner_id"]) in self._listed
            # A listing of application keys says nothing of an access token.
            if row["of"] in self._facts["kinds"] and listed:
                return GONE
        return NOT_LOOKED_AT
