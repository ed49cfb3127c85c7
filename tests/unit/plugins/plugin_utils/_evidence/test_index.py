# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index over all runs: what is latest, what is unfinished, and that nobody else's files are touched."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import index
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.facts import FORMAT
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.page import Look

TEMPLATES = Path(__file__).parents[5] / "roles/offboard/templates"
LOOK = Look(
    (TEMPLATES / "index.html.j2").read_text(encoding="utf-8"), (TEMPLATES / "evidence.css").read_text(encoding="utf-8")
)


def put(directory: Path, number: int, *rows: dict[str, Any], **changes: Any) -> str:
    """A run's JSON file, with the members that the index reads."""
    for row in rows:
        row.setdefault("host", f"host of {row['organization']}")
    plan = "-plan" if changes.get("mode") == "plan" else ""
    run_id = f"offboard{plan}-20260101T000000Z-{number:06x}"
    facts = {
        "format": FORMAT,
        "run_id": run_id,
        "mode": "real",
        "state": "finished",
        "started_at": f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000Z",
        "updated_at": "2026-01-01T01:00:00.000Z",
        "people": [{"leaver": row["leaver"], "within_sla": row.pop("within_sla", None)} for row in rows],
        "organizations": [
            {"name": name, "host": f"host of {name}", "id": f"id of {name}"}
            for name in {row["organization"] for row in rows}
        ],
        "leavers": list(rows),
        **changes,
    }
    (directory / run_id).mkdir()
    (directory / run_id / f"{run_id}.json").write_text(json.dumps(facts), encoding="utf-8")
    return run_id


UNKNOWN = {"name": "Production", "host": "host of Production", "id": None}


def leaver(email: str = "ann@example.com", status: str = "removed", **more: Any) -> dict[str, Any]:
    base = {"leaver": email, "organization": "Production", "site": "datadoghq.com", "status": status, "message": ""}
    return {**base, "ticket": None, "left_at": None, "removed_at": None, **more}


def table(directory: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((directory / "index.csv").read_text(encoding="utf-8-sig"))))


def test_the_latest_run_decides_a_leavers_state(tmp_path: Path) -> None:
    put(tmp_path, 1, leaver(status="failed"))
    second = put(tmp_path, 2, leaver(left_at="2026-01-01T00:00:00Z", removed_at="2026-01-01T06:30:00Z"))
    third = put(tmp_path, 3, leaver("ANN@example.com", status="nothing to remove"))
    index.update(str(tmp_path), LOOK)
    (row,) = table(tmp_path)
    assert (row["status"], row["run_id"]) == ("nothing to remove", third)
    assert (row["removed_at"], row["hours_to_removal"]) == ("2026-01-01T06:30:00Z", "6.5"), second
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f'href="{third}/{third}.html"' in page


def test_the_time_of_removal_is_that_of_the_run_that_left_nothing(tmp_path: Path) -> None:
    left = "2026-01-01T00:00:00Z"
    put(tmp_path, 1, leaver(status="failed", left_at=left, removed_at="2026-01-01T02:00:00Z"), sla="24h")
    index.update(str(tmp_path), LOOK)
    assert [(row["removed_at"], row["hours_to_removal"]) for row in table(tmp_path)] == [("", "")]
    put(tmp_path, 2, leaver(status="nothing to remove", left_at=left), sla="24h")
    index.update(str(tmp_path), LOOK)
    assert [(row["removed_at"], row["removed_by"]) for row in table(tmp_path)] == [("", "")]


def test_a_failure_after_a_removal_in_time_does_not_make_it_late(tmp_path: Path) -> None:
    left = "2026-01-01T00:00:00Z"
    first = put(tmp_path, 1, leaver(left_at=left, removed_at="2026-01-01T06:30:00Z"), sla="24h")
    put(tmp_path, 2, leaver(status="failed", left_at=left, within_sla=False), sla="24h")
    index.update(str(tmp_path), LOOK)
    (row,) = table(tmp_path)
    assert (row["status"], row["within_sla"], row["removed_by"]) == ("failed", "no", first)
    put(tmp_path, 3, leaver(status="nothing to remove", left_at=left), sla="24h")
    index.update(str(tmp_path), LOOK)
    (row,) = table(tmp_path)
    assert (row["hours_to_removal"], row["within_sla"], row["removed_by"]) == ("6.5", "yes", first)
    assert f'href="{first}/{first}.html"' in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_a_removal_before_somebody_left_took_no_time_and_one_before_a_return_counts_no_more(tmp_path: Path) -> None:
    put(tmp_path, 1, leaver(left_at="2026-01-02T00:00:00Z", removed_at="2026-01-01T06:30:00Z"))
    index.update(str(tmp_path), LOOK)
    assert [row["hours_to_removal"] for row in table(tmp_path)] == ["0.0"]
    put(tmp_path, 2, leaver(status="nothing to remove", left_at="2027-01-01T00:00:00Z"))
    index.update(str(tmp_path), LOOK)
    assert [(row["removed_at"], row["hours_to_removal"]) for row in table(tmp_path)] == [("", "")]


