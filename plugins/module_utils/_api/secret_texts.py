# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What looks like a credential of Datadog's, wherever somebody has put it by mistake."""

from __future__ import annotations

import re

# The secrets that say what they are, API keys and application keys.
TELLING = re.compile(r"dd(?:app|pat|sat)_[A-Za-z0-9_-]{8,}", re.IGNORECASE)
DIGITS = "(?:[0-9a-f]{40}|[0-9a-f]{32})"
# Not a part of something longer, or of an e-mail address.
HEXADECIMAL = re.compile(rf"(?<![0-9a-z@]){DIGITS}(?![0-9a-z]|\.[0-9a-z]|[\w.+-]*@)", re.IGNORECASE)
# In a path or an address, digits are more often those of a checksum.
IN_A_PATH = re.compile(rf"(?<![0-9a-z@._+%/-]){DIGITS}(?![0-9a-z@_+%/=-]|\.[0-9a-z])", re.IGNORECASE)
BEGINNING = re.compile(r"dd(?:app|pat|sat)_", re.IGNORECASE)


def credentials_in(text: str, *, path: bool = False) -> list[str]:
    """The parts of a text that look like a credential.

    :param path: whether the text is a path or an address.
    """
    return [*TELLING.findall(text), *(IN_A_PATH if path else HEXADECIMAL).findall(text)]


def looks_like_credential(text: str) -> bool:
    """Whether a text that names somebody is or holds a credential, or begins like one."""
    return bool(credentials_in(text) or BEGINNING.match(text))


def without_telling(text: str) -> str:
    """The text with asterisks in place of secrets that say what they are. Tickets may be 32 hexadecimal digits too."""
    return TELLING.sub("********", text)


def without_credentials(text: str) -> str:
    """The text with asterisks in place of what looks like a credential."""
    for secret in credentials_in(text):
        text = text.replace(secret, "********")
    return text
