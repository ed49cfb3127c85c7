# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""The removal of application keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._api.client import Client
from ._application_keys import keys_for, require_version
from ._datadog.application_keys import NOUN, checked_secrets
from ._datadog.credential import CredentialKind
from ._datadog.directory import Directory
from ._datadog.ids import checked_ids
from ._managing import RemovalTask
from ._removal.selection import Selection, of_owners

# The options of ``doc_fragments/removal.py``, in its part ``keys``.
KEY_OPTIONS: dict[str, Any] = {
    "max_keys": {"type": "int", "no_log": False},
    "managed_keys": {"type": "str", "choices": ["refuse", "delete"], "default": "refuse", "no_log": False},
}


class KeyRemoval(RemovalTask):
    """Removes application keys."""

    noun = NOUN
    rows = "application_keys"
    most = "max_keys"

    def selection(self, params: Mapping[str, Any]) -> Selection:
        """What the task selects.

        :raises OptionError: it is empty, or holds what cannot be meant.
        """
        require_version(params, "v2", "app_key_id", "owner", "keep", "only", "refuse_used_within")
        require_version(params, "v1", "key")
        if params["key"] is not None:
            return Selection(refs=checked_secrets("key", params["key"]))
        if params["app_key_id"] is not None:
            return Selection(refs=checked_ids("app_key_id", params["app_key_id"], NOUN), may_list=True)
        return of_owners(params)

    def kind(self, params: Mapping[str, Any], client: Client, directory: Directory) -> CredentialKind:
        """The keys of the organization, through the version that was asked for, otherwise v2."""
        return keys_for(params.get("api_version", "v2"), client, directory)

    def ids(self, option: str, items: Sequence[str]) -> Sequence[str]:
        """The items as ids of keys."""
        return checked_ids(option, items, NOUN)
