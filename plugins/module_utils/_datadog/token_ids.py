# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The ID of an access token, read from its secret."""

from __future__ import annotations

import re
import string
import uuid

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET = re.compile(r"dd[ps]at_([0-9A-Za-z]{22})_[!-~]+")


def id_from_secret(secret: str) -> str | None:
    """The ID of the token that this is the secret of; None where that cannot be told.

    A secret reads ``ddpat_ALIAS_REST`` (``ddsat_`` for a service account), where the alias is the ID, a UUID, as a
    number in base 62 (documentation). The alphabet follows from recorded IDs and aliases. Both could change, so only
    what decodes to a UUID of version 4 is believed: one number in 64 looks like one by chance.
    """
    match = SECRET.fullmatch(secret)
    if not match:
        return None
    number = 0
    for digit in match[1]:
        number = number * 62 + BASE62.index(digit)
    if number >> 128:
        return None
    decoded = uuid.UUID(int=number)
    return str(decoded) if decoded.version == 4 else None
