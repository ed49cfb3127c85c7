# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""Masks secrets in a result as Ansible does, and leaves alone what holds none."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.common.parameters import remove_values


def masked(value: Any, secrets: Collection[str]) -> Any:
    """As Ansible's ``remove_values``, which copies a result value by value, and looks in each for each secret.

    For ten thousand keys, that takes longer than to read them. Of a result, whatever holds no secret in any of its
    texts comes back as it is.
    """
    if not isinstance(value, dict):
        return remove_values(value, secrets)
    # JSON writes each character by itself, so a part of a text is a part of its JSON too.
    forms = [json.dumps(secret)[1:-1] for secret in secrets]
    clean = {name: item for name, item in value.items() if isinstance(item, (dict, list)) and _is_free_of(item, forms)}
    others = {name: item for name, item in value.items() if name not in clean}
    return {**remove_values(others, secrets), **clean}


def mask_results() -> None:
    """Have Ansible mask the results of this process like that."""
    basic.remove_values = masked


def _is_free_of(value: Any, forms: Collection[str]) -> bool:
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        return False  # not JSON yet: Ansible turns it into that while it masks
    return not any(form in text for form in forms)
