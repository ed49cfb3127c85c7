# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Four eyes: only a whole, fresh plan for these leavers and organizations lets anything be removed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.ages import now, timestamp
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import facts as evidence
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.approval import approved
from ansible_collections.keywarden.datadog.tests.helpers.evidence import finished, started, told

ANN = "ann@example.com"


def planned(folder: Path, **changed: Any) -> str:
    """The JSON file of a plan for ann with two keys to delete and one to keep."""
    owner = {"query": ANN, "status": "resolved", "id": "user-1", "complete": True, "total": 3}
    keys = [
        {"id": f"key-{number}", "owner": {"id": "user-1"}, "outcome": outcome}
        for number, outcome in enumerate(("deleted", "deleted", "kept"), 1)
    ]
    facts = started([ANN], ["One"], plan=True)
    organization = {"id": "org-1", "name": "Acme"}
    evidence.record(facts, told("One", {"owners": [owner], "application_keys": keys, "organization": organization}))
    finished(facts, timestamp(now()))
    content = json.dumps({**facts, **changed}).encode()
    (folder / "plan.json").write_bytes(content)
    (folder / "plan.json.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  plan.json\n")
    return str(folder / "plan.json")


def use(report: str, leavers: Sequence[str] = (ANN.upper(),), hosts: Sequence[str] = ("One",), age: str = "7d") -> Any:
    """What a run may do because of it."""
    return approved(report, age, [{"query": one} for one in leavers], hosts)


def test_only_what_the_plan_would_delete_is_approved(tmp_path: Path) -> None:
    found = use(planned(tmp_path))
    assert found["organizations"] == {"One": {"id": "org-1", "only": {"application_keys": ["key-1", "key-2"]}}}
    assert found["sha256"] == (tmp_path / "plan.json.sha256").read_text().split()[0]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"leavers": (ANN, "bob@example.com")}, "Only in the plan: none. Only in this run: bob@example.com."),
        ({"leavers": ("bob@example.com",)}, "Only in the plan: ann@example.com."),
        ({"hosts": ("One", "Two")}, "is for other organizations than this run"),
        ({"hosts": ("Two",)}, "Only in the plan: One. Only in this run: Two."),
        ({"age": "soon"}, "offboard_plan_max_age: 'soon' is not an age."),
    ],
)
def test_a_plan_for_others_approves_nothing(tmp_path: Path, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        use(planned(tmp_path), **given)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"mode": "real"}, "It must be that of a finished run with --check."),
        ({"state": "running"}, "It must be that of a finished run with --check."),
        ({"format": "another"}, "is not the JSON file of a run with --check"),
        ({"finished_at": "2026-01-01T00:00:00Z"}, "longer ago than offboard_plan_max_age (7d)"),
        ({"finished_at": None}, "longer ago than offboard_plan_max_age (7d)"),
    ],
)
def test_what_is_no_fresh_plan_approves_nothing(tmp_path: Path, changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(OptionError) as caught:
        use(planned(tmp_path, **changed))
    assert sentence in str(caught.value)


def test_a_plan_that_was_changed_approves_nothing(tmp_path: Path) -> None:
    report = Path(planned(tmp_path))
    report.write_text(report.read_text().replace("key-2", "key-9"))
    with pytest.raises(OptionError, match="was changed since it was made"):
        use(str(report))
    (tmp_path / "plan.json.sha256").unlink()
    with pytest.raises(OptionError, match="cannot be read: No such file"):
        use(str(report))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff"])
def test_what_is_no_json_approves_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    (tmp_path / "plan.json.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  plan.json\n")
    with pytest.raises(OptionError, match="is not the JSON file of a run"):
        use(str(tmp_path / "plan.json"))
