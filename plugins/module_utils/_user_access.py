# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""The reading of what people still hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ._access.holdings import RESOLVED, UNKNOWN, Holdings, not_seen
from ._api.client import Client
from ._datadog.credential import CredentialKind
from ._datadog.directory import Directory
from ._datadog.names import checked_owners
from ._module import Task

USER_OPTIONS: dict[str, Any] = {
    "user": {"type": "list", "elements": "str", "required": True},
    "missing_user": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
}


class UserAccess(Task):
    """Reads what people hold."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._holdings: Holdings | None = None
        self._rows: list[dict[str, Any]] = []
        self._tolerated = [RESOLVED]

    def work(self, module: AnsibleModule, client: Client) -> None:
        """Read it for everybody who is named."""
        names = checked_owners("user", module.params["user"])
        if module.params["missing_user"] == "report":
            self._tolerated.append(UNKNOWN)
        self.read(client, Directory(client), names)

    def read(
        self, client: Client, directory: Directory, names: Sequence[str], tokens: CredentialKind | None = None
    ) -> None:
        """Read it for these people.

        :param directory: of the task, and ``tokens`` those of the organization, where others need them too.
        :raises DatadogError: the credentials are not accepted, or Datadog asks to wait for too long.
        """
        self._holdings = Holdings(client, directory, tokens)
        self._rows = self._holdings.of(names)

    @property
    def done(self) -> int:
        """How many people were read so far."""
        return len(self._holdings.read) if self._holdings else 0

    def problem(self) -> str | None:
        """Who was not found."""
        return " ".join(row["message"] for row in self._rows if row["status"] not in self._tolerated) or None

    def result(self, module: AnsibleModule) -> dict[str, Any]:
        """A row for each of them."""
        told = self._holdings.account.told() if self._holdings else {"caller": None, "organization": None}
        return {"changed": False, "users": self._rows, "not_seen": not_seen(self._rows), **told}
