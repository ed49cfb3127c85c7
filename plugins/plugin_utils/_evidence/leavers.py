# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is meant: each leaver as users write them down, checked one by one."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from ...module_utils._api.answers import UUID
from ...module_utils._api.errors import OptionError
from ...module_utils._api.secret_texts import looks_like_credential, without_credentials, without_telling
from ...module_utils._datadog.ages import timestamp
from ...module_utils._datadog.dates import parse_date
from ...module_utils._datadog.names import LONGEST_NAME, folded

Leaver = dict[str, Any]

MEMBERS = ("email", "id", "name", "ticket", "left_at")
# An apostrophe is part of some names, but not at their beginning.
EMAIL = re.compile(r"[^\s@,;:<>()\[\]{}\"'\\][^\s@,;:<>()\[\]{}\"\\]*@[^\s@,;:<>()\[\]{}\"'\\]+")
HANDLE = re.compile(r"[A-Za-z0-9._+/-][A-Za-z0-9._+/'-]*")
BLANKS = " \t\r\n"
RIGHT_FORM = "Separate leavers with commas and no spaces: leavers=ann@example.com,bob@example.com"


def checked(entries: Iterable[tuple[str, Any]]) -> tuple[list[Leaver], list[str]]:
    """The leavers, each once, and notes about what was ignored.

    An entry that cannot be used is a leaver with a ``problem``; it stops none of the others.

    :param entries: where each one stands, such as ``Leaver 2``, and the entry: an e-mail, a handle, a user ID, or a
        mapping of ``MEMBERS``.
    :returns: ``{leaver, query, name, ticket, left_at, problem}`` each, where ``query`` is what Datadog is asked for.
    """
    found: dict[str, Leaver] = {}
    ignored: dict[str, None] = {}
    notes: list[str] = []
    for where, entry in entries:
        leaver = _leaver(where, entry, ignored, notes)
        known = found.setdefault(folded(leaver["query"] or f"\0{where}"), leaver)
        if known is not leaver:
            _merge(known, leaver)
    if ignored:
        notes.append(f"Ignored, because nothing here uses it: {', '.join(ignored)}.")
    return list(found.values()), notes


def listed(value: Any) -> list[tuple[str, Any]]:
    """The entries of a list, or of a text with commas, each with its place.

    :raises OptionError: it is neither.
    """
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = from_json(value)
        except ValueError as error:
            hint = "Put dates such as left_at into quotes." if "datetime." in value else RIGHT_FORM
            raise OptionError(f"offboard_leavers is not valid JSON: {error}. {hint}") from error
    if isinstance(value, str):
        value = value.split(",") if value.strip() else []
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise OptionError(f"offboard_leavers must be a list, but is {type(value).__name__}. {RIGHT_FORM}")
    return [(f"Leaver {number}", entry) for number, entry in enumerate(value, 1)]


def from_json(text: str) -> Any:
    """What a JSON text says.

    :raises ValueError: it is not valid, or a member is given twice: its first value, perhaps a person, would be lost.
    """

    def each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in members:
            if name in found:
                raise ValueError(f"{without_credentials(name)!r} is given twice in one entry")
            found[name] = value
        return found

    return json.loads(text, object_pairs_hook=each_once)


def lost_words(variables: Mapping[str, Any]) -> str | None:
    """What Ansible took out of ``-e "leavers=a b"``: it splits at the blank and puts the rest elsewhere."""
    words = variables.get("_raw_params")
    return without_credentials(str(words)) if words else None


def require(leavers: Sequence[Leaver], allow_nobody: bool) -> None:
    """:raises OptionError: there is nobody, and that was not said to be fine."""
    if not leavers and not allow_nobody:
        raise OptionError(
            "There are no leavers. Name at least one; an empty list never means all. "
            "If a run without leavers is intended, set offboard_allow_nobody: true."
        )


