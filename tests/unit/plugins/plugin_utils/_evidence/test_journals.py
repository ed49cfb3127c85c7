# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run that broke off has left: journals are read whole or cut, and a later run settles what they tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import earlier, files, gathering
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import facts as evidence
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.journals import Journal, take_in
from ansible_collections.keywarden.datadog.tests.helpers.action import LOOK
from ansible_collections.keywarden.datadog.tests.helpers.evidence import NOW, finished, started, told

ANN = "ann@example.com"
START = {
    "event": "start",
    "site": "datadoghq.eu",
    "organization": {"id": "org-1", "name": "Acme"},
    "caller": {"id": "user-5", "email": "ops@example.com"},
}
OWNER = {"query": ANN, "status": "resolved", "id": "user-1", "email": ANN}
KEYS = [
    {"id": f"key-{number}", "name": f"key {number}", "last4": "0a1b", "owner": {"id": "user-1"}, "outcome": outcome}
    for number, outcome in enumerate((None, None, None, "kept"), 1)
]
EVENTS = [
    START,
    {"event": "plan", "kind": "application key", "owner": OWNER, "rows": KEYS},
    {"event": "request", "at": NOW, "id": "key-1"},
    {"event": "request", "at": NOW, "id": "key-2"},
    {"event": "outcome", "at": NOW, "id": "key-1", "outcome": "deleted", "requested_at": NOW, "verified_at": NOW},
]


def text(events: list[dict[str, Any]]) -> str:
    """A journal."""
    return "".join(json.dumps(event) + "\n" for event in events)


def outcomes(journal: str) -> dict[str, str]:
    """What the facts tell of each key because of this journal."""
    facts = started([ANN], ["One"])
    take_in(facts, "One", Journal(journal))
    return {row["id"]: row["outcome"] for row in facts["credentials"]}


def test_a_journal_tells_what_is_known_of_each_credential() -> None:
    assert outcomes(text(EVENTS)) == {"key-1": "deleted", "key-2": "unknown", "key-3": "skipped", "key-4": "kept"}


def test_the_leavers_of_an_unrecorded_organization_stay_not_recorded() -> None:
    facts = started([ANN], ["One"])
    take_in(facts, "One", Journal(text(EVENTS)))
    (row,) = facts["leavers"]
    assert row["status"] == "not recorded"
    assert "The journal shows: 1 deleted, 1 kept, 1 skipped, 1 unknown." in row["message"]
    (one,) = facts["organizations"]
    assert (one["id"], one["site"], one["caller"]["id"]) == ("org-1", "datadoghq.eu", "user-5")


@pytest.mark.parametrize("length", range(0, len(text(EVENTS)), 61))
def test_a_journal_that_is_cut_anywhere_tells_all_that_was_sent(length: int) -> None:
    cut = text(EVENTS)[:length]
    found, whole = outcomes(cut), cut.count("\n")
    assert len(found) == (4 if whole >= 2 else 0)
    if whole >= 3:
        assert found["key-1"] in ("unknown", "deleted")
    if whole >= 4:
        assert found["key-2"] == "unknown"


def test_a_damaged_line_is_told_and_the_others_are_read() -> None:
    facts = started([ANN], ["One"])
    take_in(facts, "One", Journal(text(EVENTS[:2]) + "\x00\x00\n" + text(EVENTS[2:])))
    assert facts["organizations"][0]["warnings"] == ["A line of the journal cannot be read."]
    assert len(facts["credentials"]) == 4


@pytest.mark.parametrize("line", ["[]", '"event"', "{}", '{"event": "plan"}', '{"event": "outcome"}', '{"event": 1}'])
def test_what_is_no_line_of_a_journal_does_no_harm(line: str) -> None:
    assert len(outcomes(text(EVENTS) + line + "\n")) == 4


TOKENS = [{**KEYS[0], "name": "token 1"}, {**KEYS[0], "id": "token-2", "name": "token 2"}]


