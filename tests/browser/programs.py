# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that the tests here drive, by their names, and the Debian package that each comes in."""

from __future__ import annotations

import os
import shutil

PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "chromium-driver": ("chromedriver",),
    "libreoffice-calc-nogui": ("soffice",),
    "poppler-utils": ("pdftotext",),
}


def find(package: str) -> str | None:
    """Where the program of a package is, whichever name it goes by; None where it is missing."""
    # Where the machines of a well-known continuous integration keep the driver.
    path = os.pathsep.join(filter(None, (os.environ.get("PATH"), os.environ.get("CHROMEWEBDRIVER"))))
    return next(filter(None, (shutil.which(name, path=path) for name in PROGRAMS[package])), None)


def missing() -> list[str]:
    """The packages whose programs are missing."""
    return [package for package in PROGRAMS if not find(package)]
