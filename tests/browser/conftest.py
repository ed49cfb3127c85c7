# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the tests in a real browser and a real spreadsheet: each is skipped where the program is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import forms
from .programs import find

if TYPE_CHECKING:
    from .browser import Browser


def needed(*packages: str) -> None:
    """Skip the test where a program is missing; `make browser` installs them or says how."""
    lacking = [package for package in packages if not find(package)]
    if lacking:
        pytest.skip(f"missing on this machine: {', '.join(lacking)}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    needed("chromium", "chromium-driver")
    pytest.importorskip("axe_selenium_python", reason="tests/requirements/browser.txt is not installed")
    from .browser import Browser

    started = Browser()
    yield started
    started.close()


@pytest.fixture(scope="session")
def soffice() -> str:
    """The program of LibreOffice."""
    needed("libreoffice-calc-nogui")
    return str(find("libreoffice-calc-nogui"))


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each form, and the index over all of them."""
    directory = tmp_path_factory.mktemp("evidence")
    found = {name: forms.write(directory, form()) for name, form in forms.FORMS.items()}
    found["index"] = forms.write_index(directory)
    # To look at them: KEYWARDEN_PAGES=/some/folder
    if os.environ.get("KEYWARDEN_PAGES"):
        shutil.copytree(directory, os.environ["KEYWARDEN_PAGES"], dirs_exist_ok=True)
    return found
