# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the action plugin in this process, as a task of a playbook in some folder would."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible_collections.keywarden.datadog.plugins.action.offboard_report import ActionModule
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.page import Look

from .inprocess import ModuleRun

TEMPLATES = Path(__file__).resolve().parents[2] / "roles/offboard/templates"
LOOK = Look(
    (TEMPLATES / "evidence.html.j2").read_text(encoding="utf-8"),
    (TEMPLATES / "evidence.css").read_text(encoding="utf-8"),
)


def run_action(
    arguments: Mapping[str, Any],
    *,
    folder: Path,
    check: bool = False,
    variables: Mapping[str, Any] | None = None,
    play: Any = None,
) -> ModuleRun:
    """Run offboard_report with these arguments; an argument that is None is left out.

    :param folder: where the playbook is.
    :param variables: what the task sees of Ansible's variables.
    :param play: the play that the task is part of: ``_uuid`` and ``strategy``.
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    task = SimpleNamespace(
        args=given,
        check_mode=check,
        async_val=0,
        diff=False,
        action="keywarden.datadog.offboard_report",
        get_search_path=lambda: [str(folder)],
        _parent=SimpleNamespace(_play=play, _parent=None),
    )
    loader = DataLoader()
    loader.set_basedir(str(folder))
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
    action = ActionModule(task, connection, SimpleNamespace(check_mode=check), loader, None, None)
    action._load_name = task.action  # as Ansible's loader of plugins does
    try:
        result = action.run(task_vars=dict(variables or {}))
    except AnsibleError as error:
        result = {"failed": True, "msg": str(error)}
    return ModuleRun(result, "", [])
