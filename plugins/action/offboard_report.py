# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""offboard_report: evidence, written on the controller. Its documentation is in plugins/modules."""

from __future__ import annotations

import os
from typing import Any

from ansible.errors import AnsibleFileNotFound
from ansible.plugins.action import ActionBase
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.files import EvidenceError
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.page import Look
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.run import work

OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["started", "recorded", "finished"], "required": True},
    "plan": {"type": "bool", "default": False},
    "directory": {"type": "path"},
    "leavers": {"type": "list", "elements": "raw"},
    "organizations": {"type": "list", "elements": "str"},
    "guards": {"type": "dict", "default": {}},
    "report": {"type": "path"},
    "organization": {"type": "str"},
    "site": {"type": "str"},
    "result": {"type": "dict"},
}
REQUIRED_IF = [
    ("state", "started", ("directory", "leavers", "organizations")),
    ("state", "recorded", ("report", "organization", "result")),
    ("state", "finished", ("report",)),
]
TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../roles/offboard/templates")


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action of that name."""

    _supports_check_mode = True
    _supports_diff = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the evidence. What goes wrong is a result that failed, never an exception."""
        super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(OPTIONS, required_if=REQUIRED_IF)
        if self._task.check_mode:
            return {"changed": False, "skipped": True, "msg": "Nothing is written in check mode. See option plan."}
        try:
            return work(options, self._look)
        except (OptionError, EvidenceError) as error:
            return {"failed": True, "msg": str(error), **getattr(error, "result", {})}

    def _look(self) -> Look:
        """How the page looks: as the user's templates/offboard has it, or as the role's templates."""
        return Look(self._text("evidence.html.j2"), self._text("evidence.css"))

    def _text(self, name: str) -> str:
        try:
            path = self._find_needle("templates", f"offboard/{name}")
        except AnsibleFileNotFound:
            path = os.path.join(TEMPLATES, name)
        with open(path, encoding="utf-8") as file:
            return file.read()
