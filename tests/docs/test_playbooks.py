# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook, example and command in the documentation runs, as it stands, on the installed artifact."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.keywarden.datadog.tests.docs.organization import (
    OLD_APPLICATION_KEY,
    SERVICE_ACCOUNT,
    documented,
)
from ansible_collections.keywarden.datadog.tests.docs.pages import (
    CHECKOUT,
    MODULES,
    blocks,
    commands,
    documentation,
    guide_pages,
)
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player, Run
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, StandIn

# What the examples take from outside: a vault, another environment, a variable of the reader.
VARIABLES = {
    "old_application_key": OLD_APPLICATION_KEY,
    **{f"vault_{where}_api_key": API_KEY for where in ("datadog", "production", "staging")},
    **{f"vault_{where}_app_key": APP_KEY for where in ("datadog", "production", "staging")},
}
ENVIRONMENT = {"EUROPE_API_KEY": API_KEY, "EUROPE_APP_KEY": APP_KEY}
REMOVES = "keywarden.datadog.datadog_app_key"


def redirected(play: dict[str, Any], standin: StandIn, folder: Path) -> dict[str, Any]:
    """The play with all that a test has to change: where organizations with credentials of their own are (the role
    takes nothing for those from the environment), and where evidence goes that has a place on the reader's disk.
    """
    for role in play.get("roles", []):
        given = role.get("vars", {})
        for organization in given.get("offboard_organizations", []):
            organization["api_url"] = standin.url
        if given.get("offboard_report_dir", "").startswith("/"):
            given["offboard_report_dir"] = str(folder / "evidence")
    return play


def check(run: Run, standin: StandIn, what: object) -> None:
    """The run went well, and what it reported as deleted is exactly what is gone."""
    assert run.rc == 0, f"{what}\n{run.output}"
    assert run.results, f"{what} did nothing"
    rows = [row for one in run.results if not one.item for row in one.result.get("application_keys", [])]
    reported = {row["id"] for row in rows if row.get("outcome") == "deleted"} - {None}
    secrets = {row["last4"] for row in rows if row.get("outcome") == "deleted" and row["id"] is None}
    gone = {one.id for one in standin.organization.deleted}
    assert len(gone) == len(reported) + len(secrets), what
    assert reported <= gone, what


def plays_of(page: Path) -> list[str]:
    """The command lines of a page that run a playbook."""
    return [command for command in commands(page) if command.startswith("ansible-playbook ")]


def save(page: Path, folder: Path) -> None:
    """Save the files of a page, as a reader would."""
    for block in blocks(page):
        if block.file and "/" not in block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")


@pytest.mark.parametrize("page", guide_pages(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_playbook_of_a_page_runs(page: Path, standin: StandIn, play: Player) -> None:
    save(page, play.folder)
    run_by_command = {shlex.split(command)[1] for command in plays_of(page)}
    for block in blocks(page):
        if not block.is_playbook or block.file in run_by_command:
            continue
        standin.reset(documented())
        file = play.folder / (block.file or f"line-{block.line}.yml")
        plays = [redirected(one, standin, play.folder) for one in block.data]
        file.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
        variables = dict(VARIABLES)
        if any("ansible.builtin.import_playbook" in one for one in plays):
            variables["leavers"] = "ann@example.com"
        check(play(file, env=ENVIRONMENT, extra_vars=variables), standin, block)
        if f"{REMOVES}:" in block.text or "keywarden.datadog.offboard" in block.text:
            assert standin.organization.deleted, f"{block} should remove something, and nothing is gone"


COMMANDS = {command: page for page in reversed(guide_pages()) for command in plays_of(page)}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_runs_a_playbook_does_what_the_page_says(
    command: str, standin: StandIn, play: Player
) -> None:
    save(COMMANDS[command], play.folder)
    standin.reset(documented())
    playbook, *arguments = shlex.split(command)[1:]
    if playbook.endswith(".yml"):
        # It is in the current directory, as it is for the reader.
        playbook = str(play.folder / playbook)
    run = play(playbook, arguments=arguments)
    assert run.rc == 0, f"{command}\n{run.output}"
    assert bool(standin.organization.deleted) is ("--check" not in command), command


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_example_of_a_module_runs(module: Path, standin: StandIn, play: Player) -> None:
    tasks = yaml.safe_load(documentation(module, "EXAMPLES"))
    standin.reset(documented())
    run = play(tasks, env=ENVIRONMENT, extra_vars=VARIABLES)
    check(run, standin, module.stem)
    for task in tasks:
        if REMOVES in task:
            assert run.of(task["name"]).result["changed"], f"{module.stem}: {task['name']}"


def test_the_examples_name_what_is_in_the_documented_organization() -> None:
    organization = documented()
    everything = "".join(page.read_text(encoding="utf-8") for page in guide_pages())
    everything += "".join(documentation(module, "EXAMPLES") for module in MODULES)
    named = set(re.findall(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b", everything))
    assert named <= {*organization.keys, SERVICE_ACCOUNT}
