# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide's playbook sets up a controller that takes it, and whose jobs do what the guide says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.place import MARKER
from ansible_collections.keywarden.datadog.tests.docs.awx import (
    MODULES,
    Controller,
    RefusedError,
    check_rrule,
    install_recorder,
)
from ansible_collections.keywarden.datadog.tests.docs.pages import CHECKOUT, GUIDES, blocks
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, StandIn

TEMPLATE = "Offboard from Datadog"
NIGHTLY = "Offboard from Datadog every night"
INVENTORY = "Datadog organizations"
VAULT = {
    f"vault_{organization}_{kind}_key": f"{kind[::-1]}-key-of-{organization}-{'0' * 20}"
    for organization in ("production", "europe")
    for kind in ("api", "app")
}


def guide(file: str) -> str:
    """A file of the guide, as a reader saves it."""
    (found,) = [block for block in blocks(GUIDES / "guide_awx.rst") if block.file == file]
    return found.text


def recorded(play: Player, vault: dict[str, str]) -> list[dict[str, Any]]:
    """What the guide's playbook sends to the controller."""
    install_recorder(play.folder / "collections")
    (play.folder / "controller.yml").write_text(guide("controller.yml"), encoding="utf-8")
    record = play.folder / "record"
    env = {"ANSIBLE_COLLECTIONS_PATH": str(play.folder / "collections"), "AWX_RECORD": str(record)}
    run = play(play.folder / "controller.yml", env=env, extra_vars=vault)
    assert run.rc == 0, run.output
    assert not any(secret in run.output for secret in vault.values())
    return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the guide's playbook sends, recorded once."""
    with StandIn() as standin:
        return recorded(Player(standin, tmp_path_factory.mktemp("controller")), VAULT)


@pytest.fixture
def controller(calls: list[dict[str, Any]]) -> Controller:
    """The controller after the guide's playbook."""
    return set_up(calls)


def set_up(calls: list[dict[str, Any]]) -> Controller:
    """A controller that got these calls. :raises RefusedError: it does not take one of them."""
    made = Controller()
    for call in calls:
        made.create(call["module"], call["options"])
    return made


def test_the_controller_takes_everything_that_the_guide_creates(controller: Controller) -> None:
    assert {kind for kind, things in controller.things.items() if things} == set(MODULES)
    assert set(controller.things["job_template"]) == {TEMPLATE, NIGHTLY}


def test_each_host_reads_the_credential_of_its_own_organization(controller: Controller, play: Player) -> None:
    file = play.folder / "inventory.json"
    file.write_text(json.dumps(controller.inventory(INVENTORY)), encoding="utf-8")
    tasks = [
        {
            "name": "Look",
            "ansible.builtin.debug": {"msg": "{{ offboard_site }} {{ offboard_api_key }} {{ offboard_app_key }}"},
        }
    ]
    keywords = {"hosts": "datadog_organizations", "connection": "local"}
    run = play(tasks, play=keywords, arguments=["-i", str(file)], env=dict(controller.environment(TEMPLATE)))
    assert run.rc == 0, run.output
    assert {one.host: one.result["msg"] for one in run.results if one.task == "Look"} == {
        "production": f"datadoghq.com {VAULT['vault_production_api_key']} {VAULT['vault_production_app_key']}",
        "europe": f"datadoghq.eu {VAULT['vault_europe_api_key']} {VAULT['vault_europe_app_key']}",
    }


def test_no_secret_lies_in_the_inventory_or_the_templates(controller: Controller) -> None:
    elsewhere = {kind: things for kind, things in controller.things.items() if kind != "credential"}
    assert not any(secret in json.dumps(elsewhere) for secret in VAULT.values())
    secret = {
        field["id"]
        for one in controller.things["credential_type"].values()
        for field in one["inputs"]["fields"]
        if field["secret"]
    }
    assert secret == {"api_key", "app_key"}


def test_a_person_answers_the_survey_and_can_change_no_guard(controller: Controller) -> None:
    job = controller.launch(TEMPLATE, {"leavers": "ann@example.com, bob@example.com"})
    assert (job.job_type, job.limit, job.ignored) == ("run", "", [])
    assert job.variables["leavers"] == "ann@example.com, bob@example.com"
    guards = {"offboard_max_keys": 9999, "offboard_app_key": "x", "offboard_managed_keys": "delete"}
    job = controller.launch(TEMPLATE, {"leavers": "ann@example.com", "ticket": "HR-1", **guards})
    assert job.ignored == list(guards)
    assert job.variables["offboard_max_keys"] == 200
    assert not {"offboard_app_key", "offboard_managed_keys"} & set(job.variables)
    with pytest.raises(RefusedError, match="expected to be a string"):
        controller.launch(TEMPLATE, {"leavers": [{"email": "ann@example.com"}]})
    with pytest.raises(RefusedError, match="value missing"):
        controller.launch(TEMPLATE, {})


def test_the_nightly_job_takes_no_variable_from_whoever_starts_it(controller: Controller) -> None:
    job = controller.launch(NIGHTLY, {"leavers": "ann@example.com", "leavers_file": "/tmp/mine"})
    assert job.variables["leavers_file"] == "/runner/project/leavers.csv"
    assert job.ignored == ["leavers", "leavers_file"]


@pytest.mark.parametrize("template", [TEMPLATE, NIGHTLY])
def test_a_plan_and_a_limit_are_never_dropped_without_a_word(controller: Controller, template: str) -> None:
    job = controller.launch(template, {"leavers": "ann@example.com"}, job_type="check", limit="production")
    assert (job.job_type, job.limit) == ("check", "production")


