# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""What the modules that remove credentials share: options, guards, journal and result, whatever the kind."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ._api.client import Client
from ._api.errors import OptionError
from ._api.version import VERSION
from ._datadog.account import Account
from ._datadog.ages import parse_age
from ._datadog.credential import CredentialKind
from ._datadog.directory import Directory
from ._datadog.users import Facts
from ._module import Task
from ._removal.guards import Guards
from ._removal.halt import Halt
from ._removal.journal import Journal
from ._removal.looks import newcomer
from ._removal.parent import Parents
from ._removal.plan import CHANGED, DELETED, RESOLVED, Plan, all_rows, counts, failure, listing_of
from ._removal.removal import remove
from ._removal.selection import Selection
from ._removal.verification import Verification

# The options of ``doc_fragments/removal.py``.
REMOVAL_OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["absent"], "required": True},
    "organization_id": {"type": "str"},
    "keep": {"type": "list", "elements": "str"},
    "only": {"type": "list", "elements": "str"},
    "refuse_used_within": {"type": "str"},
    "allow_self": {"type": "bool", "default": False},
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
        self._selection = Selection()
        self._guards = Guards()
        self._verification = Verification(True, 0)

    @abstractmethod
    def selection(self, params: Mapping[str, Any]) -> Selection:
        """What the task selects.

        :raises OptionError: it is empty, or holds what cannot be meant.
        """

    @abstractmethod
    def kind(self, params: Mapping[str, Any], client: Client, directory: Directory) -> CredentialKind:
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
        self.prepare(module.params)
        self._kind = self.kind(module.params, client, Directory(client))
        self._journal = journal_of(module, client.address.name, self._kind.account)
        self.remove(module, self._kind, self._journal, Halt([Parents().gone]), module.warn)

    def prepare(self, params: Mapping[str, Any], selection: Selection | None = None) -> None:
        """Understand the options of the module.

        :param selection: what the task selects, where options of other names say so.
        :raises OptionError: one of them cannot be meant.
        """
        self._guards = self._guards_of(params)
        self._selection = selection or self.selection(params)
        self._verification = Verification(params["verify"], params["verify_timeout"])

    def remove(
        self,
        module: AnsibleModule,
        kind: CredentialKind,
        journal: Journal,
        halt: Halt,
        warn: Callable[[str], None],
        *,
        spare_own: bool = False,
    ) -> None:
        """Collect, guard, delete and verify, once it is prepared.

        :param kind: as ``self.kind`` gives it.
        :param spare_own: whether something else went wrong that the credentials of this task are still needed for.
        :raises DatadogError: what is selected could not be collected.
        """
        self._kind = kind
        # Beside everything else, and now: the task may remove the very credentials that it asks with.
        kind.account.start()
        remove(
            kind,
            self._selection,
            self._guards,
            self._verification,
            self._plans,
            rehearse=module.check_mode,
            warn=warn,
            journal=journal,
            halt=halt,
            spare_own=spare_own,
        )

    def _guards_of(self, params: Mapping[str, Any]) -> Guards:
        age, only = params["refuse_used_within"], params["only"]
        if params["allow_self"] and not params["verify"]:
            raise OptionError(
                "allow_self: true needs verify: true, because the credential that this task runs with is removed only "
                "after all others are verified."
            )
        return Guards(
            organization_id=params["organization_id"],
            keep=frozenset(self.ids("keep", params["keep"]) if params["keep"] else ()),
            only=None if only is None else frozenset(self.ids("only", only) if only else ()),
            most=params[self.most],
            most_option=self.most,
            refuse_used_within=None if age is None else parse_age("refuse_used_within", age),
            allow_self=params["allow_self"],
            delete_managed=params.get("managed_keys") == "delete",
        )

    def add_newcomers(self, held: Mapping[str, Sequence[Facts]]) -> bool:
        """Add rows for what owners got since the last listing of this task. Whether there are any.

        :param held: what each owner has now, by the owner's ID.
        """
        known = {row.ref for row in all_rows(self._plans)}
        # Of several plans for one owner, the first has the rows.
        plans = {
            plan.owner["id"]: plan
            for plan in reversed(self._plans)
            if plan.owner and plan.owner["status"] == RESOLVED and plan.owner["id"] in held
        }
        before = len(known)
        for owner_id, plan in plans.items():
            rows = [newcomer(facts) for facts in held[owner_id] if facts["id"] not in known]
            plan.rows += rows
            known.update(row.ref for row in rows)
        return len(known) > before

    def problem(self) -> str | None:
        """Why the task fails."""
        return failure(self._plans, self.noun, "were not confirmed as removed")

    def end(self, problem: str | None) -> str | None:
        """Close the journal."""
        return close(self._journal, problem)

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


def journal_of(module: AnsibleModule, site: str, account: Account) -> Journal:
    """The journal of the task, begun; one that tells nobody where the task has none.

    :raises OptionError: the file cannot be created.
    """
    path = module.params["journal"]
    if path is None:
        return Journal()
    journal = Journal.at(path, _without(module.no_log_values))
    journal.start(
        lambda: {
            "module": module._name,
            "version": VERSION,
            "site": site,
            "check_mode": module.check_mode,
            **account.told(),
        }
    )
    return journal


def close(journal: Journal, problem: str | None) -> str | None:
    """The task is over: close its journal. The problem of the task, with that of the journal."""
    journal.end(problem is not None, problem)
    if journal.problem and journal.problem not in (problem or ""):
        return " ".join(filter(None, [problem, f"{journal.problem} It is not complete."]))
    return problem


def _without(secrets: set[str]) -> Callable[[str], str]:
    """A function that masks these in a text, as Ansible masks them in a result."""
    # As they stand in JSON; of two that begin alike, the longer one.
    texts = [json.dumps(secret)[1:-1] for secret in sorted(secrets, key=len, reverse=True)]
    if not texts:
        return str
    any_secret = re.compile("|".join(map(re.escape, texts)))
    return lambda text: any_secret.sub("********", text)
