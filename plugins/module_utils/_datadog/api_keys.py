# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""API keys of the organization: who created them, and when they were last used. They are only ever read.

An API key belongs to the organization. It stays valid when its creator leaves or is disabled (documentation), and
somebody else may depend on it, so nothing here deletes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._api.client import Client
from .._api.errors import UnexpectedReplyError
from .ages import moment_text
from .objects import read_objects, related_id, tells
from .users import Facts, text

PATH = ("api", "v2", "api_keys")
KIND = "api_keys"
PERMISSION = "api_keys_read"
MAY_NOT_READ = f"The credentials need the permission {PERMISSION} (and that scope, if they are scoped)."


def list_api_keys(client: Client) -> list[Facts]:
    """All API keys, by name.

    Each ``{id, name, last4, category, created_at, modified_at, last_used_at, created_by}``, where ``created_by`` is a
    user's ID, or None where Datadog names nobody. Never a key. There is no filter on creators (description of the
    operation). Datadog keeps last uses for 90 days (recorded). A key that was revoked within the last 7 days may still
    be in the list (documentation); nothing marks it.

    :raises ForbiddenError: ``api_keys_read`` is missing.
    :raises DatadogError: the list could not be read whole.
    """
    purpose = "Listing API keys"
    listing = read_objects(client, PATH, {"sort": "created_at"}, KIND, purpose=purpose, when_forbidden=MAY_NOT_READ)
    if not all(tells(item, "created_by") for item in listing.items):
        raise UnexpectedReplyError(
            f"{purpose}: an API key does not name its creator. Check api_url and any proxy in between.",
            status_code=200,
        )
    return sorted(map(_facts, listing.items), key=lambda facts: (str(facts["name"]).casefold(), facts["id"]))


def _facts(item: Mapping[str, Any]) -> Facts:
    attributes = item["attributes"]
    creator = related_id(item, "created_by")
    return {
        "id": item["id"].lower(),
        **{name: text(attributes.get(name)) for name in ("name", "last4", "category")},
        **{name: moment_text(attributes.get(name)) for name in ("created_at", "modified_at")},
        "last_used_at": moment_text(attributes.get("date_last_used")),
        "created_by": creator.lower() if creator else None,
    }
