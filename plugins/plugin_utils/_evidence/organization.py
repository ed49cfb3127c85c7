# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One organization of a run: what the module is to do, with whose credentials, and the record of what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ...module_utils._api.errors import OptionError
from ...module_utils._api.secret_texts import without_credentials
from ...module_utils._datadog.ages import now, timestamp
from .facts import Facts, broken_off, record, start
from .files import journal_path, write_record
from .gathering import add_journal, record_name
from .guards import checked_guards
from .leavers import Leaver
from .run import brief_of, fingerprint, started
from .screen import leaver_line, wrapped
from .verdicts import DEALT_WITH
from .words import number

MODULE = "keywarden.datadog.datadog_user_access"
GROUP = "datadog_organizations"
ENVIRONMENT = "Datadog"  # the name of the one organization of the environment
DEFAULT_SITE = "datadoghq.com"
# What a host may have of its own; all of it, or all from the environment.
OWN = ("app_key", "api_key", "site", "api_url")
CONNECTION = (*OWN, "validate_certs", "ca_path", "timeout", "max_retries", "max_wait", "concurrency")

# What the module tells once for all kinds.
COMMON = ("site", "caller", "organization", "warnings")

# Runs the module with these options, in the mode of the run. Its result.
Execute = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Organization:
    """One organization of a run that has started.

    :param options: those of offboard_organization.
    :param variables: Ansible's.
    :raises OptionError: nothing can be recorded here.
    """

    def __init__(self, options: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
        self._options = options
        self._report = started(options)
        self._brief = brief_of(self._report)
        self._host = str(variables["inventory_hostname"])
        self._in_group = GROUP in (variables.get("group_names") or ())
        if self._host not in self._brief["hosts"]:
            raise OptionError(f"{self._host} is not one of the organizations of this run.")
        if self._brief["plan"] != options["plan"]:
            raise OptionError("The run was started in another mode (check mode or real) than this task runs in.")
        if self._brief["asked"] != fingerprint(options):
            raise OptionError(
                f"{self._host} was given other leavers, other kinds of credentials or another approved plan than the "
                f"organization that started the run. Set offboard_leavers, offboard_credentials and offboard_plan for "
                f"all of them alike, for example for the group {GROUP}."
            )
        self._number = self._brief["hosts"].index(self._host)

    def work(self, execute: Execute) -> dict[str, Any]:
        """Remove what lets the leavers in here, and record it. The result of the task.

        :raises EvidenceError: it cannot be recorded; ``result`` holds what was to be recorded.
        """
        told: dict[str, Any] = {
            "host": self._host,
            "name": self.name,
            "site": without_credentials(self._options["connection"].get("site") or "") or None,
            "guards": None,
            "results": {},
        }
        leavers = self._leavers()
        try:
            told["guards"] = checked_guards(self._options["guards"])
            if leavers and self._options["credentials"]:
                result = self._remove(execute, leavers)
                told.update(results=self._by_kind(result), remains=result.get("remains"))
        except OptionError as error:
            told["refused"] = str(error)
        told["recorded_at"] = timestamp(now())
        facts = self._facts(told)
        try:
            write_record(self._report, record_name(self._number), told)
        except Exception as error:
            if hasattr(error, "result"):
                error.result["unsaved"] = {name: facts[name] for name in ("leavers", "credentials")}
            raise
        if broken_off(told):
            add_journal(self._report, self._number, facts, self._host)
        return self._result(facts, told["results"])

    def _leavers(self) -> list[Leaver]:
        """Those whom Datadog can be asked for."""
        return [leaver for leaver in self._brief["leavers"] if not leaver["problem"]]

    @property
    def name(self) -> str:
        """What the organization is called in the evidence."""
        if self._options["name"]:
            return str(self._options["name"])
        own = self._in_group or self._options["connection"].get("app_key") is not None
        return self._host if own else ENVIRONMENT

    def _connection(self) -> dict[str, Any]:
        """What the modules connect with.

        :raises OptionError: it would mix the credentials of two organizations.
        """
        own = {name: value for name, value in self._options["connection"].items() if value is not None}
        others = {name: self._options[name] for name in CONNECTION if self._options[name] is not None}
        if "app_key" in own:
            blank = {"api_key": "", "api_url": "", "site": DEFAULT_SITE}
            given = {name: value for name, value in others.items() if name not in OWN}
            return {**given, **blank, **own}
        if self._in_group or len(self._brief["hosts"]) > 1:
            raise OptionError(
                f"{self._host} has no offboard_app_key. An organization takes its credentials from the environment "
                f"only where it is the only one, and not in the group {GROUP}."
            )
        if "api_key" in own:
            raise OptionError(f"{self._host} has an offboard_api_key and no offboard_app_key. Give both or none.")
        # A site that was named must not give way to an address in the environment.
        return {**others, **({"api_url": ""} if "site" in own else {}), **own}

    def _remove(self, execute: Execute, leavers: Sequence[Leaver]) -> Mapping[str, Any]:
        """The result of the module.

        :raises OptionError: it cannot be told with whose credentials it is to run.
        """
        kinds, approved = self._options["credentials"], self._brief["approved"]
        guards = dict(self._options["guards"])
        most = guards.pop("max_keys", None)
        arguments = {
            "state": "absent",
            **self._connection(),
            "user": [leaver["query"] for leaver in leavers],
            "user_names": {leaver["query"]: leaver["name"] for leaver in leavers if leaver["name"]},
            "missing_user": "report",
            "credentials": kinds,
            **{name: value for name, value in guards.items() if value not in (None, "", [])},
            **({} if most is None else {"max_keys": most, "max_tokens": most}),
        }
        if approved is not None:
            expected = approved[self._host]
            if not expected["id"]:
                raise OptionError(
                    f"The approved plan does not say which Datadog organization {self._host} is. Nothing was removed "
                    f"here. Make a new plan with --check, and have it approved."
                )
            arguments["only"] = [one for kind in kinds for one in expected["only"].get(kind, [])]
            arguments["organization_id"] = expected["id"]
        return execute({**arguments, "journal": journal_path(self._report, self._number)})

    def _by_kind(self, result: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """What the module tells of each kind. A kind that it never began has no rows; one that is missing has none."""
        common = {name: result.get(name) for name in COMMON}
        failed = {**common, "failed": True, "msg": result.get("msg")}
        told_by_kind = any((result.get(kind) or {}).get("failed") for kind in self._options["credentials"])
        if result.get("failed") and not told_by_kind:
            common.update(failed=True, msg=result.get("msg"))  # of the task as a whole, such as its journal
        told: dict[str, Mapping[str, Any]] = {}
        for kind in self._options["credentials"]:
            if result.get(kind) is not None:
                told[kind] = {**common, **result[kind]}
            else:
                told[kind] = {**failed, kind: [], "owners": []} if kind in result else failed
        return told

    def _facts(self, told: Mapping[str, Any]) -> Facts:
        """The facts of this organization alone."""
        settings = {"kinds": self._options["credentials"], "notes": []}
        facts = start("", told["recorded_at"], self._leavers(), [self._host], settings, plan=self._options["plan"])
        record(facts, told)
        return facts

    def _result(self, facts: Facts, results: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        (organization,) = facts["organizations"]
        bad = [row for row in facts["leavers"] if row["status"] not in DEALT_WITH]
        told = {
            "changed": any(result.get("changed") for result in results.values()),
        }
        problem = organization["problem"]
        if not bad and not problem:
            return told
        # The message is short, because newer versions of Ansible print it in one line.
        reasons = [problem] if problem else [leaver_line(row) for row in bad]
        return {
            **told,
            "failed": True,
            "msg": f"{number(len(bad), 'leaver')} not dealt with in {self.name}.",
            "reasons": wrapped(reasons),
            "_ansible_verbose_always": True,
        }
