# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""What the modules that remove credentials share: options, guards, journal and result, whatever the kind."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ._api.client import Client
from ._api.version import VERSION
from ._datadog.ages import parse_age
from ._datadog.credential import CredentialKind
from ._module import Task
from ._removal.guards import Guards
from ._removal.halt import Halt
from ._removal.journal import Journal
from ._removal.parent import Parents
from ._removal.plan import CHANGED, DELETED, Plan, all_rows, counts, failure, listing_of
from ._removal.removal import remove
from ._removal.selection import Selection
from ._removal.verification import Verification

# The options of ``doc_fragments/removal.py``.
REMOVAL_OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["absent"], "required": True},
    "owner": {"type": "list", "elements": "str"},
    "owner_names": {"type": "dict"},
    "keep": {"type": "list", "elements": "str"},
    "only": {"type": "list", "elements": "str"},
    "refuse_used_within": {"type": "str"},
    "allow_self": {"type": "bool", "default": False},
    "missing_owner": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
    "verify": {"type": "bool", "default": True},
    "verify_timeout": {"type": "int", "default": 30},
    "journal": {"type": "path"},
}


class RemovalTask(Task):
    """Removes credentials of one kind. A subclass says which kind, and what is particular to its options.

    :cvar noun: what one of the credentials is called.
    :cvar rows: the name of the rows in the result.
    :cvar most: the option with the most that a plan may remove.
    """

    noun: str
    rows: str
    most: str

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self._journal = Journal()
        self._kind: CredentialKind | None = None

    @abstractmethod
    def selection(self, params: dict[str, Any]) -> Selection:
        """What the task selects.

        :raises OptionError: it is empty, or holds what cannot be meant.
        """

    @abstractmethod
    def kind(self, module: AnsibleModule, client: Client) -> CredentialKind:
        """The credentials of the organization.

        :raises OptionError: they cannot be reached with these options.
        """

    @abstractmethod
    def ids(self, option: str, items: Sequence[str]) -> Sequence[str]:
        """The items as ids, in the form of facts.

        :raises OptionError: one is none.
        """

    def work(self, module: AnsibleModule, client: Client) -> None:
        """Collect, guard, delete and verify."""
        params = module.params
        guards = self._guards(params)
        selection = self.selection(params)
        kind = self._kind = self.kind(module, client)
        halt = Halt([Parents().gone])
        if params["journal"] is not None:
            self._journal = Journal.at(params["journal"], _without(module.no_log_values))
            self._journal.start(
                lambda: {
                    "module": module._name,
                    "version": VERSION,
                    "site": kind.site,
                    "kind": kind.noun,
                    "check_mode": module.check_mode,
                    **kind.account.told(),
                }
            )
        # Beside everything else, and now: the task may remove the very credentials that it asks with.
        kind.account.start()
        remove(
            kind,
            selection,
            guards,
            Verification(params["verify"], params["verify_timeout"]),
            self._plans,
            rehearse=module.check_mode,
            warn=module.warn,
            journal=self._journal,
            halt=halt,
        )

    def _guards(self, params: dict[str, Any]) -> Guards:
        age, only = params["refuse_used_within"], params["only"]
        return Guards(
            keep=frozenset(self.ids("keep", params["keep"]) if params["keep"] else ()),
            only=None if only is None else frozenset(self.ids("only", only) if only else ()),
            most=params[self.most],
            most_option=self.most,
            refuse_used_within=None if age is None else parse_age("refuse_used_within", age),
            allow_self=params["allow_self"],
            delete_managed=params.get("managed_keys") == "delete",
        )

    def problem(self) -> str | None:
        """Why the task fails."""
        return failure(self._plans, self.noun, "were not dealt with")

    def end(self, problem: str | None) -> str | None:
        """Close the journal."""
        self._journal.end(problem is not None, problem)
        if self._journal.problem and self._journal.problem not in (problem or ""):
            problem = " ".join(filter(None, [problem, f"{self._journal.problem} It is not complete."]))
        return problem

    def result(self, module: AnsibleModule) -> dict[str, Any]:
        """The result of what was done so far."""
        rows = [row.result for row in all_rows(self._plans)]
        result = {
            "changed": any(row["outcome"] in CHANGED for row in rows),
            self.rows: rows,
            "counts": counts(rows),
            "owners": [plan.owner for plan in self._plans if plan.owner],
            "listing": listing_of(self._plans),
            **(self._kind.account.told() if self._kind else {"caller": None, "organization": None}),
        }
        if module._diff:
            result["diff"] = self._diff(rows)
        return result

    def _diff(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """What is selected and exists, before and after, in the form of ``--diff``."""

        def brief(row: dict[str, Any]) -> dict[str, Any]:
            told: dict[str, Any] = {name: row[name] for name in ("id", "last4", "name") if name in row}
            return {**told, "owner": row["owner"]["email"]}

        before = [row for row in rows if row["outcome"] != "absent"]
        after = [row for row in before if row["outcome"] != DELETED]
        return {
            "before": {self.rows: [brief(row) for row in before]},
            "after": {self.rows: [brief(row) for row in after]},
        }


def _without(secrets: set[str]) -> Callable[[str], str]:
    """A function that masks these in a text, as Ansible masks them in a result."""
    # As they stand in JSON.
    longest_first = [json.dumps(secret)[1:-1] for secret in sorted(secrets, key=len, reverse=True)]

    def clean(text: str) -> str:
        for secret in longest_first:
            text = text.replace(secret, "********")
        return text

    return clean
