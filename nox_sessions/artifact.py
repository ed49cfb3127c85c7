# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment, the artifact, and what others do with it."""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path

import nox

from tools.isolation import BUILD, CHECKOUT, COLLECTIONS

from . import common
from .common import run, verb

# Of the tests, Galaxy's own need to know which Pythons the modules run on.
UNWANTED = re.compile(
    r"(^|/)(\.[a-z]|__pycache__|Makefile$|noxfile|nox_sessions|tools/|tests/(?!(config\.yml)?$))|\.pyc$"
)

EXECUTION_ENVIRONMENT = """\
version: 3
images:
  base_image:
    name: example.com/python-base:latest
dependencies:
  ansible_core:
    package_pip: ansible-core>=2.16
  ansible_runner:
    package_pip: ansible-runner
  galaxy:
    collections:
      - name: /artifacts/{name}
        type: file
additional_build_files:
  - src: {name}
    dest: artifacts
additional_build_steps:
  prepend_galaxy:
    - COPY _build/artifacts/{name} /artifacts/{name}
"""


@verb
def env(session: nox.Session) -> None:
    """Make the environment in .venv."""
    common.checkout_environment(session)


@verb
def build(session: nox.Session) -> None:
    """Build the artifact."""
    common.build(session, common.checkout_environment(session), CHECKOUT, common.DIST)


@verb
def install(session: nox.Session) -> None:
    """Build the artifact and install it in .build/collections."""
    common.install(session)


@verb
def artifact(session: nox.Session) -> None:
    """Do with the artifact what a registry and a builder of execution environments do with it."""
    common.install(session)
    file = common.artifact()
    programs = common.tools_environment(session, "artifact")
    _contents(session, file)
    _importer(session, file, programs)
    _execution_environment(session, file, programs)


def _contents(session: nox.Session, file: Path) -> None:
    with tarfile.open(file) as archive:
        names = archive.getnames()
    unwanted = [name for name in names if UNWANTED.search(name)]
    if unwanted:
        session.error(f"these do not belong into the artifact, see build_ignore in galaxy.yml: {' '.join(unwanted)}")
    print(f"Contents: {len(names)} entries, {file.stat().st_size / 1024:.0f} KiB, nothing that serves a checkout only")


def _importer(session: nox.Session, file: Path, programs: Path) -> None:
    folder = BUILD / "importer"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log"
    with log.open("w") as output, session.chdir(folder):
        session.run(
            *(str(programs / "python"), "-m", "galaxy_importer.main", str(file)),
            env={"GALAXY_IMPORTER_CHECK_REQUIRED_TAGS": "true", "PATH": common.search_path(programs)},
            external=True,
            stdout=output,
            success_codes=range(256),
        )
    said = log.read_text(encoding="utf-8")
    bad = re.findall(r"^(?:ERROR|WARNING).*", said, re.MULTILINE)
    if bad or "Importer processing completed successfully" not in said:
        session.error("\n".join(["galaxy-importer found something:", *bad, f"All that it said is in {log}"]))
    print("galaxy-importer: no error and no warning")


def _execution_environment(session: nox.Session, file: Path, programs: Path) -> None:
    folder = BUILD / "ee"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(file, folder)
    (folder / "execution-environment.yml").write_text(EXECUTION_ENVIRONMENT.format(name=file.name), encoding="utf-8")
    builder = programs / "ansible-builder"
    create = ["--file", "execution-environment.yml", "--context", "context", "--output-filename", "Containerfile"]
    run(session, builder, "create", *create, folder=folder, env={"PATH": common.search_path(programs)})
    copied = f"COPY _build/artifacts/{file.name}" in (folder / "context/Containerfile").read_text(encoding="utf-8")
    if not copied or not (folder / "context/_build/artifacts" / file.name).is_file():
        session.error("ansible-builder left the artifact out of the execution environment")
    asked = session.run(str(builder), "introspect", str(COLLECTIONS), external=True, silent=True, log=False)
    if "requests" not in str(asked) or "ansible-core" in str(asked).lower():
        session.error(f"an execution environment needs requests, and brings its own ansible-core:\n{asked}")
    print("ansible-builder: an execution environment with the artifact and requests")


@verb(name="release-check")
def release_check(session: nox.Session) -> None:
    """Build from a commit or tag alone (nothing uncommitted slips in), install that, and try it."""
    reference = session.posargs[0] if session.posargs else "HEAD"
    programs = common.checkout_environment(session)
    folder = BUILD / "release"
    source = folder / "source"
    shutil.rmtree(folder, ignore_errors=True)
    source.mkdir(parents=True)
    run(session, "git", "archive", "--output", folder / "source.tar", reference)
    run(session, "tar", "--extract", "--file", folder / "source.tar", "--directory", source)

    galaxy = (source / "galaxy.yml").read_text(encoding="utf-8")
    version = re.findall(r"^version: *(.+)", galaxy, re.MULTILINE)[0]
    tag = session.run("git", "tag", "--list", reference, external=True, silent=True, log=False)
    if tag and reference not in (version, f"v{version}"):
        session.error(f"the tag is {reference}, but galaxy.yml says {version}")
    if f"\n  {version}:\n" not in (source / "changelogs/changelog.yaml").read_text(encoding="utf-8"):
        session.error(f"the changelog has no entry for {version}: make changelog")
    if f'"{version}"' not in (source / "plugins/module_utils/_api/version.py").read_text(encoding="utf-8"):
        session.error(f"plugins/module_utils/_api/version.py does not say {version}")

    file = folder / f"keywarden-datadog-{version}.tar.gz"
    common.build(session, programs, source, folder)
    common.install_artifact(session, programs, file, folder / "collections")
    smoke = [programs / "python", source / "tests/smoke/run.py", "--ansible-playbook", programs / "ansible-playbook"]
    run(session, *smoke, "--collections", folder / "collections", "--python", programs / "python")
    print(f"{reference} makes a working keywarden.datadog {version}: {file}")
