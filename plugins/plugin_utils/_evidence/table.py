# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence as one flat table for spreadsheets: a row for the run, each organization, each leaver and each key."""

from __future__ import annotations

import csv
import functools
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .facts import Facts
from .summary import guards_text, headline

RUN = ("run_id", "mode", "state", "started_at", "finished_at", "version")
COLUMNS = (
    "record",
    *RUN,
    "json_sha256",
    "organization",
    "host",
    "site",
    "organization_id",
    "organization_name",
    "caller",
    "leaver",
    "name_of_leaver",
    "ticket",
    "left_at",
    "status",
    "removed_at",
    "time_to_removal",
    "within_sla",
    "account_id",
    "account_disabled",
    "listed",
    "complete",
    "kind",
    "id",
    "name",
    "last4",
    "owner_id",
    "created_at",
    "last_used_at",
    "expires_at",
    "scopes",
    "status_code",
    "requested_at",
    "verified_at",
    "recorded_at",
    "message",
)

# A spreadsheet takes a cell that begins so for a formula, the wide forms too. White space at the start it drops before
# it looks. Where it splits at semicolons or tabs (as in much of Europe), quotes do not hold a cell together: each
# part of it may become a cell of its own.
FORMULA = re.compile("(\\A|[;\t\r\n])(?=[\\s\"']*[=+@\uff1d\uff0b\uff0d\uff20-])|\\A(?=[\t\r\n])")


def as_csv(facts: Facts, digest: str) -> str:
    """The table, with a byte order mark by which spreadsheets know UTF-8.

    :param digest: the SHA-256 of the JSON form.
    """
    run = {**{name: facts[name] for name in RUN}, "json_sha256": digest}
    rows: list[Mapping[str, Any]] = []

    def add(record: str, row: Mapping[str, Any]) -> None:
        rows.append({"record": record, **run, **row})

    told = [headline(facts), *_circumstances(facts), f"Guards: {guards_text(facts['guards'])}.", *facts["notes"]]
    add("run", {"message": " ".join(told)})
    for one in facts["organizations"]:
        add("organization", _organization(one))
    for person in facts["people"]:
        row = {"leaver": person["leaver"], "name_of_leaver": person["name"], "message": person["problem"]}
        add("person", {**person, "name": None, **row, "status": "found" if person["found"] else "not found"})
    for leaver in facts["leavers"]:
        add("leaver", {**leaver, "name": None, "name_of_leaver": leaver["name"]})
        for note in (leaver["remains"] or {}).get("notes", ()):
            add("remains", {**_about(leaver), "message": note})
    for one in facts["credentials"]:
        add("credential", {**one, "status": one["outcome"]})
    for one in facts["earlier"]:
        row = {"run_id": one["run_id"], "started_at": one["started_at"], "status": one["outcome"]}
        # The rest of what a row says of its run is about this one.
        row.update(dict.fromkeys(("mode", "state", "finished_at", "version", "json_sha256")))
        add("earlier", {**one, **row, "message": f"Now: {one['settled']}."})
    return lines(COLUMNS, rows)


def lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A table for spreadsheets: UTF-8 with a byte order mark, and no cell that one would take for a formula.

    :param rows: what has no column is left out.
    """
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(columns)
    known = frozenset(columns)
    for row in rows:
        cells = {name: _cell(value) for name, value in row.items() if value is not None and name in known}
        table.writerow(map(cells.get, columns))
    return "\ufeff" + text.getvalue()


def _circumstances(facts: Facts) -> list[str]:
    """Who ran it where, and because of what."""
    who, plan, sla = facts["ran_by"], facts["approved_plan"], facts["sla"]
    job = (who["awx"] or {}).get("job_id")
    told = [
        f"Run by {who['user']} on {who['host']} with ansible-core {who['ansible']}{f', AWX job {job}' * bool(job)}."
    ]
    if plan:
        told.append(f"Approved plan: {plan['run_id']} (SHA-256 {plan['sha256']}).")
    if sla:
        told.append(f"Time allowed until the removal: {sla}.")
    return told


def _organization(one: Facts) -> Facts:
    return {
        **{name: one[name] for name in ("host", "site", "recorded_at")},
        "organization": one["name"],
        "organization_id": one["id"],
        "organization_name": one["datadog_name"],
        "caller": (one["caller"] or {}).get("email") or (one["caller"] or {}).get("id"),
        "message": " ".join([one["problem"] or "", *one["warnings"]]).strip(),
    }


def _about(row: Mapping[str, Any]) -> Facts:
    return {name: row[name] for name in ("leaver", "ticket", "organization", "host", "site", "account_id")}


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return _harmless(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _harmless(" ".join(map(str, value)) if isinstance(value, list) else str(value))


@functools.lru_cache(maxsize=10_000)  # most cells are the same in many rows
def _harmless(text: str) -> str:
    # Many readers of CSV stop at a NUL.
    text = text.replace("\0", "\ufffd")
    # An apostrophe makes it text again.
    return FORMULA.sub(r"\g<0>'", text)
