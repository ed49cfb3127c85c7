# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The review of stale keys as the guide on hygiene describes it, by a reviewer with a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.docs.organization import SERVICE_ACCOUNT, documented
from ansible_collections.keywarden.datadog.tests.docs.pages import GUIDES, blocks
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player
from ansible_collections.keywarden.datadog.tests.standin import Organization, StandIn

AWKWARD = '=HYPERLINK("x", "y");\nsecond line'
Rows = list[dict[str, str]]


def organization() -> Organization:
    """The documentation's, with a key whose name is made for spreadsheets, and a namesake of a service account."""
    made = documented()
    created = "2020-01-01T00:00:00+00:00"
    made.add_key("frank@example.com", name=AWKWARD, created_at=created, last_used_at=None)
    account = made.add_user("frank@example.com", service_account=True)
    made.add_key(account.id, name="of the account", created_at=created, last_used_at=None)
    return made


def found(standin: StandIn, play: Player) -> Rows:
    """What the first playbook writes, as a spreadsheet reads it."""
    standin.reset(organization())
    for block in blocks(GUIDES / "guide_hygiene.rst"):
        if block.file:
            (play.folder / block.file).write_text(block.text, encoding="utf-8")
    run = play(play.folder / "find-stale.yml")
    assert run.rc == 0, run.output
    with (play.folder / "review.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def saved(file: Path, rows: Rows, **dialect: Any) -> None:
    """Save it, as a spreadsheet does."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), **dialect)
        writer.writeheader()
        writer.writerows(rows)


def test_the_file_names_each_stale_key_once_under_its_own_owner(standin: StandIn, play: Player) -> None:
    rows = found(standin, play)
    keys = standin.organization.keys
    assert len({row["id"] for row in rows}) == len(rows) > 4
    assert {row["remove"] for row in rows} == {""}
    by_name = {keys[row["id"]].name: row for row in rows}
    assert by_name["of the account"]["owner"] == "service account frank@example.com"
    assert by_name[AWKWARD]["owner"] == "frank@example.com"
    assert by_name[AWKWARD]["name"] == '\'=HYPERLINK("x", "y"); second line'
    accounts = {row["id"] for row in rows if row["owner"].startswith("service account ")}
    assert {key.id for key in standin.organization.keys_of(SERVICE_ACCOUNT)} & {row["id"] for row in rows} <= accounts


@pytest.mark.parametrize(
    "dialect",
    [
        {"lineterminator": "\n"},
        {"delimiter": ";", "lineterminator": "\r\n"},
        {"quoting": csv.QUOTE_ALL, "lineterminator": "\r\n"},
    ],
    ids=["commas", "semicolons", "quoted"],
)
def test_exactly_the_keys_that_the_reviewer_marked_are_removed(
    standin: StandIn, play: Player, dialect: dict[str, Any]
) -> None:
    rows = found(standin, play)
    # One with a recorded use: the guard on use has nothing to look at otherwise, and warns.
    rows.sort(key=lambda row: row["last_used_at"] == "never recorded")
    for row, mark in zip(rows, ["yes", "no", "", "Yes", "YES", "no"]):
        row["remove"] = mark
    marked = {row["id"] for row in rows if row["remove"].lower() == "yes"}
    saved(play.folder / "review.csv", rows, **dialect)
    plan = play(play.folder / "remove-stale.yml", check=True, diff=True)
    assert plan.rc == 0, plan.output
    assert not standin.organization.deleted
    run = play(play.folder / "remove-stale.yml")
    assert run.rc == 0, run.output
    assert {key.id for key in standin.organization.deleted} == marked


def test_a_mark_that_is_neither_yes_nor_no_removes_nothing(standin: StandIn, play: Player) -> None:
    rows = found(standin, play)
    rows[0]["remove"] = "yes"
    rows[1]["remove"] = "maybe"
    saved(play.folder / "review.csv", rows, lineterminator="\n")
    run = play(play.folder / "remove-stale.yml")
    assert run.rc != 0
    assert rows[1]["id"] in run.output
    assert not standin.organization.deleted
