# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation site and the changelog."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import nox

from tools.isolation import BUILD, CHECKOUT, COLLECTIONS, TREE

from . import common
from .common import JOBS, run, verb


@verb
def docs(session: nox.Session) -> None:
    """Build the documentation site from the installed artifact; every warning is an error."""
    checkout = common.install(session)
    programs = common.tools_environment(session, "docs")
    folder = BUILD / "docs"
    shutil.rmtree(folder, ignore_errors=True)
    pages = folder / "rst"
    pages.mkdir(parents=True)
    env = {"PATH": common.search_path(programs)}
    make = ["collection", "--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", pages]
    # From elsewhere: in a folder …/ansible_collections/keywarden/datadog it would take that for the installed one.
    # And installed elsewhere: where ansible_collections is in the path twice, Ansible finds no roles.
    with tempfile.TemporaryDirectory() as installed:
        common.install_artifact(session, checkout, common.artifact(), Path(installed))
        found = {**env, "ANSIBLE_COLLECTIONS_PATH": installed}
        run(session, programs / "antsibull-docs", *make, "keywarden.datadog", folder=folder, env=found)
    # antsibull-docs takes the guides along and leaves their pictures.
    for picture in (CHECKOUT / "docs/docsite/rst").glob("*.svg"):
        shutil.copy(picture, pages / "docsite")
    pictures = "ansible_collections.keywarden.datadog.tests.docs.screenshots"
    python_path = {"PYTHONPATH": str(TREE), "KEYWARDEN_COLLECTIONS": str(COLLECTIONS)}
    run(session, checkout / "python", "-m", pictures, pages / "docsite", folder=folder, env=python_path)
    sphinx = [
        programs / "sphinx-build",
        "--quiet",
        "-W",
        "--keep-going",
        "-j",
        JOBS,
        "-c",
        CHECKOUT / "docs/docsite",
    ]
    run(session, *sphinx, pages, folder / "html", folder=folder, env=env)
    print(f"Open {folder / 'html/index.html'}")


@verb
def changelog(session: nox.Session) -> None:
    """Turn the fragments into the changelog's entry for the version in galaxy.yml."""
    programs = common.tools_environment(session, "lint")
    command = [programs / "antsibull-changelog", "release", "--update-existing", "--reload-plugins"]
    run(session, *command, env={"PATH": common.search_path(programs)})
