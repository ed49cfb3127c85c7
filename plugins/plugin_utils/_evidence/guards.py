# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guards of a run. They are written down before a module sees them, so they are checked here first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._api.answers import UUID
from ...module_utils._api.errors import OptionError
from ...module_utils._api.secret_texts import credentials_in, without_credentials

GUARDS = ("keep", "max_keys", "managed_keys", "refuse_used_within")


def checked_guards(guards: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same guards.

    :raises OptionError: one of them is unknown, or holds what may be a secret; its text is not told.
    """
    unknown = sorted(without_credentials(str(name)) for name in guards if name not in GUARDS)
    if unknown:
        raise OptionError(f"guards: {', '.join(unknown)} is not a guard here. The guards are {', '.join(GUARDS)}.")
    keep = guards.get("keep")
    items = keep if isinstance(keep, (list, tuple)) else str(keep).split(",") if keep not in (None, "") else ()
    for number, item in enumerate(items, 1):
        if not UUID.fullmatch(str(item).strip()):
            raise OptionError(
                f"offboard_keep: item {number} is not the ID of an application key or access token. An ID is a UUID "
                f"such as 00112233-4455-4677-8899-aabbccddeeff. The name, or the credential itself, is not accepted "
                f"here."
            )
    for name in GUARDS[1:]:
        if credentials_in(str(guards.get(name))):
            raise OptionError(f"offboard_{name} looks like a credential. Give credentials in offboard_app_key only.")
    return guards
