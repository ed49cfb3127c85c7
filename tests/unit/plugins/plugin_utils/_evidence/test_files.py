# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of evidence: whole or not there, for the owner's eyes only, and never over an earlier run."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import facts as evidence
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import files
from ansible_collections.keywarden.datadog.tests.helpers.action import LOOK
from ansible_collections.keywarden.datadog.tests.helpers.evidence import started

MOMENT = datetime(2026, 4, 1, 8, 0, 0, tzinfo=timezone.utc)
FORMS = ("csv", "html", "json", "sha256")


def facts(state: str = evidence.RUNNING) -> dict[str, Any]:
    """Some facts."""
    return {**started(["ann@example.com"], ["One"]), "state": state}


@pytest.fixture
def report(tmp_path: Path) -> str:
    """A run that was started and written."""
    files.make_directory(str(tmp_path / "evidence"))
    path = files.new_run(str(tmp_path / "evidence"), MOMENT, plan=False)
    files.write(path, facts(), LOOK)
    return path


def contents(report: str) -> dict[str, bytes]:
    """All that is in the run's directory."""
    return {path.name: path.read_bytes() for path in Path(report).parent.iterdir() if path.is_file()}


def mode(path: str | os.PathLike[str]) -> int:
    """The permissions of a file."""
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_run_has_all_forms_in_a_directory_of_its_name(report: str) -> None:
    home = Path(report).parent
    assert home.name.startswith("offboard-20260401T080000Z-")
    assert sorted(path.name for path in home.iterdir() if path.is_dir()) == ["journals", "records"]
    assert sorted(path.name for path in home.iterdir() if path.is_file()) == [
        f"{home.name}.csv",
        f"{home.name}.html",
        f"{home.name}.json",
        f"{home.name}.json.sha256",
    ]
    assert sorted(files.paths(report)) == sorted(FORMS)
    assert all(os.path.exists(path) for path in files.paths(report).values())


def test_a_plan_is_marked_in_the_name_of_each_file(tmp_path: Path) -> None:
    report = files.new_run(str(tmp_path), MOMENT, plan=True)
    assert all("-plan-" in os.path.basename(path) for path in files.paths(report).values())


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_read_it_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        files.make_directory(str(tmp_path / "a" / "evidence"))
        report = files.new_run(str(tmp_path / "a" / "evidence"), MOMENT, plan=False)
        files.write(report, facts(), LOOK)
    finally:
        os.umask(before)
    home = Path(report).parent
    assert (mode(home.parent), mode(home)) == (0o700, 0o700)
    assert {mode(path) for path in home.iterdir() if path.is_file()} == {0o600}
    assert {mode(path) for path in home.iterdir() if path.is_dir()} == {0o700}


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    files.new_run(str(tmp_path), MOMENT, plan=False)
    assert mode(tmp_path) == 0o750


def test_runs_of_the_same_second_have_directories_of_their_own(tmp_path: Path) -> None:
    reports = {files.new_run(str(tmp_path), MOMENT, plan=False) for _run in range(50)}
    assert len({os.path.dirname(report) for report in reports}) == 50


def test_a_directory_that_is_taken_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files.secrets, "token_hex", lambda _bytes: "same")
    report = files.new_run(str(tmp_path), MOMENT, plan=False)
    files.write(report, facts(), LOOK)
    before = contents(report)
    with pytest.raises(files.EvidenceError, match="cannot be created: File exists"):
        files.new_run(str(tmp_path), MOMENT, plan=False)
    assert contents(report) == before


def test_the_sum_that_is_told_is_the_sum_of_the_json_file(report: str) -> None:
    digest = files.write(report, facts(evidence.FINISHED), LOOK)
    text = Path(report).read_bytes()
    assert digest == hashlib.sha256(text).hexdigest()
    assert Path(files.paths(report)["sha256"]).read_text() == f"{digest}  {os.path.basename(report)}\n"
    assert digest in Path(files.paths(report)["html"]).read_text()
    assert digest in Path(files.paths(report)["csv"]).read_text()


def test_what_was_written_is_read_again(report: str) -> None:
    assert files.read(report) == facts()


