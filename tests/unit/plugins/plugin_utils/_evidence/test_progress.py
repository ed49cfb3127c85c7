# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator sees of long work: the newest progress, in short lines, and nothing of short work."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.ages import timestamp
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import journal as journals
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import progress
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.progress import Tail, shown, told
from ansible_collections.keywarden.datadog.tests.helpers.waiting import wait_until
from ansible_collections.keywarden.datadog.tests.standin import Organization


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds are a fifth of one; a journal is waited for."""
    monkeypatch.setattr(progress, "LOOKS", 0.02)
    monkeypatch.setattr(progress, "EVERY", 0.2)
    monkeypatch.setattr(progress, "PATIENCE", 60)


def _line(**entry: object) -> bytes:
    return json.dumps({"event": "progress", "at": "2026-01-01T00:00:00.000Z", **entry}).encode() + b"\n"


def test_work_of_less_than_ten_seconds_shows_nothing(tmp_path: Path) -> None:
    lines: list[str] = []
    journal = tmp_path / "journal"
    journal.write_bytes(b'{"event": "start"}\n')
    with shown("production", str(journal), lines.append):
        time.sleep(1.2)
    assert lines == []


@pytest.mark.usefixtures("hurried")
def test_each_new_line_of_the_journal_about_progress_is_shown_once(tmp_path: Path) -> None:
    lines: list[str] = []
    journal = tmp_path / "journal"
    with shown("production", str(journal), lines.append), journal.open("ab", buffering=0) as file:
        file.write(b'{"event": "start"}\n' + _line(kind="application key", doing="deleting", done=20, total=1050))
        wait_until(lambda: lines)
        file.write(b'{"event": "outcome"}\n' + _line(kind="access token", doing="verifying", done=40, total=1050))
        wait_until(lambda: len(lines) > 1)
        time.sleep(0.1)
    assert lines == [
        "production, application keys: deleting, 20 of 1,050 done.",
        "production, access tokens: verifying, 40 of 1,050 done.",
    ]


@pytest.mark.usefixtures("hurried")
def test_without_a_journal_that_can_be_read_the_time_is_shown(tmp_path: Path) -> None:
    for journal in (None, str(tmp_path / "on another host")):
        lines: list[str] = []
        with shown("production", journal, lines.append):
            wait_until(lambda lines=lines: lines)
        assert all(line.startswith("production: at work for ") for line in lines)


@pytest.mark.usefixtures("hurried")
@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_goes_wrong_with_a_line_does_not_stop_the_work() -> None:
    tried: list[str] = []

    def broken(line: str) -> None:
        tried.append(line)
        raise RuntimeError("no terminal")

    with shown("production", None, broken):
        wait_until(lambda: tried)
    assert len(tried) == 1


def test_half_a_line_is_shown_when_it_is_whole(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    tail = Tail(str(journal))
    whole = _line(doing="deleting", done=1, total=2)
    journal.write_bytes(whole[:25])
    assert tail.latest() is None
    with journal.open("ab") as file:
        file.write(whole[25:])
    entry = tail.latest()
    assert entry
    assert told(entry) == "deleting, 1 of 2 done"
    assert tail.latest() is None


def test_a_wait_is_shown_until_it_is_over() -> None:
    then = datetime.now(timezone.utc) + timedelta(seconds=90)
    entry = {"doing": "deleting", "done": 3, "total": 9, "waiting_until": timestamp(then)}
    assert told(entry) == f"deleting, 3 of 9 done, waiting until {then:%H:%M:%S} UTC"
    past = timestamp(then - timedelta(seconds=100))
    assert told({**entry, "waiting_until": past}) == "deleting, 3 of 9 done"


@pytest.mark.usefixtures("hurried")
def test_a_line_is_at_most_120_columns_and_holds_nothing_strange(tmp_path: Path) -> None:
    lines: list[str] = []
    journal = tmp_path / "journal"
    until = timestamp(datetime.now(timezone.utc) + timedelta(days=1))
    entry = {
        "kind": "application key",
        "doing": "verifying",
        "done": 1_000_000,
        "total": 1_000_000,
        "waiting_until": until,
    }
    journal.write_bytes(_line(**entry))
    with shown("production\x1b[31m\n" + "x" * 300, str(journal), lines.append):
        wait_until(lambda: lines)
    (line,) = lines
    assert len(line) <= progress.WIDTH
    assert line.isprintable()
    assert line.endswith(" UTC.")
    assert ", application keys: verifying" in line
    for strange in ({"doing": "\x1b[31m"}, {"done": "secret", "total": []}, {"waiting_until": {}}):
        assert told({"event": "progress", **strange}) == "at work"


@pytest.mark.usefixtures("hurried")
def test_the_journal_of_a_removal_is_understood(modules, standin, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(journals, "PROGRESS_EVERY", 0.2)
    leaver = "leaver@example.com"
    standin.reset(Organization.generated(40, owners={leaver: 30}))
    standin.limit_mutations(20, 1.0)
    lines: list[str] = []
    journal = str(tmp_path / "journal")
    with shown("production", journal, lines.append):
        run = modules.remove(owner=leaver, journal=journal, max_wait=30)
    assert not run.failed, run.msg
    assert standin.organization.keys_of(leaver) == []
    assert any("application keys: deleting, 20 of 30 done, waiting until " in line for line in lines), lines


@pytest.mark.usefixtures("hurried")
def test_each_part_of_a_removal_is_named_in_the_lines_about_it(modules, standin, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(journals, "PROGRESS_EVERY", 0.05)
    standin.latency = 0.1
    lines: list[str] = []
    journal = str(tmp_path / "journal")
    with shown("production", journal, lines.append):
        run = modules.remove_access(user="bob@example.com", journal=journal)
    assert not run.failed, run.msg
    assert {line.partition(":")[0].partition(", ")[2] for line in lines} - {""} == set(progress.WHAT.values())


@pytest.mark.usefixtures("hurried")
def test_a_kind_that_nobody_knows_is_not_shown(tmp_path: Path) -> None:
    lines: list[str] = []
    journal = tmp_path / "journal"
    journal.write_bytes(_line(kind="\x1b[31m", doing="reading"))
    with shown("production", str(journal), lines.append):
        wait_until(lambda: lines)
    assert lines == ["production: reading."]