def test_an_early_removal_stays_whatever_later_runs_of_the_same_list_find(tmp_path: Path) -> None:
    left = "2026-01-01T17:00:00Z"
    put(tmp_path, 1, leaver(left_at=left, removed_at="2026-01-01T10:00:00Z"), sla="24h")
    for number, status in enumerate(("nothing to remove", "failed", "nothing to remove"), 2):
        put(tmp_path, number, leaver(status=status, left_at=left), sla="24h")
        index.update(str(tmp_path), LOOK)
        assert [(row["removed_at"], row["hours_to_removal"]) for row in table(tmp_path)] == [
            ("2026-01-01T10:00:00Z", "0.0")
        ]


def test_a_removal_is_measured_against_the_departure_that_is_shown(tmp_path: Path) -> None:
    put(tmp_path, 1, leaver(removed_at="2026-01-03T00:00:00Z"))
    for number, (left, hours, within) in enumerate(
        (("2026-01-02T12:00:00Z", "12.0", "yes"), ("2026-01-01T00:00:00Z", "48.0", "no")), 2
    ):
        put(tmp_path, number, leaver(status="nothing to remove", left_at=left), sla="24h")
        index.update(str(tmp_path), LOOK)
        assert [(row["hours_to_removal"], row["within_sla"]) for row in table(tmp_path)] == [(hours, within)]


@pytest.mark.parametrize("name", ["Datadog", "Acme"])
def test_a_killed_run_that_knows_the_host_only_is_settled_all_the_same(tmp_path: Path, name: str) -> None:
    killed = leaver(status="not recorded", organization="localhost", host="localhost")
    put(tmp_path, 1, killed, state="running", organizations=[{"name": "localhost", "host": "localhost", "id": None}])
    known = [{"name": name, "host": "localhost", "id": "one"}]
    last = put(tmp_path, 2, leaver(organization=name, host="localhost"), organizations=known)
    index.update(str(tmp_path), LOOK)
    rows = {row["record"]: row for row in table(tmp_path)}
    assert f"Settled by {last}" in rows["unfinished run"]["message"]
    assert [row["status"] for row in table(tmp_path) if row["record"] == "latest"] == ["removed"]


def test_two_hosts_of_one_organization_keep_the_time_of_the_removal(tmp_path: Path) -> None:
    rows = [leaver(host="us", removed_at="2026-01-01T06:30:00Z"), leaver(host="eu", status="nothing to remove")]
    organizations = [{"name": "Production", "host": row["host"], "id": "same"} for row in rows]
    for number, ordered in enumerate((rows, rows[::-1])):
        put(tmp_path, number, *map(dict, ordered), organizations=organizations)
        index.update(str(tmp_path), LOOK)
        assert [(row["status"], row["removed_at"]) for row in table(tmp_path)] == [("removed", "2026-01-01T06:30:00Z")]


def test_an_entry_that_could_not_be_used_counts_until_the_next_run_and_keeps_no_run_open(tmp_path: Path) -> None:
    bad = leaver("Row 3", "failed", organization=None, host=None)
    known = {"organizations": [{"name": "Production", "host": "host of Production", "id": "one"}]}
    put(tmp_path, 1, leaver(status="not recorded"), dict(bad), state="running", **known)
    index.update(str(tmp_path), LOOK)
    assert {row["leaver"] for row in table(tmp_path) if row["record"] == "latest"} == {"ann@example.com", "Row 3"}
    last = put(tmp_path, 2, leaver(), **known)
    index.update(str(tmp_path), LOOK)
    rows = {row["record"]: row for row in table(tmp_path)}
    assert rows["latest"]["status"] == "removed"
    assert f"Settled by {last}" in rows["unfinished run"]["message"]
    assert len(table(tmp_path)) == 2


@pytest.mark.parametrize("damage", [{"organizations": [7]}, {"leavers": ["x"]}, {"started_at": None}, {"people": 7}])
def test_a_damaged_run_is_named_and_hides_no_other(tmp_path: Path, damage: dict[str, Any]) -> None:
    put(tmp_path, 1, leaver())
    broken = put(tmp_path, 2, **damage)
    index.update(str(tmp_path), LOOK)
    records = {row["record"]: row for row in table(tmp_path)}
    assert records["latest"]["leaver"] == "ann@example.com"
    if damage != {"started_at": None}:
        assert records["unreadable run"]["run_id"] == broken