def test_the_paths_that_the_guide_exposes_keep_their_label_for_selinux() -> None:
    text = (GUIDES / "guide_awx.rst").read_text(encoding="utf-8")
    exposed = re.findall(r"``(/\S+:/evidence\S*)``", text)
    assert exposed == ["/var/lib/offboarding:/evidence"]
    assert controller_mount(exposed[0]).endswith(":z")
    assert not controller_mount(exposed[0] + ":rw").endswith(":z")


def controller_mount(path: str) -> str:
    """How the controller hands a path over to Podman: an option of its own takes the place of the label."""
    return path if path.count(":") == 2 else f"{path}:z"


@pytest.mark.parametrize(
    "rule",
    [
        "DTSTART:20260101T023000 RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART;TZID=Europe/Nowhere:20260101T023000 RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART:20260101T023000Z RRULE:FREQ=DAILY",
        "DTSTART:20260101T023000Z RRULE:FREQ=SECONDLY;INTERVAL=1",
        "DTSTART:20260101T023000Z",
    ],
)
def test_a_rule_that_the_controller_would_refuse_is_noticed(rule: str) -> None:
    with pytest.raises(RefusedError):
        check_rrule(rule)


def changed(options: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one value in it replaced."""
    made: dict[str, Any] = json.loads(json.dumps(options))
    *parents, last = path.split(".")
    place: Any = made
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    place[last] = value
    return made


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("credential_type", "kind", "ssh"),
        ("credential_type", "inputs.fields.0.help", "x"),
        ("credential_type", "inputs.fields.0.id", "api key"),
        ("credential_type", "inputs.fields.1.id", "api_key"),
        ("credential_type", "injectors.env", {"DD_APP_KEY": "{{ appkey }}"}),
        ("credential_type", "injectors.env", {"ANSIBLE_X": "{{ app_key }}"}),
        ("credential_type", "injectors.env", {"1X": "{{ app_key }}"}),
        ("credential", "inputs", {"api_key": "x"}),
        ("credential", "inputs", {"app_key": "x", "site": "x"}),
        ("group", "hosts", ["nobody"]),
        ("notification_template", "notification_configuration", {"url": "https://example.com"}),
        ("job_template", "credentials", ["Datadog europe", "Datadog europe"]),
        ("job_template", "survey_spec.spec.0.type", "email"),
        ("job_template", "survey_spec.spec.0.required", "yes"),
        ("job_template", "survey_spec.spec.1.variable", "leavers"),
        ("job_template", "survey_spec.spec.1.default", 1),
        ("job_template", "survey_spec.spec", []),
        ("job_template", "notification_templates_error", ["Nobody"]),
        ("schedule", "extra_data", {"leavers": "ann@example.com"}),
    ],
)
def test_what_the_controller_would_refuse_is_noticed(controller: Controller, kind: str, path: str, value: Any) -> None:
    good = next(iter(controller.things[kind].values()))
    controller.create(kind, good)
    with pytest.raises(RefusedError):
        controller.create(kind, changed(good, path, value))


def test_a_job_of_the_controller_offboards_from_every_organization(play: Player) -> None:
    vault = {name: API_KEY if "api" in name else APP_KEY for name in VAULT}
    made = set_up(recorded(play, vault))
    variables = made.launch(TEMPLATE, {"leavers": "ann@example.com, gone@example.com", "ticket": "HR-1"}).variables
    evidence = play.folder / "evidence"
    evidence.mkdir()
    variables["offboard_report_dir"] = str(evidence)
    variables["offboard_missing_account"] = "report"
    del variables["offboard_refuse_used_within"]  # two of her keys are in use
    (play.folder / "offboard.yml").write_text(guide("offboard.yml"), encoding="utf-8")
    with StandIn() as other:
        organizations = [play.standin, other]
        inventory = made.inventory(INVENTORY)
        for host, organization in zip(inventory["all"]["hosts"].values(), organizations):
            host["offboard_api_url"] = organization.url
        file = play.folder / "inventory.json"
        file.write_text(json.dumps(inventory), encoding="utf-8")
        env = {"DD_API_KEY": None, "DD_APP_KEY": None, "DD_HOST": None, **made.environment(TEMPLATE)}
        arguments = ["-i", str(file)]
        warnings = ["shares ann@example.com", "Used within the last day"]
        run = play(play.folder / "offboard.yml", arguments=arguments, env=env, extra_vars=variables, warnings=warnings)
        assert run.rc == 0, run.output
        for organization in organizations:
            assert not organization.organization.keys_of("ann@example.com")
            assert [one.kind for one in organization.organization.deleted].count("key") == 51
    assert "HR-1" in "".join(page.read_text(encoding="utf-8") for page in evidence.rglob("*.json"))


def test_the_marker_that_the_guide_creates_is_the_one_that_the_role_looks_for() -> None:
    text = (GUIDES / "guide_awx.rst").read_text(encoding="utf-8")
    assert f"touch /var/lib/offboarding/{MARKER}\n" in text


def test_the_project_of_the_guide_holds_what_its_templates_name() -> None:
    saved = {block.file for block in blocks(GUIDES / "guide_awx.rst")}
    assert {"offboard.yml", "leavers.csv", "collections/requirements.yml"} <= saved
    wanted = yaml.safe_load(guide("collections/requirements.yml"))["collections"]
    collection = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    assert wanted == [{"name": "keywarden.datadog", "version": f">={collection['version']}"}]
    assert Path(guide("offboard.yml").split("import_playbook: keywarden.datadog.")[1].strip()).name == "offboard"