def test_what_became_of_a_key_is_not_told_of_a_token_with_the_same_id() -> None:
    plan = {"event": "plan", "kind": "access token", "owner": OWNER, "rows": TOKENS}
    sent = {"event": "request", "at": NOW, "id": "token-2"}
    facts = started([ANN], ["One"])
    take_in(facts, "One", Journal(text([*EVENTS, plan, sent])))
    found = {(row["of"], row["id"]): row["outcome"] for row in facts["credentials"]}
    assert found["application_keys", "key-1"] == "deleted"
    assert found["access_tokens", "key-1"] == "skipped"
    assert found["access_tokens", "token-2"] == "unknown"


def broken_off(directory: Path, *more: dict[str, Any]) -> str:
    """A run that ended while its only organization was under way; its JSON file."""
    home = directory / "offboard-20260401T080000Z-000000"
    for folder in (home, home / "journals", home / "records"):
        folder.mkdir(parents=True)
    report = str(home / f"{home.name}.json")
    files.write(report, {**started([ANN], ["One"]), "run_id": home.name}, LOOK)
    (home / "journals/0000.jsonl").write_text(text([*EVENTS, *more]))
    return report


def now(keys: list[dict[str, Any]], complete: bool = True, organization: str = "org-1") -> dict[str, Any]:
    """A later run whose listing has these keys."""
    facts = started([ANN], ["One"])
    owner = {**OWNER, "complete": complete, "total": len(keys)}
    result = {"owners": [owner], "application_keys": keys, "organization": {"id": organization, "name": None}}
    evidence.record(facts, told("One", result))
    return finished(facts)


def settled(directory: Path, facts: dict[str, Any]) -> dict[str, str]:
    """What the later run says of each key of the earlier one."""
    earlier.settle(facts, earlier.unfinished(str(directory)))
    return {row["id"]: row["settled"] for row in facts["earlier"]}


