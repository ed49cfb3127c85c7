# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipe of the guide and of CONTRIBUTING for the stand-in, as a reader with a shell follows it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.keywarden.datadog.tests.docs.pages import CHECKOUT, GUIDES, commands
from ansible_collections.keywarden.datadog.tests.helpers.playbook import COLLECTIONS

RECIPE = "source tests/standin/activate"
PREFLIGHT = "ansible-playbook keywarden.datadog.preflight"
PLAN = "ansible-playbook keywarden.datadog.offboard -e leavers=ann@example.com --check"
# What a reader's shell may hold already: another address, on which a test must not find anybody.
ELSEWHERE = {"DATADOG_HOST": "https://127.0.0.1:1", "DD_HOST": "https://127.0.0.1:1", "DD_SITE": "datadoghq.eu"}


def shell(lines: list[str], home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What bash makes of the lines, in the checkout; the stand-in that they start ends with it."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "VENV": sys.prefix,
        "BUILD": str(COLLECTIONS.parent),
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        **ELSEWHERE,
        **variables,
    }
    script = "\n".join(["trap 'kill $(jobs -p) 2>/dev/null' EXIT", *lines])
    return subprocess.run(
        ["bash", "-c", script], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def nobody_listens(url: str) -> bool:
    """Whether the address is this machine's, and nobody is there."""
    host, _colon, port = url.removeprefix("https://").partition(":")
    with socket.socket() as client:
        return host == "localhost" and client.connect_ex(("127.0.0.1", int(port))) != 0


@pytest.mark.parametrize(
    "page", [CHECKOUT / "CONTRIBUTING.md", GUIDES / "guide_offboarding.rst"], ids=lambda page: page.name
)
def test_a_page_installs_the_collection_right_before_it_starts_the_stand_in(page: Path) -> None:
    typed = commands(page)
    assert typed[typed.index(RECIPE) - 1] == "make install"


def test_a_reader_gets_to_a_plan_in_the_stand_in(tmp_path: Path) -> None:
    typed = commands(GUIDES / "guide_offboarding.rst")
    at = typed.index(RECIPE)
    assert typed[at : at + 3] == [RECIPE, PREFLIGHT, PLAN]
    done = shell(["set -e", RECIPE, "echo at $DATADOG_HOST", PREFLIGHT, PLAN], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "at http://127.0.0.1:" in done.stdout
    (plan,) = (tmp_path / "offboard-evidence").glob("offboard-plan-*/offboard-plan-*.json")
    facts = json.loads(plan.read_text(encoding="utf-8"))
    assert facts["counts"]["credentials"]["application key"]["to delete"] == 51
    assert str(plan.with_suffix(".html")) in done.stdout


@pytest.mark.parametrize("program", [None, "#!/bin/sh\nexit 1\n"], ids=["no Python", "a stand-in that ends at once"])
def test_where_the_stand_in_does_not_start_no_site_can_be_reached(tmp_path: Path, program: str | None) -> None:
    environment = tmp_path / "venv/bin"
    environment.mkdir(parents=True)
    if program:
        (environment / "python").write_text(program, encoding="utf-8")
        (environment / "python").chmod(0o755)
    done = shell([RECIPE, "echo ended with $?", "echo $DATADOG_HOST"], tmp_path, VENV=str(tmp_path / "venv"))
    assert "did not start" in done.stderr
    *_before, ended, address = done.stdout.splitlines()
    assert ended == "ended with 1"
    assert nobody_listens(address)
