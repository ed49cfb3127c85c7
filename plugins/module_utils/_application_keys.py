# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""What the modules for application keys share: the version of the API, and what belongs to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ._api.client import Client
from ._api.errors import OptionError
from ._datadog.application_keys_v1 import KeysV1
from ._datadog.application_keys_v2 import OWNED_BY, KeysV2
from ._datadog.credential import CredentialKind
from ._datadog.directory import Directory

# The option of ``doc_fragments/connection.py``, in its part ``api_version``.
API_VERSION: dict[str, Any] = {"api_version": {"type": "str", "default": "v2", "choices": ["v1", "v2"]}}


def keys_for(
    version: str, client: Client, directory: Directory | None = None, include: Sequence[str] = OWNED_BY
) -> CredentialKind:
    """The dialect of the version that was asked for.

    :param directory: of the task, where somebody else needs it too.
    :param include: related objects to fetch; only v2 has them.
    :raises OptionError: API v1 does not serve application keys at this site.
    """
    if version == "v1":
        return KeysV1(client, directory)
    return KeysV2(client, directory, include)


def require_version(params: Mapping[str, Any], version: str, *options: str) -> None:
    """:raises OptionError: one of the options is set, and only another version of the API has it."""
    for option in options:
        if params["api_version"] != version and params[option] is not None:
            way_out = (
                "API v1 addresses a key by its secret (option key)"
                if version == "v2"
                else "API v2 addresses a key by its ID (option app_key_id)"
            )
            raise OptionError(f"{option} needs api_version: {version}. {way_out}.")
