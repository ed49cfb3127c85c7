# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence as one flat table for spreadsheets: a row for the run, each organization, each leaver and each key."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .facts import Facts, guards_text, headline

RUN = ("run_id", "mode", "state", "started_at", "finished_at", "version")
COLUMNS = (
    "record",
    *RUN,
    "json_sha256",
    "organization",
    "site",
    "leaver",
    "ticket",
    "status",
    "account_id",
    "account_disabled",
    "listed",
    "complete",
    "id",
    "name",
    "last4",
    "owner_id",
    "created_at",
    "last_used_at",
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

    add("run", {"message": f"{headline(facts)} Guards: {guards_text(facts)}."})
    for one in facts["organizations"]:
        told = {"organization": one["name"], "site": one["site"], "recorded_at": one["recorded_at"]}
        add("organization", {**told, "message": " ".join([one["problem"] or "", *one["warnings"]]).strip()})
    for leaver in facts["leavers"]:
        add("leaver", leaver)
    for key in facts["application_keys"]:
        add("key", {**{name: value for name, value in key.items() if name != "outcome"}, "status": key["outcome"]})
    return lines(COLUMNS, rows)


def lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A table for spreadsheets: UTF-8 with a byte order mark, and no cell that one would take for a formula."""
    text = io.StringIO()
    table = csv.DictWriter(text, columns, restval="", extrasaction="ignore")
    table.writeheader()
    for row in rows:
        table.writerow({name: _cell(value) for name, value in row.items()})
    return "\ufeff" + text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    # Many readers of CSV stop at a NUL.
    text = text.replace("\0", "\ufffd")
    # An apostrophe makes it text again.
    return FORMULA.sub(r"\g<0>'", text)