def test_a_plan_never_hides_what_a_real_run_found(tmp_path: Path) -> None:
    real = put(tmp_path, 1, leaver(status="failed"))
    put(tmp_path, 2, leaver(status="to remove"), mode="plan")
    put(tmp_path, 3, leaver("bob@example.com", status="to remove"), mode="plan")
    index.update(str(tmp_path), LOOK)
    rows = {row["leaver"]: row for row in table(tmp_path)}
    assert (rows["ann@example.com"]["status"], rows["ann@example.com"]["run_id"]) == ("failed", real)
    assert rows["bob@example.com"]["status"] == "to remove"


def test_an_unfinished_run_stays_open_until_a_later_one_settled_it(tmp_path: Path) -> None:
    broken = put(tmp_path, 1, leaver(status="not recorded"), leaver("bob@example.com", "removed"), state="running")
    put(tmp_path, 2, leaver("bob@example.com", "nothing to remove"))
    index.update(str(tmp_path), LOOK)
    (row,) = [row for row in table(tmp_path) if row["record"] == "unfinished run"]
    assert row["run_id"] == broken
    assert "Run it again" in row["message"]
    last = put(tmp_path, 3, leaver(), leaver("bob@example.com"))
    index.update(str(tmp_path), LOOK)
    (row,) = [row for row in table(tmp_path) if row["record"] == "unfinished run"]
    assert f"Settled by {last}" in row["message"]


def test_an_account_that_is_not_found_any_more_settles_nothing_of_what_it_had(tmp_path: Path) -> None:
    first = put(tmp_path, 1, leaver(status="failed", account_id="1"))
    put(tmp_path, 2, leaver(status="no account", account_id=None))
    index.update(str(tmp_path), LOOK)
    assert [(row["status"], row["run_id"]) for row in table(tmp_path)] == [("failed", first)]
    third = put(tmp_path, 3, leaver(account_id="1"))
    fourth = put(tmp_path, 4, leaver(status="no account", account_id=None))
    index.update(str(tmp_path), LOOK)
    assert [(row["status"], row["run_id"]) for row in table(tmp_path)] == [("no account", fourth)], third


def test_a_run_that_did_not_look_at_what_a_killed_one_touched_does_not_settle_it(tmp_path: Path) -> None:
    killed = put(tmp_path, 1, leaver(status="not recorded", account_id=None), state="running")
    place = {"leaver": "ann@example.com", "organization": "Production"}
    touched = {"run_id": killed, "settled": "not looked at", **place}
    put(tmp_path, 2, leaver(status="no account", account_id=None), earlier=[touched])
    index.update(str(tmp_path), LOOK)
    (row,) = [row for row in table(tmp_path) if row["record"] == "unfinished run"]
    assert "Run it again" in row["message"]
    settling = put(tmp_path, 3, leaver(), earlier=[{**touched, "settled": "gone"}])
    # What was settled once stays so, whatever later runs of others or of less do not look at.
    put(tmp_path, 4, leaver(status="no account"), earlier=[touched])
    put(tmp_path, 5, leaver(organization="Europe"), earlier=[touched])
    index.update(str(tmp_path), LOOK)
    (row,) = [row for row in table(tmp_path) if row["record"] == "unfinished run"]
    assert f"Settled by {settling}" in row["message"]


def test_runs_for_an_organization_each_settle_a_killed_run_for_both(tmp_path: Path) -> None:
    places = ["Production", "Europe"]
    killed = put(tmp_path, 1, *(leaver(status="not recorded", organization=name) for name in places), state="running")
    touched = [{"run_id": killed, "leaver": "ann@example.com", "organization": name} for name in places]
    for number, name in enumerate(places, 2):
        told = [{**one, "settled": "gone" if one["organization"] == name else "not looked at"} for one in touched]
        last = put(tmp_path, number, leaver(organization=name), earlier=told)
    index.update(str(tmp_path), LOOK)
    (row,) = [row for row in table(tmp_path) if row["record"] == "unfinished run"]
    assert f"Settled by {last}" in row["message"]


def test_a_run_for_one_kind_settles_nothing_of_the_other_kind(tmp_path: Path) -> None:
    put(tmp_path, 1, leaver(status="not recorded"), state="running")
    failed = put(tmp_path, 2, leaver(status="failed"))
    keys, tokens = ["application_keys"], ["access_tokens"]
    put(tmp_path, 3, leaver(status="nothing to remove"), kinds=keys)
    index.update(str(tmp_path), LOOK)
    rows = {row["record"]: row for row in table(tmp_path)}
    assert (rows["latest"]["status"], rows["latest"]["run_id"]) == ("failed", failed)
    assert "Run it again" in rows["unfinished run"]["message"]
    last = put(tmp_path, 4, leaver(), kinds=tokens)
    index.update(str(tmp_path), LOOK)
    rows = {row["record"]: row for row in table(tmp_path)}
    assert (rows["latest"]["status"], rows["latest"]["run_id"]) == ("removed", last)
    assert f"Settled by {last}" in rows["unfinished run"]["message"]


