# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence in a real browser and a real spreadsheet."""

from __future__ import annotations

import os
import shutil

import nox

from tests.browser.programs import missing
from tools.isolation import CHECKOUT, TREE

from . import common
from .common import run, verb


@verb
def browser(session: nox.Session) -> None:
    """Look at the evidence with Chromium and LibreOffice; as root on Debian, installs them where they are missing."""
    if missing() and shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing with apt-get, as in continuous integration: {' '.join(missing())}", flush=True)
        run(session, "apt-get", "update", "-qq")
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
        run(session, *install, *missing(), "fonts-dejavu-core", env={"DEBIAN_FRONTEND": "noninteractive"})
    if missing():
        told = f"Missing on this machine: {', '.join(missing())} (names of Debian's packages)."
        if os.environ.get("CI"):
            session.error(told)
        session.skip(told)
    common.checkout_environment(session)
    programs = common.tools_environment(session, "browser", "test", "browser", oldest=(3, 12))
    command = [programs / "python", "-m", "pytest", "-o", f"pythonpath={TREE}", CHECKOUT / "tests/browser"]
    run(session, *command, *session.posargs)
