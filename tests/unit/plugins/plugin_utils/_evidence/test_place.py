# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where evidence goes: only where it stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.place import MARKER, directory, resolved


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("AWX_", "TOWER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("~unknown-user/x", "there is no such user"),
        ("missing", "No such file or directory"),
        ("/proc/version", "is not a directory"),
    ],
)
def test_a_place_that_cannot_be_used_is_an_error(tmp_path: Path, path: str, sentence: str) -> None:
    with pytest.raises(OptionError, match=sentence):
        directory(path, str(tmp_path), {})


def test_a_relative_path_starts_at_the_playbook(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    assert directory("evidence", str(tmp_path), {}) == str(tmp_path / "evidence")


def test_no_evidence_is_written_into_a_collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "ansible_collections/keywarden/datadog/playbooks"
    inside.mkdir(parents=True)
    (tmp_path / "link").symlink_to(inside)
    for path in (str(inside), str(tmp_path / "link")):
        with pytest.raises(OptionError, match="is inside a collection"):
            directory(path, str(tmp_path), {})
    # For a playbook of a collection, the user means the directory that the user is in.
    monkeypatch.chdir(tmp_path)
    assert resolved("evidence", str(inside)) == str(tmp_path / "evidence")


def test_only_the_default_need_not_exist(tmp_path: Path) -> None:
    assert directory("~/offboard-evidence", str(tmp_path), {}) == str(tmp_path / "home/offboard-evidence")


def test_in_an_execution_environment_evidence_needs_a_volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (str(tmp_path), "~/offboard-evidence"):
        for variables in ({"awx_job_id": 7}, {"tower_job_id": 7}):
            with pytest.raises(OptionError, match=f"no file {MARKER}"):
                directory(path, str(tmp_path), variables)
    monkeypatch.setenv("AWX_PRIVATE_DATA_DIR", "/runner")
    with pytest.raises(OptionError, match=f"no file {MARKER}"):
        directory(str(tmp_path), str(tmp_path), {})
    (tmp_path / MARKER).write_text("")
    assert directory(str(tmp_path), str(tmp_path), {"awx_job_id": 7}) == str(tmp_path)
