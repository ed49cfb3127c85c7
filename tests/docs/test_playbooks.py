# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook, example and command in the documentation runs, as it stands, on the installed artifact."""

from __future__ import annotations

import json
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
    Block,
    blocks,
    commands,
    documentation,
    guide_pages,
)
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player, Run
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, StandIn

# What the examples take from outside: a vault, another environment, a variable of the reader.
VARIABLES = {
    "leavers": "ann@example.com",
    "old_application_key": OLD_APPLICATION_KEY,
    **{f"vault_{where}_api_key": API_KEY for where in ("datadog", "production", "staging")},
    **{f"vault_{where}_app_key": APP_KEY for where in ("datadog", "production", "staging")},
}
ENVIRONMENT = {"EUROPE_API_KEY": API_KEY, "EUROPE_APP_KEY": APP_KEY, "ANSIBLE_PIPELINING": "true"}
# What sets up AWX needs AWX; test_awx.py runs it against a controller on paper.
FOR_AWX = "controller.yml"
# Between these two a person reviews a file; test_review.py does that.
REVIEWED = ("find-stale.yml", "remove-stale.yml")
# Between this one and the one before it a person approves a plan; test_commands.py does that.
APPROVED = "offboard_plan="
REMOVES = re.compile(r"keywarden\.datadog\.(datadog_app_key:|datadog_access_token:|datadog_user_access:|offboard\b)")


def redirected(play: dict[str, Any], standin: StandIn, folder: Path) -> dict[str, Any]:
    """The play with all that a test has to change: where Datadog is, and where evidence goes on the reader's disk."""
    for defaults in play.get("module_defaults", {}).values():
        if defaults.pop("site", None):
            # An option would win over the environment.
            defaults["api_url"] = standin.url
    for role in play.get("roles", []):
        given = role.get("vars", {})
        if given.get("offboard_report_dir", "").startswith("/"):
            given["offboard_report_dir"] = str(folder / "evidence")
            (folder / "evidence").mkdir(exist_ok=True)
    return play


def redirected_inventory(file: Path, standin: StandIn) -> None:
    """Let the organizations of an inventory be where the stand-in is: they take nothing from the environment."""
    inventory = yaml.safe_load(file.read_text(encoding="utf-8"))
    for host in inventory["datadog_organizations"]["hosts"].values():
        host.pop("offboard_site", None)
        host["offboard_api_url"] = standin.url
    file.write_text(yaml.safe_dump(inventory), encoding="utf-8")


def removals(run: Run) -> list[dict[str, Any]]:
    """The results of the tasks that remove keys, and what the evidence says of those of the role."""
    found = [one.result for one in run.results if not one.item and "counts" in one.result and "waited" in one.result]
    for one in run.results:
        if not one.item and "remains" in one.result:
            found += filter(None, (one.result["application_keys"], one.result["access_tokens"]))
    for one in run.results:
        if one.result.get("finished") is True and "files" in one.result:
            facts = json.loads(Path(one.result["files"]["json"]).read_text(encoding="utf-8"))
            rows = facts["credentials"]
            found.append({"changed": any(row["outcome"] == "deleted" for row in rows), "application_keys": rows})
    return found


def check(run: Run, standin: StandIn, what: object) -> None:
    """The run went well, and what it reported as deleted is exactly what is gone."""
    assert run.rc == 0, f"{what}\n{run.output}"
    assert run.results, f"{what} did nothing"
    rows = [row for result in removals(run) for row in result.get("application_keys", result.get("access_tokens"))]
    deleted = [row for row in rows if row["outcome"] == "deleted"]
    gone = [one.id for one in standin.organization.deleted]
    # API v1 does not tell ids.
    assert {row["id"] for row in deleted} - {None} <= set(gone), what
    assert len(deleted) == len(gone), what


def plays_of(page: Path) -> list[str]:
    """The command lines of a page that run a playbook."""
    return [
        command
        for command in commands(page)
        if command.startswith("ansible-playbook ")
        and shlex.split(command)[1] not in (FOR_AWX, *REVIEWED)
        and APPROVED not in command
    ]


def save(page: Path, folder: Path) -> None:
    """Save the files of a page, as a reader would."""
    for block in blocks(page):
        if block.file and "/" not in block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")


def playbooks_of(page: Path) -> list[Block]:
    """The playbooks of a page, without those that one of its commands runs."""
    run_by_command = {FOR_AWX, *REVIEWED, *(shlex.split(command)[1] for command in plays_of(page))}
    return [block for block in blocks(page) if block.is_playbook and block.file not in run_by_command]


@pytest.mark.parametrize(
    "page", list(filter(playbooks_of, guide_pages())), ids=lambda page: str(page.relative_to(CHECKOUT))
)
def test_every_playbook_of_a_page_runs(page: Path, standin: StandIn, play: Player) -> None:
    standin.reset(documented())
    save(page, play.folder)
    files = []
    for block in playbooks_of(page):
        file = play.folder / (block.file or f"line-{block.line}.yml")
        plays = [redirected(one, standin, play.folder) for one in block.data]
        file.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
        files.append(str(file))
    # All in one run, as a start of Ansible takes longer than a playbook.
    run = play(files[0], arguments=files[1:], env=ENVIRONMENT, extra_vars=VARIABLES)
    check(run, standin, page.name)
    removing = [block for block in playbooks_of(page) if REMOVES.search(block.text)]
    assert sum(result["changed"] for result in removals(run)) >= len(removing), f"{page.name}: one removed nothing"


COMMANDS = {command: page for page in reversed(guide_pages()) for command in plays_of(page)}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_runs_a_playbook_does_what_the_page_says(
    command: str, standin: StandIn, play: Player
) -> None:
    save(COMMANDS[command], play.folder)
    standin.reset(documented())
    playbook, *arguments = shlex.split(command)[1:]
    text = command
    if playbook.endswith(".yml"):
        text = (play.folder / playbook).read_text(encoding="utf-8")
        plays = [redirected(one, standin, play.folder) for one in yaml.safe_load(text)]
        (play.folder / playbook).write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
        # It is in the current directory, as it is for the reader.
        playbook = str(play.folder / playbook)
    if "-i" in arguments:
        redirected_inventory(play.folder / arguments[arguments.index("-i") + 1], standin)
    run = play(playbook, arguments=arguments, env=ENVIRONMENT)
    assert run.rc == 0, f"{command}\n{run.output}"
    only_reads = "--check" in command or not REMOVES.search(text)
    assert bool(standin.organization.deleted) is not only_reads, command


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_every_example_of_a_module_runs(module: Path, standin: StandIn, play: Player) -> None:
    tasks = yaml.safe_load(documentation(module, "EXAMPLES"))
    standin.reset(documented())
    run = play(tasks, env=ENVIRONMENT, extra_vars=VARIABLES)
    check(run, standin, module.stem)
    for task in tasks:
        if {"keywarden.datadog.datadog_app_key", "keywarden.datadog.datadog_access_token"} & set(task):
            assert run.of(task["name"]).result["changed"], f"{module.stem}: {task['name']}"


def test_the_examples_name_what_is_in_the_documented_organization() -> None:
    organization = documented()
    everything = "".join(page.read_text(encoding="utf-8") for page in guide_pages())
    everything += "".join(documentation(module, "EXAMPLES") for module in MODULES)
    named = set(re.findall(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b", everything))
    assert named <= {*organization.keys, *organization.tokens, SERVICE_ACCOUNT}
