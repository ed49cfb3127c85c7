# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""offboard_organization: runs the module for one organization and records what it did."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.module_utils._module import connection_options
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.files import EvidenceError
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.kinds import KINDS
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.organization import (
    MODULE,
    Execute,
    Organization,
)
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.progress import shown

OPTIONS: dict[str, Any] = {
    "report": {"type": "path", "required": True},
    "plan": {"type": "bool", "default": False},
    "name": {"type": "str"},
    "leavers": {"type": "raw"},
    "leavers_file": {"type": "str"},
    "connection": {
        "type": "dict",
        "default": {},
        "options": {
            "app_key": {"type": "str", "no_log": True},
            "api_key": {"type": "str", "no_log": True},
            "site": {"type": "str"},
            "api_url": {"type": "str"},
        },
    },
    "approved_plan": {"type": "str"},
    "credentials": {"type": "list", "elements": "str", "choices": list(KINDS), "default": list(KINDS)},
    "guards": {"type": "dict", "default": {}},
    # From the group of module_defaults; the module itself looks into the environment.
    **{
        name: {key: value for key, value in spec.items() if key not in ("fallback", "default")}
        for name, spec in connection_options().items()
        if name != "api_version"
    },
}
# Where journals are on another host, below its remote_tmp.
ELSEWHERE = "offboard-journals"
HIDDEN = ("invocation", "diff", "exception", "_ansible_parsed", "_ansible_no_log", "deprecations")


def _refuse(*_arguments: Any) -> NoReturn:
    """:raises OptionError: always, in place of a module, so that the reason is recorded."""
    raise OptionError(
        "Nothing was removed: the keyword check_mode contradicts the mode of the run. Take it away from the role or "
        "play: a run is a plan with --check, and removes without it."
    )


class ActionModule(ActionBase):  # type: ignore[misc]
    """The action of that name."""

    _supports_check_mode = True
    _supports_diff = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do it. What goes wrong is a result that failed, never an exception."""
        super().run(tmp, task_vars)
        self._variables = dict(task_vars or {})
        self._play = os.getppid()
        self._warnings: list[Any] = []
        # Whoever names one version for all modules of the group means the others; the evidence needs IDs.
        self._task.args.pop("api_version", None)
        _validation, options = self.validate_argument_spec(OPTIONS)
        try:
            organization = Organization(options, self._variables)
            self._name = organization.name
            execute: Execute = self._execute
            if bool(self._task.check_mode) != options["plan"]:
                execute = _refuse
            result = organization.work(execute)
        except (OptionError, EvidenceError) as error:
            result = {"failed": True, "msg": str(error), **getattr(error, "result", {})}
        return {**result, **({"warnings": self._warnings} if self._warnings else {})}

    def _execute(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run the module where the task is delegated to. Its result, also where it could not be run.

        :raises OptionError: there is no play any more; a worker outlives one that is killed.
        """
        if os.getppid() != self._play:
            raise OptionError("Nothing was removed: the play is gone.")
        if self._connection.transport == "local" and not self._connection.become:
            # Otherwise the module, with the credentials, is a file that a killed play leaves behind.
            self._connection.set_option("pipelining", True)
        try:
            with (
                shown(self._name, arguments.get("journal"), self._display.display),
                self._journal(dict(arguments)) as given,
            ):
                result = self._execute_module(module_name=MODULE, module_args=given, task_vars=self._variables)
        except AnsibleConnectionFailure as error:
            result = {"failed": True, "msg": f"The host that runs the module cannot be reached: {error}"}
        except AnsibleError as error:
            result = {"failed": True, "msg": str(error)}
        warnings = result.get("warnings") or []
        self._warnings += [warning for warning in warnings if warning not in self._warnings]
        told = {name: value for name, value in result.items() if name not in HIDDEN}
        return {**told, "warnings": [_text(warning) for warning in warnings]}

    @contextlib.contextmanager
    def _journal(self, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The same arguments, with the journal on the host that the module runs on; it is fetched afterwards.

        Where the connection is lost, the journal stays there. A plan has none there.
        """
        here = arguments.get("journal")
        if not here or self._connection.transport == "local":
            yield arguments
            return
        if self._task.check_mode:  # nothing is created there
            del arguments["journal"]
            yield arguments
            return
        run = os.path.basename(os.path.dirname(os.path.dirname(here)))
        place = self.get_shell_option("remote_tmp", default="~/.ansible/tmp")
        folder = self._remote_expand_user(f"{place}/{ELSEWHERE}/{run}")
        made = self._execute_module(
            module_name="ansible.builtin.file",
            module_args={"path": folder, "state": "directory", "mode": "0700"},
            task_vars=self._variables,
        )
        if made.get("failed"):
            raise AnsibleError(f"The directory {folder} for the journal cannot be created: {made.get('msg')}")
        there = f"{folder}/{os.path.basename(here)}"
        try:
            yield {**arguments, "journal": there}
        finally:
            with contextlib.suppress(AnsibleError):
                self._connection.fetch_file(there, here)


def _text(warning: Any) -> str:
    """A warning's text; ansible-core 2.19 and newer have objects for them."""
    return str(getattr(getattr(warning, "event", None), "msg", warning))