def _leaver(where: str, entry: Any, ignored: dict[str, None], notes: list[str]) -> Leaver:
    leaver: Leaver = {"leaver": where, "query": None, "name": None, "ticket": None, "left_at": None, "problem": None}
    if isinstance(entry, str):
        entry = {"email": entry}
    if not isinstance(entry, Mapping):
        leaver["problem"] = f"{where} is neither an e-mail address nor a mapping with email or id."
        return leaver
    ignored.update(dict.fromkeys(without_credentials(str(name)) for name in entry if name not in MEMBERS))
    leaver["name"] = without_credentials(_plain(entry.get("name")) or "") or None
    leaver["ticket"] = without_telling(_plain(entry.get("ticket")) or "") or None
    leaver["left_at"] = _moment(where, entry.get("left_at"), notes)
    by_id = _plain(entry.get("email")) is None and _plain(entry.get("id")) is not None
    if _plain(entry.get("email")) is not None and _plain(entry.get("id")) is not None:
        ignored["id (beside an e-mail)"] = None
    given = entry.get("id") if by_id else entry.get("email")
    leaver["problem"] = _problem(where, given, by_id)
    if isinstance(given, str) and given.strip(BLANKS):
        shown = given.strip(BLANKS)
        if looks_like_credential(shown):
            shown = f"{where} (looks like a credential)"
        leaver["leaver"] = shown if shown.isascii() else ascii(shown)[1:-1]
    if not leaver["problem"]:
        leaver["query"] = leaver["leaver"]
    return leaver


def _problem(where: str, given: Any, by_id: bool) -> str | None:
    """Why nobody can be meant by this; None where somebody can."""
    if given is None or given == "":
        return f"{where} has neither an e-mail address nor an ID. Check the variable or the row that it comes from."
    if not isinstance(given, str):
        return f"{where} is not text but {type(given).__name__}. Write for example ann@example.com."
    text = given.strip(BLANKS)
    if not text:
        return f"{where} is blank. Check the variable or the row that it comes from."
    if looks_like_credential(text):
        return f"{where} looks like a credential. Name the person, and rotate the credential if it was a real one."
    if len(text) > LONGEST_NAME:
        return f"{where} has more than {LONGEST_NAME} characters. {RIGHT_FORM}"
    for number, character in enumerate(text, 1):
        if character in BLANKS:
            return f"{where} has a space at character {number}. {RIGHT_FORM}"
        if not "!" <= character <= "~":
            name = unicodedata.name(character, "no character")
            return (
                f"{where}: character {number} is U+{ord(character):04X} ({name}), "
                f"which no Datadog account would match. Type the e-mail address again instead of pasting it."
            )
    if by_id and not UUID.fullmatch(text):
        return (
            f"{where}: id is {text!r}, which is not a Datadog user ID. Give an e-mail address, or the ID from Datadog."
        )
    if not (EMAIL if "@" in text else HANDLE).fullmatch(text):
        return f"{where} is {text!r}, which is not an e-mail address. Write for example ann@example.com."
    return None


def _merge(known: Leaver, again: Leaver) -> None:
    known["name"] = known["name"] or again["name"]
    known["left_at"] = known["left_at"] or again["left_at"]
    tickets = [ticket for ticket in (known["ticket"] or "").split(", ") if ticket]
    if again["ticket"] and again["ticket"] not in tickets:
        tickets.append(again["ticket"])
    known["ticket"] = ", ".join(tickets) or None


def _plain(value: Any) -> str | None:
    # Half a character, as a broken export has it, could be written nowhere.
    text = "" if value is None else str(value).encode("utf-8", "replace").decode().strip()
    return text or None


def _moment(where: str, value: Any, notes: list[str]) -> str | None:
    """When somebody left, in UTC; a date without a time is the beginning of that day."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    moment = parse_date(value.isoformat() if isinstance(value, (date, datetime)) else value)
    if moment is None:
        told = without_credentials(str(value))
        notes.append(f"{where}: left_at is {told!r}, which is not a date. Write for example 2026-01-31T17:00:00Z.")
        return None
    return timestamp(moment)
