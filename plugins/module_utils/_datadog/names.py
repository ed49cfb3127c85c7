# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Names of people: what can be one, when two are the same, and which are alike."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from .._api.errors import OptionError

LONGEST_NAME = 320  # characters; no e-mail has more
SEPARATORS = {
    ",": "a comma",
    ";": "a semicolon",
    **dict.fromkeys("<>", "an angle bracket"),
    # What a list is written with: as one text it would be split at its commas only.
    **dict.fromkeys("[]", "a square bracket"),
    **dict.fromkeys("{}", "a curly bracket"),
}
# They show nothing, though Unicode counts them among the letters, marks and symbols.
INVISIBLE = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0)))
# All but the ASCII characters that show something and separate nothing.
SUSPICIOUS = re.compile(rf"[^!-~]|[{re.escape(''.join(SEPARATORS))}]")
MARKS_THAT_SHOW_NOTHING = ("VARIATION SELECTOR-", "MONGOLIAN FREE VARIATION SELECTOR ")

# How alike two names are, from 0 to 1: the part before the @ tells people apart, the part after it hardly.
LOCAL_WEIGHT = 0.75
ALIKE_FROM = 0.6
# The same letters in another order: two that changed places break three pairs, which are most of a short name's.
SWAPPED = 0.8
MOST_ALIKE = 3
# Comparing with every name would take seconds for hundreds of names among thousands.
MOST_COMPARED = 10
MOST_LOOKED_AT = 1000


def folded(name: str) -> str:
    """The form in which two names are equal if they name the same account.

    Case does not count, nor how an accented letter is composed. Everything else does: ß is not ss.
    """
    if name.isascii():  # nothing is composed in it
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).lower())


def checked_owners(option: str, names: Sequence[str]) -> list[str]:
    """Owners as given, each once whatever its case, without white space around them.

    :param option: the option's name, for the message.
    :raises OptionError: the list is empty, or an item is blank or cannot be one e-mail, handle or ID. Its text is
        not shown, since nobody knows what it is.
    """
    if not names:
        raise OptionError(f"{option} is an empty list. Name at least one; an empty list never means all.")
    for number, name in enumerate(names, 1):
        if not name.strip():
            raise OptionError(f"{option}: item {number} is blank. Check the variable that it comes from.")
        reason = _no_single_name(name.strip())
        if reason:
            raise OptionError(
                f"{option}: item {number} {reason}, so it cannot be one e-mail address, handle or ID. "
                f"Give each owner as a separate item, and check where the list comes from."
            )
    distinct: dict[str, str] = {}
    for name in names:
        distinct.setdefault(folded(name.strip()), name.strip())
    return list(distinct.values())


def checked_owner_names(option: str, given: Mapping[str, Any] | None) -> dict[str, str]:
    """What owners are called, by their e-mails or handles; those without a name are left out.

    :raises OptionError: a name is no text.
    """
    names = {}
    for owner, called in (given or {}).items():
        if called is not None and not isinstance(called, str):
            raise OptionError(f"{option}: a display name is not text. Write a mapping from e-mail addresses to names.")
        if called and called.strip():
            names[owner] = called.strip()
    return names


def _no_single_name(name: str) -> str | None:
    if len(name) > LONGEST_NAME:
        return f"has more than {LONGEST_NAME} characters"
    for found in SUSPICIOUS.finditer(name):
        what = _unusable(found[0])
        if what:
            return f"has {what} at position {found.start() + 1}"
    if name.count('"') % 2:
        return "has a quotation mark without its counterpart"
    if name.count("@") > 1:
        return "has more than one @"
    return None


def _unusable(char: str) -> str | None:
    if char in SEPARATORS:
        return SEPARATORS[char]
    if char.isspace():
        return "a blank"
    name = unicodedata.name(char, "")
    if unicodedata.category(char)[0] in "CZ" or char in INVISIBLE or name.startswith(MARKS_THAT_SHOW_NOTHING):
        return f"an invisible character (U+{ord(char):04X}{' ' + name if name else ''})"
    return None


class Index:
    """Finds among many names those that are alike, such as the one that a typing error was meant to be."""

    def __init__(self, names: Iterable[str]) -> None:
        """:param names: e-mails or handles, in any case."""
        self._pairs = {name: _pairs(name.partition("@")[0]) for name in map(folded, names)}
        self._by_pair: dict[str, list[str]] = defaultdict(list)
        for name, pairs in self._pairs.items():
            for pair in pairs:
                self._by_pair[pair].append(name)

    def alike(self, name: str) -> list[str]:
        """The most similar names, folded, the best first; none if none is similar."""
        local, _at, domain = folded(name).partition("@")
        pairs, letters = _pairs(local), sorted(local)
        shared: Counter[str] = Counter()
        looked_at = 0
        # The rarest pairs tell most, and have the fewest names to look at.
        for names in sorted((self._by_pair[pair] for pair in sorted(pairs) if pair in self._by_pair), key=len):
            if looked_at and looked_at + len(names) > MOST_LOOKED_AT:
                break
            looked_at += len(names)
            shared.update(names)
        scores = {}
        for other, _count in shared.most_common(MOST_COMPARED):
            other_local, _at, other_domain = other.partition("@")
            likeness = _shared(pairs, self._pairs[other])
            if letters == sorted(other_local):
                likeness = max(likeness, SWAPPED)
            # A handle has no domain, which tells nothing.
            same = domain == other_domain or not (domain and other_domain)
            by_domain = 1.0 if same else _shared(_pairs(domain), _pairs(other_domain))
            scores[other] = LOCAL_WEIGHT * likeness + (1 - LOCAL_WEIGHT) * by_domain
        good = sorted(
            (other for other in scores if scores[other] >= ALIKE_FROM), key=lambda other: (-scores[other], other)
        )
        return good[:MOST_ALIKE]


def _pairs(text: str) -> Set[str]:
    """Its pairs of neighboring characters; a space stands before the first and behind the last."""
    text = f" {text} "
    return {text[start : start + 2] for start in range(len(text) - 1)}


def _shared(one: Set[str], other: Set[str]) -> float:
    """The part that two sets share, from 0 to 1 (Dice's coefficient)."""
    return 2 * len(one & other) / (len(one) + len(other))
