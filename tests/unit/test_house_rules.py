# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""House rules of plugins/ that no linter holds. Imports: import-linter; docstrings: ruff; types: mypy."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

import pytest
import yaml
from ansible_collections.keywarden.datadog.plugins.module_utils._api import version

COLLECTION = Path(version.__file__).parents[3]
FILES = sorted((COLLECTION / "plugins").rglob("*.py"))
LARGEST = 300

NO_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def lines_of_code(file: Path) -> int:
    """The lines that are neither blank, nor a comment, nor a text that stands by itself or documents a module."""
    lines: set[int] = set()
    tokens = list(tokenize.generate_tokens(io.StringIO(file.read_text(encoding="utf-8")).readline))
    for number, token in enumerate(tokens):
        documentation = token.type == tokenize.STRING and token.string.lstrip("rbuf").startswith('"""')
        if token.type not in NO_CODE and not documentation:
            lines.update(range(token.start[0], token.end[0] + 1))
        if documentation and number:
            lines.discard(token.start[0])
    return len(lines)


def test_the_version_is_galaxys() -> None:
    galaxy = yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))
    assert galaxy["version"] == version.VERSION


@pytest.mark.parametrize("file", FILES, ids=lambda file: "/".join(file.parts[-2:]))
def test_no_file_is_too_long_to_read(file: Path) -> None:
    assert lines_of_code(file) <= LARGEST


def test_module_utils_are_private() -> None:
    utils = COLLECTION / "plugins/module_utils"
    assert [path.name for path in utils.iterdir() if path.name not in ("__pycache__",) and path.name[0] != "_"] == []
