# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of credentials that a run removes, each by a module of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A kind of credential.

    :ivar module: what removes them.
    :ivar noun: what one of them is called.
    :ivar limit: the module's option for the largest plan.
    :ivar guards: which of the role's guards the module takes by the same name.
    """

    module: str
    noun: str
    limit: str
    guards: tuple[str, ...]

    def label(self, row: Mapping[str, Any]) -> str:
        """What one credential is called: some modules tell kinds within theirs, such as personal and service."""
        return f"{row['kind']} {self.noun}" if row.get("kind") else self.noun


# By the member of the module's result that holds the rows.
KINDS = {
    "application_keys": Kind(
        "keywarden.datadog.datadog_app_key",
        "application key",
        "max_keys",
        ("keep", "refuse_used_within", "managed_keys"),
    ),
    "access_tokens": Kind(
        "keywarden.datadog.datadog_access_token", "access token", "max_tokens", ("keep", "refuse_used_within")
    ),
}
