# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CSV files in LibreOffice: the columns are where they belong, and no cell is a formula however it splits them."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import index
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.table import COLUMNS

from . import forms

OFFICE, TABLE, TEXT = (f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}" for name in ("office", "table", "text"))
# Comma as the files mean it, and what a spreadsheet in much of Europe or a paste takes instead
SEPARATORS = {"comma": "44", "semicolon": "59", "tab": "9", "all of them": "44/59/9"}
# Quotes, UTF-8, from the first line, columns as they look like, any language, quoted cells too; the last one has newer
# versions of LibreOffice take formulas for formulas, which older ones always do.
REST = ",34,76,1,,0,false,true,false,false,false,-1,true"


class Sheet(NamedTuple):
    """What LibreOffice makes of a file: the texts of its rows, and its formulas."""

    rows: list[list[str]]
    formulas: list[str]


def opened(soffice: str, files: list[Path], separator: str, folder: Path) -> dict[str, Sheet]:
    """Open CSV files with LibreOffice, and read what it saves."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [soffice, profile, "--headless", "--norestore", f"--infilter=CSV:{SEPARATORS[separator]}{REST}"]
    command += ["--convert-to", "fods", "--outdir", str(folder), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    saved = {file.name: folder / f"{file.stem}.fods" for file in files}
    assert all(file.is_file() for file in saved.values()), done.stdout + done.stderr
    return {name: read(file) for name, file in saved.items()}


def read(file: Path) -> Sheet:
    """A flat OpenDocument spreadsheet."""
    formulas, rows = [], []
    for row in ElementTree.parse(file).iter(f"{TABLE}table-row"):
        cells: list[str] = []
        for cell in row.iter(f"{TABLE}table-cell"):
            if f"{TABLE}formula" in cell.attrib:
                formulas.append(cell.attrib[f"{TABLE}formula"])
            text = "\n".join("".join(part.itertext()) for part in cell.iter(f"{TEXT}p"))
            # Blank cells at the end are one that is repeated thousands of times.
            cells += [text] * min(int(cell.get(f"{TABLE}number-columns-repeated", 1)), 100)
        rows.append(cells)
    return Sheet(rows, formulas)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The CSV file of a run with hostile names everywhere, and the one over all runs."""
    directory = tmp_path_factory.mktemp("tables")
    table = forms.write(directory, forms.hostile()).with_suffix(".csv")
    return [table, Path(forms.write_index(directory)).with_name(index.TABLE)]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_cell_of_a_spreadsheet_is_a_formula(
    soffice: str, tables: list[Path], tmp_path: Path, separator: str
) -> None:
    between = {"comma": ",", "semicolon": ";", "tab": "\t", "all of them": ";"}[separator]
    control = tmp_path / "control.csv"
    control.write_text(f"a{between}=1+1\n", encoding="utf-8")
    found = opened(soffice, [control, *tables], separator, tmp_path)
    # What is looked for can be seen.
    assert found.pop("control.csv").formulas == ["of:=1+1"]
    assert {name: sheet.formulas for name, sheet in found.items() if sheet.formulas} == {}


def test_every_column_of_the_csv_is_where_it_belongs(soffice: str, tables: list[Path], tmp_path: Path) -> None:
    columns = {tables[0].name: COLUMNS, tables[1].name: index.COLUMNS}
    for name, sheet in opened(soffice, tables, "comma", tmp_path).items():
        (file,) = [table for table in tables if table.name == name]
        with file.open(encoding="utf-8-sig", newline="") as text:
            written = list(csv.reader(text))
        assert tuple(sheet.rows[0][: len(columns[name])]) == columns[name]
        assert len([row for row in sheet.rows if any(row)]) == len(written)
        for row, cells in zip(written[1:], sheet.rows[1:]):
            told = dict(zip(columns[name], row))
            shown = dict(zip(columns[name], cells))
            for column in ("record", "run_id", "leaver", "organization", "status", "id"):
                if column in told:
                    assert " ".join(shown[column].split()) == " ".join(told[column].split()), column
