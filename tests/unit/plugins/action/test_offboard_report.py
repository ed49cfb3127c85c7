# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""offboard_report: started before, recorded during, finished after, and never more than one run in one place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import files
from ansible_collections.keywarden.datadog.tests.helpers.action import run_action
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import ModuleRun, Modules
from ansible_collections.keywarden.datadog.tests.standin import LEAVER, LEAVER_KEYS, NOBODY


def call(state: str, plan: bool = False, folder: Path = Path("/"), **options: Any) -> ModuleRun:
    """Run the action."""
    return run_action({"state": state, "plan": plan, **options}, folder=folder)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the evidence goes; it is not there yet."""
    return tmp_path / "evidence"


def begin(directory: Path, plan: bool = False, leavers: tuple[Any, ...] = (LEAVER,)) -> ModuleRun:
    """Start a run in one organization."""
    return call("started", plan, directory=str(directory), leavers=list(leavers), organizations=["One"])


def facts(run: ModuleRun) -> dict[str, Any]:
    """What the JSON file of a run says."""
    read: dict[str, Any] = json.loads(Path(run.result["files"]["json"]).read_text())
    return read


@pytest.mark.parametrize("check", [False, True], ids=["real", "check"])
def test_a_run_from_start_to_end(directory: Path, modules: Modules, check: bool) -> None:
    started = begin(directory, check, (LEAVER, NOBODY))
    assert (started.result["success"], facts(started)["state"]) == (False, "running")
    assert started.result["emails"] == [LEAVER, NOBODY]
    report = started.result["files"]["json"]
    removal = modules.remove(owner=started.result["emails"], missing_owner="report", check=check)
    recorded = call("recorded", check, report=report, organization="One", result=removal.result)
    assert (recorded.result["success"], facts(recorded)["state"]) == (False, "running")
    finished = call("finished", check, report=report)
    assert (finished.result["success"], facts(finished)["state"]) == (True, "finished")
    assert facts(finished)["mode"] == ("plan" if check else "real")
    assert finished.result["counts"]["application_keys"]["to delete" if check else "deleted"] == LEAVER_KEYS
    assert ("-plan-" in report) is check
    assert [path.parent.name for path in directory.rglob("*.html")] == [Path(report).stem]


def test_it_shows_what_failed_and_does_not_fail_itself(directory: Path, modules: Modules) -> None:
    started = begin(directory)
    report = started.result["files"]["json"]
    removal = modules.remove(owner=LEAVER, max_keys=3)
    assert removal.failed
    call("recorded", report=report, organization="One", result=removal.result)
    finished = call("finished", report=report)
    assert not finished.failed
    assert not finished.result["success"]
    assert finished.result["headline"].startswith(f"Not dealt with: {LEAVER} in One.")
    (row,) = facts(finished)["leavers"]
    assert "more than max_keys (3)" in row["message"]


def test_a_plan_and_a_real_run_do_not_mix(directory: Path) -> None:
    for check in (False, True):
        report = begin(directory, check).result["files"]["json"]
        run = call("recorded", not check, report=report, organization="One", result={})
        assert run.failed
        assert "nothing can be added to it now" in run.msg
        assert json.loads(Path(report).read_text())["leavers"][0]["status"] == "not recorded"


def test_a_finished_run_stays_as_it_is(directory: Path) -> None:
    report = Path(begin(directory).result["files"]["json"])
    call("finished", report=str(report))
    before = report.read_bytes()
    assert call("recorded", report=str(report), organization="One", result={}).failed
    assert call("finished", report=str(report)).failed
    assert report.read_bytes() == before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"leavers": []}, "There are no leavers."),
        ({"leavers": ["  "]}, "Leaver 1 is blank."),
        ({"leavers": ["nobody"]}, "no e-mail"),
        ({"organizations": []}, "There are no organizations."),
        ({"organizations": ["One", "ONE"]}, "Two organizations are named"),
        ({"leavers": None}, "leavers"),
        ({"directory": None}, "directory"),
    ],
)
def test_bad_input_is_a_sentence_and_makes_no_directory(
    directory: Path, options: dict[str, Any], sentence: str
) -> None:
    given = {"directory": str(directory), "leavers": [LEAVER], "organizations": ["One"], **options}
    run = call("started", **given)
    assert run.failed
    assert sentence in run.msg
    assert not directory.exists()


def test_leavers_can_be_a_single_string(directory: Path) -> None:
    run = call("started", directory=str(directory), leavers=f"{LEAVER},{NOBODY}", organizations="One")
    assert run.result["emails"] == [LEAVER, NOBODY]


def full(*_arguments: Any) -> None:
    """A disk without room."""
    raise OSError(28, "No space left on device")


def test_a_full_disk_at_the_start_fails_and_leaves_nothing(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "replace_all", full)
    run = begin(directory)
    assert run.failed
    assert "cannot be written: No space left on device." in run.msg
    assert list(directory.iterdir()) == []


def test_rows_that_cannot_be_written_are_in_the_failed_result(
    directory: Path, modules: Modules, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = begin(directory)
    report = Path(started.result["files"]["json"])
    before = report.read_bytes()
    removal = modules.remove(owner=LEAVER)
    monkeypatch.setattr(files, "replace_all", full)
    run = call("recorded", report=str(report), organization="One", result=removal.result)
    assert run.failed
    assert [row["id"] for row in run.result["unsaved"]["application_keys"]] == [row["id"] for row in removal.rows]
    assert report.read_bytes() == before


def test_templates_beside_the_playbook_take_the_place_of_those_of_the_role(directory: Path, tmp_path: Path) -> None:
    own = tmp_path / "templates/offboard"
    own.mkdir(parents=True)
    (own / "evidence.css").write_text("p { color: teal; }")
    run = call("started", folder=tmp_path, directory=str(directory), leavers=[LEAVER], organizations=["One"])
    page = Path(run.result["files"]["html"]).read_text()
    assert "<style>\np { color: teal; }\n</style>" in page
    assert "Offboarding evidence" in page
    (own / "evidence.html.j2").write_text("{{ run.run_id }}{% if %}")
    run = call("started", folder=tmp_path, directory=str(directory), leavers=[LEAVER], organizations=["One"])
    assert run.failed
    assert "The template of the evidence page cannot be used (line 1)" in run.msg
    assert len(list(directory.iterdir())) == 1


def test_check_mode_writes_nothing(directory: Path) -> None:
    arguments = {"state": "started", "directory": str(directory), "leavers": [LEAVER], "organizations": ["One"]}
    run = run_action(arguments, folder=directory.parent, check=True)
    assert (run.failed, run.result["changed"], directory.exists()) == (False, False, False)
