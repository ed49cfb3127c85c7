# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What an answer means: the reply that was expected, Datadog's own refusal, or somebody else's words."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NoReturn

from .credentials import SHORTEST_SECRET
from .errors import ApiError, CredentialsError, ForbiddenError, NotFoundError, UnexpectedReplyError
from .retry import is_uncertain

# What is no text although JSON can write it down: half a surrogate pair, and NUL. Ansible refuses a result that holds
# the one, and files and terminals choke on the other. An escaped backslash is passed over.
NO_TEXT_HINT = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)|\xed[\xa0-\xbf]")
NO_TEXT = re.compile(
    r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(?!u[dD][89a-fA-F]|u0000).)"
    r"|\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000)|[\ud800-\udfff]",
    re.DOTALL,
)
# What JSON costs goes by its values and escapes, not by its bytes: a small one can fill gigabytes. A page of 100
# objects with all their related ones has some ten thousand.
MOST_VALUES = 400_000
LARGE = 64 * 1024  # bytes; answers from this size on are read one after the other
LONGEST_TEXT = 200  # characters of the server's words that are passed on
LONGEST_NUMBER = 1000  # digits; Python before 3.11 would take minutes for the longest that a body can hold
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# Words of the server that are no secret, however long: ids, names of permissions, names of hosts.
HARMLESS = re.compile(
    rf"""["'(\[]*(?: (?i:{UUID.pattern}) | [a-z_:/.-]+ | [a-z0-9-]{{1,15}}(?:\.[a-z0-9-]{{1,15}})+ )["')\].,;:]*""",
    re.VERBOSE,
)

_ONE_BY_ONE = threading.Lock()


@dataclass(frozen=True)
class Reply:
    """An answer that was expected.

    :ivar data: the JSON object, None for a 204.
    :ivar body: what it was read from.
    """

    status: int
    data: Mapping[str, Any] | None
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Answer:
    """Whatever came back, whole, not judged yet."""

    raw: Any
    status: int
    headers: Mapping[str, str]
    body: bytes


def judge(
    answer: Answer, site: str, purpose: str, expect: int, when_forbidden: str, before: Reply | None = None
) -> Reply:
    """The reply that was expected.

    :param site: what messages call the other side.
    :param purpose: what the request was for, as the beginning of an error's sentence.
    :param expect: the one status that means success; with 200 goes a JSON object.
    :param when_forbidden: what to look at after a 403.
    :param before: an earlier reply to the same question; where it says the same, it is the reply.
    :raises DatadogError: it is another answer, as the type that fits (see ``errors``).
    """
    if before and (answer.status, answer.body) == (before.status, before.body):
        return before
    data = _json_object(answer.body)
    if answer.status == expect and (data is not None or expect == 204):
        return Reply(answer.status, data, answer.body)
    if answer.status >= 400 and data is not None and _error_texts(data):
        _refuse(site, answer.status, data, purpose, when_forbidden)
    raise UnexpectedReplyError(
        f"{purpose}: {_describe(answer, site)}, which is not an answer of Datadog's API. "
        f"Check site, api_url and any proxy in between.",
        status_code=answer.status,
        # Whoever answered, the request may have gone through before.
        effect_possible=True,
    )


def _refuse(site: str, status: int, data: Mapping[str, Any], purpose: str, when_forbidden: str) -> NoReturn:
    said = _error_texts(data)
    message = f"{purpose}: {site} answered {status} ({'; '.join(said)})."
    if status == 401 or (status == 403 and data.get("status") == "error"):
        # Datadog says the same of wrong credentials and, perhaps, of what is switched off: name all that it can be.
        raise CredentialsError(
            f"{message} api_key and app_key are not accepted there. Check both, and that they belong to "
            f"this site. A new key takes a few seconds to work. {when_forbidden if status == 403 else ''}".rstrip(),
            status_code=status,
        )
    if status == 403:
        raise ForbiddenError(f"{message} {when_forbidden}".rstrip(), status_code=status)
    if status == 404:
        raise NotFoundError(message, status_code=status, said=said)
    raise ApiError(message, status_code=status, effect_possible=is_uncertain(status))


def _describe(answer: Answer, site: str) -> str:
    if 300 <= answer.status < 400:
        return f"{site} answered {answer.status}, a redirect that is not followed"
    kind = _presentable(answer.headers.get("Content-Type", "").split(";")[0]) or "no content type"
    size = f"{len(answer.body)} bytes" if answer.body else "an empty body"
    return f"{site} answered {answer.status} with {size} ({kind})"


def _json_object(body: bytes) -> Mapping[str, Any] | None:
    if sum(map(body.count, (b",", b":", b"[", b"{", b"\\"))) > MOST_VALUES:
        return None
    try:
        with _ONE_BY_ONE if len(body) >= LARGE else nullcontext():
            data = json.loads(_text(body), parse_constant=_no_json, parse_int=_number)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _text(body: bytes) -> str:
    """The JSON as text, in which what no text can hold is replaced, character by character. Nobody else has to.

    :raises ValueError: it is not UTF-8.
    """
    text = body.decode("utf-8-sig", "surrogatepass")
    # The expression alone takes nearly as long as to read the JSON.
    if (b"\\u" in body or b"\xed" in body) and NO_TEXT_HINT.search(body):
        text = NO_TEXT.sub(lambda match: match[1] or "\ufffd", text)
    return text


def _number(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("number")
    return int(digits)


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _error_texts(data: Mapping[str, Any]) -> list[str]:
    """The texts of ``errors``: strings from the older services, objects with title and detail from the newer."""
    errors = data.get("errors")
    if not isinstance(errors, list):
        return []
    texts = []
    for error in errors[:5]:
        if isinstance(error, dict):
            error = ": ".join(str(error[part]) for part in ("title", "detail") if error.get(part))
        if error and isinstance(error, str):
            texts.append(_presentable(error))
    return texts


def _presentable(text: str) -> str:
    """The server's words, short, on one line, and without anything that could be a secret in some encoding."""
    text = "".join(char if char.isprintable() else " " for char in text)
    return " ".join("****" if _may_be_secret(word) else word for word in text.split())[:LONGEST_TEXT]


def _may_be_secret(word: str) -> bool:
    # Longer ones are cut off anyway, and looking at them could take hours.
    return len(word) >= SHORTEST_SECRET and (len(word) > LONGEST_TEXT or not HARMLESS.fullmatch(word))
