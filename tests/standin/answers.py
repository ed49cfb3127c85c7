# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers: their form, and the bodies of Datadog's errors."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

JSON = "application/json"
VND = "application/vnd.api+json"
HTML = "text/html; charset=utf-8"


@dataclasses.dataclass
class Answer:
    """One HTTP answer before it is sent. `headers` do not hold the content type (None: there is none) or length."""

    status: int
    body: bytes = b""
    content_type: str | None = JSON
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


class RefusalError(Exception):
    """Ends a request with the answer that it carries."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def as_json(body: Any, status: int = 200) -> Answer:
    """An answer with a JSON body."""
    return Answer(status, json.dumps(body).encode())


def errors(status: int, *messages: str | dict[str, str]) -> Answer:
    """Datadog's usual error body."""
    return as_json({"errors": list(messages)}, status)


def bad_credentials() -> Answer:
    """An API key or application key that is unknown or revoked."""
    return as_json(
        {
            "status": "error",
            "code": 403,
            "errors": ["Forbidden"],
            "statuspage": "http://status.example.com",
            "twitter": "http://social.example.com/status",
            "email": "support@example.com",
        },
        403,
    )


def no_permission() -> Answer:
    """Good credentials whose owner, or whose scopes, lack the permission."""
    return errors(403, "Forbidden", "Failed permission authorization checks")


def version_1_is_off(wording: str) -> Answer:
    """Version 1 in One-Time Read mode or on a government site: one of the values of `v1_switched_off`."""
    said = {
        "permission": errors(403, "Forbidden"),
        "credentials": bad_credentials(),
        "path": not_found(),
        "key": no_such_key(),
    }
    return said[wording]


def no_application_key() -> Answer:
    """No application key at all."""
    return errors(401, "Unauthorized")


def no_such_key() -> Answer:
    """Datadog's own 404 for a key, also for an id that is no UUID."""
    return errors(404, "Application key not found")


def vnd(body: Any, status: int = 200) -> Answer:
    """An answer about access tokens."""
    return Answer(status, json.dumps(body).encode(), VND)


def no_such_token(wording: str, token_id: str) -> Answer:
    """A token that does not exist. No 404 of these endpoints is recorded: one of the values of `token_404`."""
    said: dict[str, str | dict[str, str]] = {
        "objects": {"status": "404", "title": "Not Found", "detail": "Personal access token not found"},
        "strings": "Personal access token not found",
        "not found": "Not Found",
        "token not found": f"token {token_id} not found",
        "detail": {"detail": "access token does not exist"},
        "titled": {"title": "Generic Error", "status": "404", "code": "404", "id": token_id},
    }
    body = {"errors": [said[wording]]}
    # The description has texts, as application/json; objects come from the services that answer as JSON:API.
    return as_json(body, 404) if isinstance(said[wording], str) else vnd(body, 404)


def not_found() -> Answer:
    """An unknown path or user."""
    return errors(404, "Not found")


def bad_parameter(name: str) -> Answer:
    """A query parameter that cannot be understood."""
    return errors(400, f"Invalid parameter: {name}")


def rate_limited(limit: int, period: int) -> Answer:
    """Too many requests; the caller adds the headers."""
    return errors(429, f"Rate limit of {limit} requests in {period} seconds reached. Please try again later.")


_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
BODY_KINDS = ("datadog", "objects", "html", "empty")


def of_kind(status: int, kind: str) -> Answer:
    """An answer that only a fault gives: any status with a body of one of BODY_KINDS."""
    reason = _REASONS.get(status, f"Status {status}")
    if kind == "datadog":
        return errors(status, reason)
    if kind == "objects":
        return errors(status, {"title": reason, "detail": f"The request ended with {status}."})
    if kind == "html":
        page = f"<html><head><title>{status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
        return Answer(status, page.encode(), HTML)
    return Answer(status, b"", HTML)
