# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment of the guide, with the built artifact in place of the one on Galaxy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.keywarden.datadog.tests.docs.pages import CHECKOUT, GUIDES, blocks

TAG = "keywarden-datadog-test"


def engine() -> str | None:
    """A container engine that answers, if there is one."""
    for name in ("podman", "docker"):
        if shutil.which(name) and subprocess.run([name, "info"], capture_output=True, check=False).returncode == 0:
            return name
    return None


def definition() -> dict[str, Any]:
    """The definition in the guide."""
    (found,) = [block for block in blocks(GUIDES / "guide_awx.rst") if block.file == "execution-environment.yml"]
    data: dict[str, Any] = found.data
    return data


def builder(folder: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ansible-builder in the folder with the guide's definition, which takes the artifact from the context."""
    galaxy = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    artifact = CHECKOUT / f".build/dist/{galaxy['namespace']}-{galaxy['name']}-{galaxy['version']}.tar.gz"
    shutil.copy(artifact, folder)
    data = definition()
    data["dependencies"]["galaxy"] = {"collections": [{"name": f"/artifacts/{artifact.name}", "type": "file"}]}
    data["additional_build_files"] = [{"src": artifact.name, "dest": "artifacts"}]
    data["additional_build_steps"] = {
        "prepend_galaxy": [f"COPY _build/artifacts/{artifact.name} /artifacts/{artifact.name}"]
    }
    (folder / "execution-environment.yml").write_text(yaml.safe_dump(data), encoding="utf-8")
    program = Path(sys.executable).with_name("ansible-builder")
    return subprocess.run(
        [str(program), command, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=1200
    )


def test_ansible_builder_takes_the_definition_as_the_guide_shows_it(tmp_path: Path) -> None:
    (tmp_path / "execution-environment.yml").write_text(yaml.safe_dump(definition()), encoding="utf-8")
    program = Path(sys.executable).with_name("ansible-builder")
    done = subprocess.run([str(program), "create"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (written,) = [*(tmp_path / "context").glob("*erfile")]
    text = written.read_text(encoding="utf-8")
    assert f'ARG EE_BASE_IMAGE="{definition()["images"]["base_image"]["name"]}"' in text
    galaxy = yaml.safe_load((tmp_path / "context/_build/requirements.yml").read_text(encoding="utf-8"))
    assert galaxy["collections"] == definition()["dependencies"]["galaxy"]["collections"]


def test_the_base_image_is_a_real_one_with_its_registry_and_no_placeholder() -> None:
    registry, _slash, name = definition()["images"]["base_image"]["name"].partition("/")
    assert "." in registry
    assert "example" not in registry
    assert name


@pytest.mark.full
def test_the_execution_environment_builds_and_runs_the_playbook(tmp_path: Path) -> None:
    found = engine()
    if not found:
        pytest.skip("no container engine answers: only the definition was validated")
    built = builder(tmp_path, "build", "--tag", TAG, "--container-runtime", found)
    assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-4000:]
    look = [found, "run", "--rm", TAG, "ansible-playbook", "keywarden.datadog.offboard", "--syntax-check"]
    done = subprocess.run([*look, "-e", "leavers=ann@example.com"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    imported = [found, "run", "--rm", TAG, "python3.12", "-c", "import requests; print(requests.__version__)"]
    assert subprocess.run(imported, capture_output=True, check=False).returncode == 0
