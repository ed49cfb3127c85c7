# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""The removal of access tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._api.client import Client
from ._datadog.access_tokens import NOUN, AccessTokens
from ._datadog.credential import CredentialKind
from ._datadog.directory import Directory
from ._datadog.ids import checked_ids
from ._managing import RemovalTask
from ._removal.selection import Selection, of_owners

# The option of ``doc_fragments/removal.py``, in its part ``tokens``.
TOKEN_OPTIONS: dict[str, Any] = {"max_tokens": {"type": "int", "no_log": False}}


class TokenRemoval(RemovalTask):
    """Removes access tokens."""

    noun = NOUN
    rows = "access_tokens"
    most = "max_tokens"

    def selection(self, params: Mapping[str, Any]) -> Selection:
        """What the task selects.

        :raises OptionError: it is empty, or holds what cannot be meant.
        """
        if params["token_id"] is not None:
            return Selection(refs=checked_ids("token_id", params["token_id"], NOUN))
        return of_owners(params)

    def kind(self, params: Mapping[str, Any], client: Client, directory: Directory) -> CredentialKind:
        """The tokens of the organization."""
        return AccessTokens(client, directory)

    def ids(self, option: str, items: Sequence[str]) -> Sequence[str]:
        """The items as IDs of tokens."""
        return checked_ids(option, items, NOUN)
