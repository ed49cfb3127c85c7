# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests and answers held against a description of the API in OpenAPI."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

WHY = "openapi-core is not installed here: it needs a newer requests than the oldest that the modules take"
ACCESS_TOKENS = Path(__file__).with_name("access_tokens.openapi.yaml")
HOST = "https://api.datadoghq.com"


class Description:
    """An OpenAPI description to hold requests and answers against."""

    def __init__(self, path: Path = ACCESS_TOKENS) -> None:
        self._spec: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        # Who may do what is no matter of form.
        self._spec.pop("security", None)
        self._api = pytest.importorskip("openapi_core", reason=WHY).OpenAPI.from_dict(
            {**self._spec, "servers": [{"url": HOST}]}
        )
        self._testing = importlib.import_module("openapi_core.testing")

    def request(self, method: str, path: str, query: Mapping[str, Sequence[str]]) -> Any:
        """A request that the description has: path, method, and each parameter by name and value.

        :raises Exception: it has not.
        """
        made = self._testing.MockRequest(HOST, method.lower(), unquote(path), args=dict(query))
        self._api.validate_request(made)
        # OpenAPI takes parameters that nobody described.
        unknown = set(query) - self._parameters(made)
        assert not unknown, f"{method} {path} has no parameters {unknown}"
        return made

    def answer(self, request: Any, status: int, body: bytes, content_type: str) -> None:
        """:raises Exception: the description has no such answer to that request."""
        self._api.validate_response(request, self._testing.MockResponse(body, status, content_type=content_type))

    def _parameters(self, request: Any) -> set[str]:
        for template, item in self._spec["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), request.path):
                known = [*item.get("parameters", []), *item[request.method].get("parameters", [])]
                return {parameter["name"] for parameter in map(self._resolved, known) if parameter["in"] == "query"}
        raise AssertionError(request.path)

    def _resolved(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Any = node
        if "$ref" in node:
            found = self._spec
            for part in str(node["$ref"]).lstrip("#/").split("/"):
                found = found[part]
        return dict(found)
