# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""What the modules that read credentials share: what is selected, which fields, and the result, whatever the kind."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleModule

from ._api.client import Client
from ._api.errors import OptionError
from ._datadog.ages import parse_age, parse_end, parse_moment
from ._datadog.credential import CredentialKind, Facts
from ._module import OWNER_OPTIONS, Task
from ._removal.fields import Fields
from ._removal.filters import Filters
from ._removal.plan import ABSENT, Plan, Row, all_rows, failure, listing_of
from ._removal.selection import Selection, collect

READING_OPTIONS: dict[str, Any] = {
    **OWNER_OPTIONS,
    "fields": {"type": "list", "elements": "str"},
}


# Options that narrow a listing, with how each is understood.
FILTERS: dict[str, Callable[[str, str], Any]] = {
    "created_before": parse_moment,
    "created_after": parse_moment,
    "expires_before": parse_end,
    "unused_for": parse_age,
}


def filters_of(params: dict[str, Any]) -> Filters:
    """The filters of the task, of those that the module has.

    :raises OptionError: one of them cannot be understood.
    """
    if params["filter"] is not None and not params["filter"].strip():
        raise OptionError("filter is blank. Check the variable that it comes from, or omit filter to read everything.")
    given = {option: parse for option, parse in FILTERS.items() if params.get(option) is not None}
    return Filters(name=params["filter"], **{option: parse(option, params[option]) for option, parse in given.items()})


class ReadingTask(Task):
    """Reads credentials of one kind. A subclass says which kind, and what is particular to its options.

    :cvar noun: what one of the credentials is called.
    :cvar rows: the name of the rows in the result.
    :cvar shape: the facts of any of them.
    :ivar fields: what of each the rows hold.
    """

    noun: str
    rows: str
    shape: Facts

    def __init__(self) -> None:
        self._plans: list[Plan] = []
        self.fields = Fields()
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

    def work(self, module: AnsibleModule, client: Client) -> None:
        """Read what the task selects."""
        params = module.params
        selection = self.selection(params)
        self.fields = Fields.checked("fields", params["fields"], self.shape)
        self._kind = self.kind(module, client)
        self._plans += collect(self._kind, selection)
        listed = any(plan.listed for plan in self._plans)
        if params["unused_for"] and listed and not any(plan.use_recorded for plan in self._plans):
            module.warn(
                f"No {self.noun} of this listing has a recorded use. Datadog records it only with Audit Trail, "
                f"so unused_for selected by age alone."
            )

    def problem(self) -> str | None:
        """Why the task fails."""
        return failure(self._plans, self.noun, "could not be read")

    def row(self, module: AnsibleModule, row: Row) -> dict[str, Any]:
        """One of the rows that exist, as the user sees it."""
        return self.fields.of(row.facts)

    def result(self, module: AnsibleModule) -> dict[str, Any]:
        """The result of what was read."""
        rows = all_rows(self._plans)
        found = [self.row(module, row) for row in rows if row.outcome is None]
        return {
            "changed": False,
            self.rows: found,
            "not_found": [row.name for row in rows if row.outcome == ABSENT],
            "total": len(found),
            "owners": [plan.owner for plan in self._plans if plan.owner],
            "listing": listing_of(self._plans),
            "organization": self._kind.account.told()["organization"] if self._kind else None,
        }
