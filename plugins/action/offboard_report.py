# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""offboard_report: evidence, written on the controller. Its documentation is in plugins/modules."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

from ansible import constants, context
from ansible.errors import AnsibleError, AnsibleFileNotFound
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.context import Context
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.files import EvidenceError
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.kinds import KINDS
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.origin import play_of
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.page import Look
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.place import DEFAULT
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.run import begin, end, tell

OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["started", "finished", "told"], "required": True},
    "plan": {"type": "bool", "default": False},
    "directory": {"type": "str", "default": DEFAULT},
    "leavers": {"type": "raw"},
    "leavers_file": {"type": "str"},
    "ticket": {"type": "str"},
    "allow_nobody": {"type": "bool", "default": False},
    "organizations": {"type": "list", "elements": "str"},
    "credentials": {"type": "list", "elements": "str", "choices": list(KINDS), "default": list(KINDS)},
    "guards": {"type": "dict", "default": {}},
    "missing_account": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
    "approved_plan": {"type": "str"},
    "plan_max_age": {"type": "str", "default": "7d"},
    "sla": {"type": "str"},
    "sign_with": {"type": "str"},
    "report": {"type": "path"},
}
REQUIRED_IF = [
    ("state", "started", ("organizations",)),
    ("state", "finished", ("report",)),
    ("state", "told", ("report",)),
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
            known = self._context(dict(task_vars or {}))
            return {"started": begin, "finished": end, "told": tell}[options["state"]](options, known)
        except (OptionError, EvidenceError) as error:
            return {"failed": True, "msg": str(error), **getattr(error, "result", {})}

    def _context(self, variables: dict[str, Any]) -> Context:
        return Context(
            variables=variables,
            extra=load_extra_vars(self._loader),
            extra_texts=tuple(str(text) for text in context.CLIARGS.get("extra_vars") or ()),
            basedir=self._loader.get_basedir(),
            play=play_of(self._task),
            look=lambda: self._look("evidence.html.j2"),
            index_look=lambda: self._look("index.html.j2"),
            read_file=self._read,
            loaded=self._loaded,
            scratch=constants.DEFAULT_LOCAL_TMP,
        )

    def _loaded(self, path: str) -> Collection[str]:
        try:
            found = self._loader.load_from_file(path)
        except (OSError, AnsibleError):
            return ()
        return list(found) if isinstance(found, Mapping) else ()

    def _read(self, path: str) -> bytes:
        """The content of a file, decrypted: in memory, as a temporary file would outlive a play that is killed."""
        if not self._loader.is_file(path):  # a pipe may be empty by now, and would read like a file without anything
            raise OptionError(f"{path} cannot be read: it does not exist or is not a file")
        try:
            content, _shown = self._loader._get_file_contents(path)
            return bytes(content)
        except (OSError, AnsibleError) as error:
            raise OptionError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error

    def _look(self, page: str) -> Look:
        """How a page looks: as the user's templates/offboard has it, or as the role's templates."""
        return Look(self._text(page), self._text("evidence.css"))

    def _text(self, name: str) -> str:
        try:
            path = self._find_needle("templates", f"offboard/{name}")
        except AnsibleFileNotFound:
            path = os.path.join(TEMPLATES, name)
        with open(path, encoding="utf-8") as file:
            return file.read()