def test_a_run_that_never_learned_the_organizations_id_is_settled_all_the_same(tmp_path: Path) -> None:
    put(tmp_path, 1, leaver(status="not recorded"), state="running", organizations=[UNKNOWN])
    last = put(tmp_path, 2, leaver())
    index.update(str(tmp_path), LOOK)
    rows = {row["record"]: row for row in table(tmp_path)}
    assert rows["latest"]["status"] == "removed"
    assert f"Settled by {last}" in rows["unfinished run"]["message"]
    assert len(table(tmp_path)) == 2


def test_who_was_found_in_no_organization_is_counted(tmp_path: Path) -> None:
    known = leaver(status="no account", organization="Europe")
    put(tmp_path, 1, leaver(), known, leaver("bob@example.com", "no account"))
    index.update(str(tmp_path), LOOK)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<div class="bad"><dt>Found nowhere</dt><dd>1</dd></div>' in page
    assert page.count('<span class="tag wait">no account') == 1
    assert page.count('<span class="tag calm">no account') == 1


def test_the_same_name_in_two_organizations_is_two_rows(tmp_path: Path) -> None:
    put(tmp_path, 1, leaver(), organizations=[{"name": "Production", "host": "host of Production", "id": "one"}])
    put(tmp_path, 2, leaver(), organizations=[{"name": "Production", "host": "host of Production", "id": "two"}])
    index.update(str(tmp_path), LOOK)
    assert len(table(tmp_path)) == 2


@pytest.mark.parametrize("ids", [("one", "two"), (None, None), (None, "two"), ("same", "same")])
def test_an_organization_with_the_name_or_id_of_another_hides_no_failure_of_it(tmp_path: Path, ids: Any) -> None:
    rows = (leaver(host="us", status="failed"), leaver(host="eu", status="removed"))
    for number, (first, second) in enumerate((rows, rows[::-1])):
        organizations = [
            {"name": "Production", "host": row["host"], "id": ids[row["host"] == "eu"]} for row in (first, second)
        ]
        put(tmp_path, number, dict(first), dict(second), organizations=organizations)
    index.update(str(tmp_path), LOOK)
    statuses = sorted(row["status"] for row in table(tmp_path))
    assert statuses == (["failed"] if ids == ("same", "same") else ["failed", "removed"])


def test_half_a_character_from_an_earlier_run_stops_no_index(tmp_path: Path) -> None:
    put(tmp_path, 1, leaver(name="Ann \ud83d", ticket="\udc00"))
    index.update(str(tmp_path), LOOK)
    (row,) = table(tmp_path)
    assert row["leaver"] == "ann@example.com"


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"format": "another"}', f'{{"format": "{FORMAT}"}}'])
def test_a_run_that_cannot_be_read_is_named_and_hides_no_other(tmp_path: Path, content: str | None) -> None:
    put(tmp_path, 1, leaver())
    (tmp_path / "offboard-broken").mkdir()
    if content is not None:
        (tmp_path / "offboard-broken/offboard-broken.json").write_text(content, encoding="utf-8")
    index.update(str(tmp_path), LOOK)
    records = {row["record"]: row for row in table(tmp_path)}
    assert records["unreadable run"]["run_id"] == "offboard-broken"
    assert records["latest"]["leaver"] == "ann@example.com"


def test_no_file_of_a_run_is_touched(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path, number, leaver(), state="running" if number else "finished")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*.json")}
    index.update(str(tmp_path), LOOK)
    index.update(str(tmp_path), LOOK)
    assert before == {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.rglob("*.json")}
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"index.html", "index.csv", ".index.lock"}
    assert (tmp_path / "index.html").stat().st_mode & 0o777 == 0o600


def test_names_from_elsewhere_are_text_on_the_page_and_in_the_table(tmp_path: Path) -> None:
    put(tmp_path, 1, leaver("<script>alert(1)</script>@example.com", ticket="=HYPERLINK(1)", organization='"><b>x'))
    index.update(str(tmp_path), LOOK)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>" not in page
    (row,) = table(tmp_path)
    assert row["ticket"].startswith("'=")


def test_five_thousand_runs_stay_readable(tmp_path: Path) -> None:
    rows = 4
    for number in range(5000):
        put(tmp_path, number, *[leaver(f"person{number}-{row}@example.com") for row in range(rows)])
    index.update(str(tmp_path), LOOK)
    assert len(table(tmp_path)) == 5000 * rows
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f"The newest {index.MOST_ROWS} of {5000 * rows} rows" in page
    assert "person4999-0@example.com" in page
    assert os.path.getsize(tmp_path / "index.html") < 2_000_000
