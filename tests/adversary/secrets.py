# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets and the disguises in which they could slip through."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

# The beginning of a secret that is cut short is still told to whoever reads it.
SHORTEST_TRACE = 12


def disguises(secret: str) -> set[str]:
    """The secret as it may stand in a text: plain, percent-encoded, in base64, hexadecimal, and in quotes."""
    plain = secret.encode()
    told = {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        plain.hex(),
        secret.lower(),
        secret.upper(),
    }
    # What stands before it in the encoded text shifts it by 0, 1 or 2 bytes; the characters at the ends vary.
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"x" * shift + plain).decode().rstrip("=")
            told.add(whole[(0, 2, 3)[shift] : -2])
    return {one for one in told if len(one) >= SHORTEST_TRACE}


def traces(text: str, secrets: Iterable[str]) -> list[str]:
    """What of these secrets, in whatever disguise, stands in the text: also a long beginning of one."""
    found = []
    for secret in secrets:
        for disguise in sorted(disguises(secret)):
            if disguise in text or disguise[:SHORTEST_TRACE] in text or disguise[-SHORTEST_TRACE:] in text:
                found.append(disguise)
    return found
