# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The IDs that users name."""

from __future__ import annotations

from collections.abc import Sequence

from .._api.answers import UUID
from .._api.errors import OptionError


def checked_ids(option: str, ids: Sequence[str], noun: str) -> list[str]:
    """IDs in lower case, each once, in the order given.

    Datadog answers 404 to what is not an ID at all, which would read as "nothing to remove".

    :param noun: what one of the credentials is called.
    :raises OptionError: the list is empty, or an item is not a UUID.
    """
    check_filled(option, ids)
    for number, item in enumerate(ids, 1):
        if not UUID.fullmatch(item):
            raise OptionError(
                f"{option}: item {number} is not an {noun} ID. An ID is a UUID such as "
                f"00112233-4455-4677-8899-aabbccddeeff; Datadog shows it in its list of {noun}s. "
                f"The name, or the {noun} itself, is not accepted here."
            )
    return list(dict.fromkeys(item.lower() for item in ids))


def check_filled(option: str, items: Sequence[str]) -> None:
    """:raises OptionError: the list is empty, or an item is blank."""
    if not items:
        raise OptionError(f"{option} is an empty list. Name at least one; an empty list never means all.")
    for number, item in enumerate(items, 1):
        if not item.strip():
            raise OptionError(f"{option}: item {number} is blank. Check the variable that it comes from.")