def test_a_list_has_a_line_for_each_entry(report: str) -> None:
    text = Path(report).read_text(encoding="utf-8")
    told = json.loads(text)
    assert [name for name, value in told.items() if isinstance(value, list) and value]
    for name, value in told.items():
        entries = value if value and isinstance(value, list) else []
        assert f' "{name}": {"[" if entries else json.dumps(value)}' in text
        for entry in entries:
            assert text.count(f"\n  {json.dumps(entry)}") >= 1


def test_names_that_are_half_a_character_do_no_harm(report: str) -> None:
    made = facts()
    made["organizations"][0]["name"] = "half \ud83d"
    files.write(report, made, LOOK)
    assert files.read(report) == made


@pytest.mark.parametrize("number", range(1, 5))
@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_disk_that_is_full_leaves_what_was_there(
    report: str, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    before = contents(report)
    calls = iter(range(1, 100))

    def full(function: Any) -> Any:
        def attempt(*arguments: Any) -> Any:
            if next(calls) >= number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return function(*arguments)

        return attempt

    if call == "fsync":
        monkeypatch.setattr(files.os, "fsync", full(os.fsync))
    else:
        real = os.fdopen

        def opened(handle: int, how: str) -> Any:
            file = real(handle, how, buffering=0)
            return _Writer(file, full(file.write))

        monkeypatch.setattr(files.os, "fdopen", opened)
    with pytest.raises(files.EvidenceError, match="cannot be written: No space left on device"):
        files.write(report, facts(evidence.FINISHED), LOOK)
    assert contents(report) == before


class _Writer:
    """A file whose `write` is another."""

    def __init__(self, file: Any, write: Any) -> None:
        self._file = file
        self.write = write

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_exception: Any) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Died(BaseException):
    """The process ended."""


@pytest.mark.parametrize("number", range(1, 5))
def test_who_dies_between_two_files_leaves_only_whole_ones_and_json_is_the_newest(
    report: str, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before = {form: Path(path).read_bytes() for form, path in files.paths(report).items()}
    replace, calls = os.replace, iter(range(1, 100))

    def dies(*arguments: Any) -> None:
        if next(calls) == number:
            raise Died
        replace(*arguments)

    monkeypatch.setattr(files.os, "replace", dies)
    with pytest.raises(Died):
        files.write(report, facts(evidence.FINISHED), LOOK)
    monkeypatch.undo()
    after = {form: Path(path).read_bytes() for form, path in files.paths(report).items()}
    digest = files.write(report, facts(evidence.FINISHED), LOOK)
    whole = {form: Path(path).read_bytes() for form, path in files.paths(report).items()}
    assert json.loads(after["json"])["state"] == ("running" if number == 1 else "finished")
    assert digest.encode() in whole["html"]
    for form in FORMS:
        assert after[form] in (before[form], whole[form])
    if after["html"] == whole["html"]:
        assert after["json"] == whole["json"]


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A path below a file: nobody can make a directory there, not even root."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "evidence"


def test_a_directory_that_cannot_be_made_is_a_clear_error(blocked: Path) -> None:
    with pytest.raises(
        files.EvidenceError, match=r"^The directory .*evidence.* cannot be created: File exists \(/.*/file\)\.$"
    ):
        files.make_directory(str(blocked))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "another"}', "\x00"])
def test_what_is_no_evidence_is_not_gone_on_with(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(files.EvidenceError, match="is not evidence that this version can continue"):
        files.read(str(tmp_path / "x.json"))


def test_a_run_that_could_not_be_started_leaves_no_empty_directory(tmp_path: Path) -> None:
    report = files.new_run(str(tmp_path), MOMENT, plan=False)
    files.discard(report)
    assert list(tmp_path.iterdir()) == []


def test_evidence_is_never_discarded(report: str) -> None:
    before = contents(report)
    files.discard(report)
    assert contents(report) == before


def test_a_record_is_written_once_and_as_a_whole(report: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert files.read_record(report, "0000") is None
    files.write_record(report, "0000", {"host": "half \ud83d"})
    with pytest.raises(files.EvidenceError, match="cannot be written: File exists"):
        files.write_record(report, "0000", {"host": "another"})
    assert files.read_record(report, "0000") == {"host": "half \ud83d"}

    def full(*_arguments: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(files.EvidenceError, match="No space left on device"):
        files.write_record(report, "0001", {})
    assert os.listdir(os.path.join(os.path.dirname(report), "records")) == ["0000.json"]
