# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps what is run here inside the checkout, and real credentials out of it.

nox and make hand on the environment as they find it, so this is ours: home directory, temporary files and caches of
every tool are in .build, and no test can reach a real organization through the developer's own settings.

In a checkout at …/ansible_collections/NAMESPACE/NAME the temporary files stay where the system has them: tests and
pictures write evidence among them, and the role writes none into a collection.
"""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD") or CHECKOUT / ".build").absolute()
VENV = Path(os.environ.get("VENV") or CHECKOUT / ".venv").absolute()
NOX = BUILD / "venv/nox"
COLLECTIONS = BUILD / "collections"
TREE = BUILD / "tree"

CREDENTIALS = [f"{vendor}_{what}" for vendor in ("DD", "DATADOG") for what in ("API_KEY", "APP_KEY", "SITE", "HOST")]
MISLEADING = ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "ANSIBLE_CONFIG", "ANSIBLE_COLLECTIONS_PATH"]


def isolate() -> None:
    """Change this process's environment for all that it starts; a second call changes nothing."""
    home = BUILD / "home"
    users = Path(os.environ.get("HOME") or "/")
    os.environ.setdefault("PYENV_ROOT", str(users / ".pyenv"))
    # A mirror that the user's own pip knows is used here too.
    mirror = users / ".config/pip/pip.conf"
    if mirror.is_file():
        os.environ.setdefault("PIP_CONFIG_FILE", str(mirror))
    for name in [*CREDENTIALS, *MISLEADING]:
        os.environ.pop(name, None)
    os.environ.update(
        BUILD=str(BUILD),
        VENV=str(VENV),
        HOME=str(home),
        # A copy of the collection in .build is no part of the checkout's repository.
        GIT_CEILING_DIRECTORIES=str(BUILD),
        XDG_CACHE_HOME=str(home / ".cache"),
        XDG_CONFIG_HOME=str(home / ".config"),
        XDG_DATA_HOME=str(home / ".local/share"),
        XDG_STATE_HOME=str(home / ".local/state"),
        PIP_CACHE_DIR=str(BUILD / "pip"),
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PYTHONDONTWRITEBYTECODE="1",
        LC_ALL="C.UTF-8",
        ANSIBLE_HOME=str(home / ".ansible"),
        # Ansible takes the ~ of this one from the user database instead of HOME.
        ANSIBLE_REMOTE_TMP=str(home / ".ansible/tmp"),
        KEYWARDEN_COLLECTIONS=str(COLLECTIONS),
    )
    if "ansible_collections" not in CHECKOUT.parts:
        os.environ["TMPDIR"] = str(BUILD / "tmp")
    for folder in (home, BUILD / "tmp"):
        folder.mkdir(parents=True, exist_ok=True)
