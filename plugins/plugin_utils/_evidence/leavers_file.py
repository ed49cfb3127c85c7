# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leavers in a file: CSV with a header, JSON, YAML, or one to a line, by the file's ending."""

from __future__ import annotations

import csv
import io
import os
from typing import Any

import yaml

from ...module_utils._api.errors import OptionError
from ...module_utils._api.secret_texts import without_credentials
from .leavers import MEMBERS, from_json

EXAMPLE = "The first row names the columns, for example: email,name,ticket,left_at"


def entries(path: str, content: bytes) -> list[tuple[str, Any]]:
    """The entries of a file, each with its place in it.

    :param path: for its ending and for messages.
    :param content: what is in it; a byte order mark is fine.
    :raises OptionError: it cannot be read as what its ending says.
    """
    name = os.path.basename(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OptionError(f"{path} is not UTF-8 (byte {error.start + 1}). Save it as UTF-8.") from error
    ending = os.path.splitext(path)[1].lower()
    if ending == ".csv":
        return _rows(path, text)
    if ending in (".json", ".yml", ".yaml"):
        try:
            value = from_json(text) if ending == ".json" else yaml.load(text, _EachOnce)  # noqa: S506  a SafeLoader
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            raise OptionError(f"{path} is not valid {ending[1:].upper()}: {_reason(error)}") from error
        if value is None:
            value = []
        if not isinstance(value, list):
            raise OptionError(f"{path} must contain a list of leavers, but contains {type(value).__name__}.")
        return [(f"Item {number} of {name}", entry) for number, entry in enumerate(value, 1)]
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    return [(f"Line {number} of {name}", line) for number, line in lines if line and not line.startswith("#")]


def _reason(error: Exception) -> str:
    """Why a text is not valid, and where. An error of YAML quotes the text itself, which may hold anything."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        return f"{without_credentials(error.problem or 'an error')}{where}"
    return type(error).__name__ if isinstance(error, yaml.YAMLError) else " ".join(str(error).split())


class _EachOnce(yaml.SafeLoader):
    """YAML in which a member that is given twice is an error: its first value, perhaps a person, would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        """The mapping of a node.

        :raises yaml.YAMLError: a member is given twice.
        """
        names = [key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode)]
        for number, name in enumerate(names):
            if name in names[:number]:
                told = without_credentials(str(name))
                raise yaml.constructor.ConstructorError(None, None, f"{told!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _rows(path: str, text: str) -> list[tuple[str, Any]]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise OptionError(f"{path} is not valid CSV: {error}.") from error
    # Blank rows keep their numbers, so that a row is where a spreadsheet shows it.
    numbered = [(number, row) for number, row in enumerate(table, 1) if any(cell.strip() for cell in row)]
    if not numbered:
        return []
    columns = [cell.strip().lower().replace("e-mail", "email") for cell in numbered[0][1]]
    if not {"email", "id"} & set(columns):
        raise OptionError(f"{path} has no column email or id, but {without_credentials(', '.join(columns))}. {EXAMPLE}")
    twice = [column for column in MEMBERS if columns.count(column) > 1]
    if twice:
        raise OptionError(f"{path} has the column {twice[0]} twice. {EXAMPLE}")
    return [(f"Row {number} of {os.path.basename(path)}", _row(columns, cells)) for number, cells in numbered[1:]]


def _row(columns: list[str], cells: list[str]) -> Any:
    if len(cells) > len(columns):
        # A comma within a name moves what follows it: nobody knows which cell is which.
        return cells
    return {column: cell for column, cell in zip(columns, cells) if column and cell.strip()}