def test_the_next_run_settles_what_an_unfinished_one_did(tmp_path: Path) -> None:
    report = broken_off(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert earlier.unfinished(str(tmp_path)) == [report]
    deleted = {**KEYS[1], "outcome": "deleted"}
    # key-3 was never tried, and key-4 was kept: nothing is to be settled about them.
    assert settled(tmp_path, now([])) == {"key-1": "gone", "key-2": "gone"}
    assert settled(tmp_path, now([deleted])) == {"key-1": "gone", "key-2": "deleted in this run"}
    assert settled(tmp_path, now([], complete=False)) == {"key-1": "gone", "key-2": "not looked at"}
    assert settled(tmp_path, now([], organization="org-2")) == {"key-1": "gone", "key-2": "not looked at"}
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_run_that_looked_at_keys_alone_calls_no_token_gone(tmp_path: Path) -> None:
    plan = {"event": "plan", "kind": "access token", "owner": OWNER, "rows": TOKENS}
    sent = [{"event": "request", "at": NOW, "id": one["id"]} for one in TOKENS]
    broken_off(tmp_path, plan, *sent)
    facts = now([{**KEYS[0], "outcome": "deleted"}])
    earlier.settle(facts, earlier.unfinished(str(tmp_path)))
    tokens = {row["id"]: row["settled"] for row in facts["earlier"] if row["kind"] == "access token"}
    assert tokens == {"key-1": "not looked at", "token-2": "not looked at"}


def test_other_people_and_finished_runs_are_no_business_of_this_one(tmp_path: Path) -> None:
    report = broken_off(tmp_path)
    assert settled(tmp_path, finished(started(["bob@example.com"], ["One"]))) == {}
    files.drop_records(report)
    assert earlier.unfinished(str(tmp_path)) == []


def test_a_run_that_goes_on_is_not_taken_for_one_that_broke_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_off(tmp_path)
    monkeypatch.setattr(earlier, "may_be_running", lambda _known: True)
    assert earlier.unfinished(str(tmp_path)) == []


def test_what_cannot_be_read_among_the_earlier_runs_stops_nothing(tmp_path: Path) -> None:
    report = Path(broken_off(tmp_path))
    (report.parent / "records/0000.json").write_text("{")
    facts = now([])
    earlier.settle(facts, [str(report)])
    assert facts["earlier"] == []
    assert "An earlier run cannot be read" in facts["notes"][0]
    report.write_text("")
    assert earlier.unfinished(str(tmp_path)) == []


def test_all_that_lies_in_the_directory_makes_the_facts(tmp_path: Path) -> None:
    facts = gathering.gather(broken_off(tmp_path), started([ANN], ["One"]))
    assert facts["counts"]["credentials"]["application key"]["unknown"] == 1


TOKEN = {"id": "token-1", "name": "laptop", "owner": {"id": "user-1"}, "outcome": None}
BOTH = [*EVENTS, {"event": "plan", "kind": "access token", "owner": OWNER, "rows": [TOKEN]}]
KILLED = {"failed": True, "msg": "MODULE FAILURE"}


def test_all_kinds_of_a_journal_are_taken_in() -> None:
    facts = started([ANN], ["One"])
    take_in(facts, "One", Journal(text([*BOTH, {"event": "request", "at": NOW, "id": "token-1"}])))
    rows = {(row["of"], row["id"]): row["outcome"] for row in facts["credentials"]}
    assert rows["access_tokens", "token-1"] == "unknown"
    assert rows["application_keys", "key-1"] == "deleted"


def test_what_a_killed_module_did_is_told_by_its_journal_beside_the_record(tmp_path: Path) -> None:
    report = broken_off(tmp_path)
    record = told("One", KILLED)
    record["results"]["access_tokens"] = KILLED
    files.write_record(report, "0000", record)
    facts = finished(gathering.gather(report, started([ANN], ["One"])))
    found = {row["id"]: row["outcome"] for row in facts["credentials"]}
    assert found == {"key-1": "deleted", "key-2": "unknown", "key-3": "skipped", "key-4": "kept"}
    (row,) = facts["leavers"]
    assert row["status"] == "failed"
    assert "MODULE FAILURE" in row["message"]
    assert row["message"].endswith("The journal shows: 1 deleted, 1 kept, 1 skipped, 1 unknown.")
    assert (row["account_id"], facts["organizations"][0]["id"]) == ("user-1", "org-1")
    assert facts["people"][0]["removed_at"] is None


def test_a_record_with_a_whole_result_is_not_told_again_by_the_journal(tmp_path: Path) -> None:
    report = broken_off(tmp_path)
    owner = {**OWNER, "complete": True, "total": 1}
    row = {**KEYS[0], "outcome": "deleted", "verified_at": NOW}
    files.write_record(report, "0000", told("One", {"owners": [owner], "application_keys": [row]}))
    facts = gathering.gather(report, started([ANN], ["One"]))
    assert [(one["id"], one["outcome"]) for one in facts["credentials"]] == [("key-1", "deleted")]
    assert facts["leavers"][0]["status"] == "removed"


def test_a_plan_that_broke_off_deleted_nothing_and_offers_nothing_that_a_guard_held_back() -> None:
    """In check mode, a journal says of a key that would be deleted that it is."""
    told = [
        {"event": "outcome", "at": NOW, "id": "key-1", "outcome": "deleted", "message": "Would be deleted."},
        {"event": "outcome", "at": NOW, "id": "key-2", "outcome": "skipped", "message": "Not tried: a guard."},
    ]
    rows = [{**KEYS[0], "id": name} for name in ("key-1", "key-2", "key-3")]
    plan = {"event": "plan", "kind": "application key", "owner": OWNER, "rows": rows}
    facts = {**started([ANN], ["One"]), "mode": "plan"}
    take_in(facts, "One", Journal(text([EVENTS[0], plan, *told])))
    found = {row["id"]: (row["outcome"], row["message"]) for row in facts["credentials"]}
    assert found["key-1"] == ("to delete", "Would be deleted.")
    assert found["key-2"] == ("skipped", "Not tried: a guard.")
    assert found["key-3"][0] == "to delete"
    assert "2 to delete, 1 skipped" in facts["leavers"][0]["message"]
