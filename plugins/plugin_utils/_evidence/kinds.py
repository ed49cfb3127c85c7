# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of credentials that a run removes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A kind of credential.

    :ivar noun: what one of them is called.
    """

    noun: str

    def label(self, row: Mapping[str, Any]) -> str:
        """What one credential is called: there are kinds within a kind, such as personal and service tokens."""
        return f"{row['kind']} {self.noun}" if row.get("kind") else self.noun


# By the member of the module's result that is about them.
KINDS = {"application_keys": Kind("application key"), "access_tokens": Kind("access token")}
