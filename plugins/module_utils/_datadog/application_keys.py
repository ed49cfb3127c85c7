# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Application keys: one shape and one vocabulary, whichever version of the API they came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from .._api.errors import NotFoundError, OptionError, UnexpectedReplyError
from .credential import Facts
from .ids import check_filled
from .users import NOBODY

NOUN = "application key"
# As recorded for GET and DELETE in both versions. Another 404, even Datadog's own, speaks of the path.
KEY_NOT_FOUND = re.compile(r"(?:^|: )application key not found(?:[.:!]|\s*$)", re.IGNORECASE)

FACTS = ("id", "name", "last4", "created_at", "last_used_at", "scopes", "leaked", "owner")
UNREAD: Facts = {**dict.fromkeys(FACTS), "owner": NOBODY}


def application_key(**known: Any) -> Facts:
    """A key's facts, the unknown ones as None.

    ``{id, name, last4, created_at, last_used_at, scopes, leaked, owner}``, where ``leaked`` is None or
    ``{date, leak_source}`` and ``owner`` is the shape of ``owner``. Never a secret.
    """
    return {**UNREAD, **known}


def masked(secret: str) -> str:
    """How a secret is named in messages and results: by its last four characters."""
    return f"****{secret[-4:]}"


def another_404(error: NotFoundError) -> UnexpectedReplyError | None:
    """The error that a 404 is if it does not say that this very key does not exist; otherwise None."""
    if any(KEY_NOT_FOUND.search(text) for text in error.said):
        return None
    return UnexpectedReplyError(
        f"{error} Datadog answers differently about a key that does not exist. Check site and api_url.",
        status_code=error.status_code,
        effect_possible=True,
    )


def checked_secrets(option: str, secrets: Sequence[str]) -> list[str]:
    """Keys, each once, in the order given.

    :raises OptionError: the list is empty, or an item cannot be an application key. Its text is not told.
    """
    check_filled(option, secrets)
    for number, item in enumerate(secrets, 1):
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,128}", item):
            raise OptionError(
                f"{option}: item {number} is not an application key. A key has 40 characters: letters, digits "
                f"and _ only. Check where it comes from: is it a placeholder, cut off, or does it contain white space?"
            )
    return list(dict.fromkeys(secrets))


# In names such as "Some Integration - Datadog Managed - a@example.com": an integration runs on that key,
# though a person owns it (recorded).
MANAGED = "datadogmanaged"


def is_managed(facts: Facts) -> bool:
    """Whether one of Datadog's integrations runs on the key, whatever its name has between the two words.

    A key without a name that can be read may be one of these.
    """
    if facts["name"] is None:
        return True
    name = unicodedata.normalize("NFKC", facts["name"]).casefold()
    return MANAGED in "".join(re.findall(r"[^\W_]+", name))
