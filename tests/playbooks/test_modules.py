# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a playbook uses it: real `ansible-playbook` on the installed artifact."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player, Run
from ansible_collections.keywarden.datadog.tests.standin import (
    API_KEY,
    APP_KEY,
    LEAVER,
    NEIGHBOUR,
    NOBODY,
    SECOND_LEAVER,
    StandIn,
)

REMOVE = "keywarden.datadog.datadog_app_key"
READ = "keywarden.datadog.datadog_app_key_info"
GONE = "00000000-0000-4000-8000-000000000000"
NO_CREDENTIALS = {"DD_API_KEY": None, "DD_APP_KEY": None, "DD_HOST": None}
OF_THE_REAL_RUN = ("status_code", "requested_at", "verified_at", "message")


def task(name: str, module: str, options: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    return {"name": name, module: options, **keywords}


def removal(name: str = "Remove", **options: Any) -> dict[str, Any]:
    return task(name, REMOVE, {"state": "absent", **options})


def rows(run: Run, name: str) -> list[dict[str, Any]]:
    """What a prediction can know of the rows of a task."""
    return [
        {fact: value for fact, value in row.items() if fact not in OF_THE_REAL_RUN}
        for row in run.of(name).result["application_keys"]
    ]


def outcomes(run: Run, name: str) -> list[str]:
    return [row["outcome"] for row in run.of(name).result["application_keys"]]


# The same playbook in check mode and for real


def test_one_playbook_checked_run_checked_and_run_again(standin: StandIn, play: Player) -> None:
    """Both versions, named and owned keys; the server is looked at after each run."""
    organization = standin.organization
    carols = [key for key in organization.keys_of("carol@example.com") if key.name.startswith("dd_auth_cli")]
    daves = organization.keys_of("dave@example.com")
    playbook = [
        task("Read", READ, {"owner": NEIGHBOUR}),
        removal("By id", app_key_id=[carols[0].id, GONE, carols[1].id]),
        removal("By secret", api_version="v1", key=[daves[0].secret, "f" * 40]),
        removal("By owner", owner=[SECOND_LEAVER, NOBODY], missing_owner="report", keep=[GONE]),
    ]
    names = ["By id", "By secret", "By owner"]
    victims = {carols[0].id, carols[1].id, daves[0].id} | {key.id for key in organization.keys_of(SECOND_LEAVER)}
    before = set(organization.keys)

    preview = play(playbook, check=True, diff=True)
    assert preview.rc == 0, preview.output
    assert set(organization.keys) == before
    assert {sent.method for sent in standin.requests} == {"GET"}

    real = play(playbook, diff=True)
    assert real.rc == 0, real.output
    assert set(organization.keys) == before - victims
    assert outcomes(real, "By id") == ["deleted", "absent", "deleted"]
    assert outcomes(real, "By secret") == ["deleted", "absent"]
    assert outcomes(real, "By owner") == ["deleted"] * 6
    for name in names:
        assert rows(preview, name) == rows(real, name)
        for run in (preview, real):
            assert run.of(name).result["changed"] is True
        for part in ("counts", "owners", "listing", "diff", "site", "api_version"):
            assert preview.of(name).result.get(part) == real.of(name).result.get(part)
    assert len(real.of("Read").result["application_keys"]) == len(preview.of("Read").result["application_keys"]) == 11
    assert real.of("Read").result["changed"] is preview.of("Read").result["changed"] is False

    for check in (True, False):
        standin.clear_log()
        again = play(playbook, check=check)
        assert again.rc == 0, again.output
        assert [again.of(name).result["changed"] for name in names] == [False] * 3
        assert set(outcomes(again, "By id") + outcomes(again, "By secret")) == {"absent"}
        assert outcomes(again, "By owner") == []
        assert again.of("By owner").result["owners"][0]["total"] == 0
        assert {sent.method for sent in standin.requests} == {"GET"}
    assert set(organization.keys) == before - victims


def test_a_mixed_list_fails_the_task_and_a_playbook_can_go_on_with_its_rows(standin: StandIn, play: Player) -> None:
    """There, gone, forbidden, there: two deleted, one absent, one failed."""
    keys = standin.organization.keys_of(SECOND_LEAVER)
    standin.latency = 0.2  # all deletes are under way before the first is answered
    standin.faults.add("status", status=403, body="datadog", method="DELETE", key_id=keys[1].id)
    after = {
        "name": "The rows say which",
        "ansible.builtin.assert": {
            "that": [
                "removal is failed",
                "removal is changed",
                "removal.application_keys | map(attribute='outcome') == ['deleted', 'absent', 'failed', 'deleted']",
                f"(removal.application_keys | selectattr('outcome', 'eq', 'failed') | first).id == '{keys[1].id}'",
                "removal.counts.deleted == 2",
                "'org_app_keys_write' in removal.msg",
            ]
        },
    }
    mixed = removal(app_key_id=[keys[0].id, GONE, keys[1].id, keys[2].id])
    run = play([{**mixed, "register": "removal", "ignore_errors": True}, after])
    assert run.rc == 0, run.output
    assert run.of("Remove").status == "failed"
    assert {key.id for key in standin.organization.keys_of(SECOND_LEAVER)} == {key.id for key in [keys[1], *keys[3:]]}

    assert play([mixed]).rc != 0


def test_a_guard_that_trips_fails_the_play_and_the_other_owner_is_carried_out(standin: StandIn, play: Player) -> None:
    run = play([removal(owner=[NEIGHBOUR, SECOND_LEAVER], max_keys=6)])
    assert run.rc != 0
    assert outcomes(run, "Remove") == ["refused"] * 11 + ["deleted"] * 6
    assert "max_keys" in run.of("Remove").result["msg"]
    assert len(standin.organization.keys_of(NEIGHBOUR)) == 11
    assert standin.organization.keys_of(SECOND_LEAVER) == []


def test_warnings_reach_the_user(standin: StandIn, play: Player) -> None:
    run = play(
        [removal(owner=[LEAVER, "platform@example.com"], managed_keys="delete", validate_certs=False)],
        check=True,
        warnings=[
            f"^Service account .* shares {LEAVER}",
            "^Integrations run on application keys that Datadog manages",
            "^Used within the last day",
            "^validate_certs is false",
        ],
    )
    assert run.rc == 0, run.output


def test_a_warning_that_is_not_expected_fails_a_test(play: Player) -> None:
    """The other playbook tests rely on it."""
    with pytest.raises(AssertionError, match=r"unexpected warnings.*validate_certs is false"):
        play([removal(owner=SECOND_LEAVER, validate_certs=False)], check=True)


# Bad input; the unit tests go through all of it, here is what it looks like through Ansible

SECRET = "9b1d" * 10
BAD = {
    "a mistyped site": ({"site": "datadoghq.co", "app_key_id": GONE}, "value of site must be one of: datadoghq.com"),
    "api_url without TLS": ({"api_url": "http://example.com", "app_key_id": GONE}, "api_url must be an https URL"),
    "an empty list": ({"app_key_id": []}, "app_key_id is an empty list"),
    "a blank id": ({"app_key_id": [GONE, ""]}, "app_key_id: item 2 is blank"),
    "key with v2": ({"key": "{{ stray }}"}, "key needs api_version: v1"),
    "app_key_id with v1": ({"api_version": "v1", "app_key_id": GONE}, "app_key_id needs api_version: v2"),
    "both at once": ({"app_key_id": GONE, "key": "{{ stray }}"}, "mutually exclusive"),
    "no selector": ({}, "one of the following is required: app_key_id, key, owner"),
    "no app_key": ({"app_key_id": GONE, "app_key": ""}, "app_key is missing"),
    "a two-letter credential": ({"app_key_id": GONE, "app_key": "xy"}, "app_key has fewer than 16 characters"),
    "v1 on ddog-gov.com": (
        {"api_url": "https://api.ddog-gov.com", "api_version": "v1", "key": "{{ stray }}"},
        "API v1 has no application keys on api.ddog-gov.com",
    ),
    "an id with a newline": ({"app_key_id": GONE + "\n"}, "app_key_id: item 1 is not an application key ID"),
}


def test_bad_input_is_a_clear_sentence_each_and_no_request(standin: StandIn, play: Player) -> None:
    tasks = [{**removal(name, **options), "ignore_errors": True} for name, (options, _sentence) in BAD.items()]
    # Ansible itself shows lines of the playbook around a task that fails, so the secret stands elsewhere.
    run = play(tasks, extra_vars={"stray": SECRET})
    assert run.rc == 0, run.output
    for name, (_options, sentence) in BAD.items():
        assert run.of(name).status == "failed"
        assert sentence in run.of(name).result["msg"], name
        assert "\n" not in run.of(name).result["msg"]
    assert "Traceback" not in run.output
    assert SECRET not in run.output
    assert standin.requests == []


def test_without_requests_the_sentence_names_the_interpreter_and_the_way_out(
    standin: StandIn, play: Player, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    tasks = [
        {**removal(app_key_id=GONE), "ignore_errors": True},
        task("Read", READ, {"app_key_id": GONE}, ignore_errors=True),
    ]
    run = play(tasks, extra_vars={"ansible_python_interpreter": str(bare / "bin/python")})
    for name in ("Remove", "Read"):
        sentence = run.of(name).result["msg"]
        assert run.of(name).status == "failed"
        assert "requests" in sentence
        assert str(bare / "bin/python") in sentence
        assert "ansible_python_interpreter" in sentence
        assert "ansible_playbook_python" in sentence
    assert standin.requests == []


# Credentials and addresses


def test_module_defaults_of_the_group_reach_both_modules(standin: StandIn, play: Player) -> None:
    connection = {"api_url": standin.url, "api_key": API_KEY, "app_key": APP_KEY}
    key = standin.organization.keys_of(SECOND_LEAVER)[0]
    run = play(
        [task("Read", READ, {"app_key_id": key.id}), removal(app_key_id=key.id)],
        play={"module_defaults": {"group/keywarden.datadog.datadog": connection}},
        env=NO_CREDENTIALS,
    )
    assert run.rc == 0, run.output
    assert run.of("Read").result["application_keys"][0]["id"] == key.id
    assert key.id not in standin.organization.keys
    for secret in (API_KEY, APP_KEY):
        assert secret not in run.output


def test_credentials_from_the_environment_of_the_play(standin: StandIn, play: Player) -> None:
    """Both families of names; the stand-in tells which credentials came."""
    names = {"DATADOG_API_KEY": API_KEY, "DATADOG_APP_KEY": APP_KEY, "DATADOG_HOST": standin.url}
    assert play([task("Read", READ, {"app_key_id": GONE})], env={**NO_CREDENTIALS, **names}).rc == 0
    names = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DD_HOST": standin.url}
    nested = task("Read", READ, {"app_key_id": GONE}, environment=names)
    assert play([nested], env=NO_CREDENTIALS).rc == 0
    assert [(one.credentials.api_key, one.credentials.app_key) for one in standin.requests] == [(API_KEY, APP_KEY)] * 2


def test_a_redirect_sends_nothing_to_the_other_server(standin: StandIn, play: Player) -> None:
    with StandIn() as other:
        standin.faults.add("redirect", to=f"{other.url}/api/v2/application_keys/{GONE}")
        run = play([removal(app_key_id=GONE)])
        assert run.rc != 0
        assert outcomes(run, "Remove") == ["failed"]
        assert "redirect" in run.of("Remove").result["msg"]
        assert other.requests == []


# Secrets


def disguises(secret: str) -> set[str]:
    """A secret as it might slip into text."""
    raw = secret.encode()
    # Base64 at each of the three offsets that it may have in a longer text, without the ends that vary.
    encoded = {base64.b64encode(b"x" * offset + raw)[4:-4].decode() for offset in range(3)}
    return {secret, urllib.parse.quote(secret, safe=""), json.dumps(secret)[1:-1], raw.hex(), secret[::-1], *encoded}


def test_no_secret_is_on_the_screen_in_a_result_or_a_diff_even_at_vvvv(standin: StandIn, play: Player) -> None:
    standin.organization.set_flag("include_secret", True)
    bobs = standin.organization.keys_of(SECOND_LEAVER)
    standin.faults.add("drop", key_id=bobs[2].id)
    refused = {"api_url": "http://127.0.0.1:1", "max_retries": 0}
    tasks = [
        task("Read v2", READ, {"app_key_id": bobs[0].id}, register="read"),
        task("Read v1", READ, {"api_version": "v1", "key": ["{{ bobs[0] }}", "{{ stray }}"]}),
        task("Show", "ansible.builtin.debug", {"var": "read"}),
        removal("Remove v1", api_version="v1", key="{{ bobs[0] }}"),
        removal("Remove v2", app_key_id=bobs[1].id),
        {**removal("Lost", api_version="v1", key="{{ bobs[2] }}", max_retries=0), "ignore_errors": True},
        {**removal("Refused connection", api_version="v1", key="{{ bobs[3] }}", **refused), "ignore_errors": True},
        {**removal("A secret for an id", app_key_id="{{ bobs[3] }}"), "ignore_errors": True},
        removal("Credentials as options", app_key_id=GONE, api_key="{{ api_key }}", app_key="{{ app_key }}"),
    ]
    # Ansible itself shows lines of the playbook around a task that fails, so the secrets stand elsewhere.
    secrets = {"bobs": [key.secret for key in bobs], "stray": SECRET, "api_key": API_KEY, "app_key": APP_KEY}
    run = play(tasks, verbosity=4, diff=True, extra_vars=secrets)
    assert run.rc == 0, run.output
    assert bobs[0].id not in standin.organization.keys
    assert run.of("Refused connection").status == "failed"
    told = run.output + json.dumps([one.result for one in run.results])
    for secret in (API_KEY, APP_KEY, SECRET, *(key.secret for key in bobs)):
        for text in disguises(secret):
            assert text not in told, secret
    # Masking leaves the report readable.
    assert bobs[1].id in run.output
    assert "could not be reached" in run.of("Refused connection").result["msg"]
    assert run.of("Remove v1").result["application_keys"][0]["name"] == bobs[0].name


# Documentation


def test_ansible_doc_shows_what_the_artifact_holds(play: Player) -> None:
    program = Path(sys.executable).with_name("ansible-doc")
    for module in (REMOVE, READ):
        done = subprocess.run(
            [program, "--json", module], env=play.environment(), capture_output=True, text=True, check=True, timeout=60
        )
        told = json.loads(done.stdout)[module]
        assert told["doc"]["options"]["app_key"]["aliases"] == ["application_key"]
        assert told["doc"]["options"]["site"]["default"] == "datadoghq.com"
        assert REMOVE in told["examples"] or READ in told["examples"]
        assert "WARNING" not in done.stderr
