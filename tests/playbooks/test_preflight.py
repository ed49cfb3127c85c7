# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `keywarden.datadog.preflight`: one table, and red unless offboard has everything that it needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player, Run
from ansible_collections.keywarden.datadog.tests.standin import (
    API_KEY,
    APP_KEY,
    NO_PERMISSION_APP_KEY,
    NO_USERS_APP_KEY,
    PLAIN_USER_APP_KEY,
    READ_ONLY_APP_KEY,
    SCOPED_APP_KEY,
    SERVICE_TOKEN,
    WRITE_ONLY_APP_KEY,
    Organization,
    StandIn,
)

PREFLIGHT = "keywarden.datadog.preflight"
SHOW, SUM = "Show what they may do", "Make sure that offboard has everything that it needs"
NEEDED = ("keys", "remove", "users", "tokens", "revoke")


@pytest.fixture
def other() -> Iterator[StandIn]:
    """Another organization at another site."""
    with StandIn(Organization.empty()) as server:
        yield server


def host(server: StandIn, app_key: str = APP_KEY, **more: Any) -> dict[str, Any]:
    """The variables of an organization."""
    return {"offboard_api_url": server.url, "offboard_api_key": API_KEY, "offboard_app_key": app_key, **more}


def preflight(play: Player, hosts: dict[str, dict[str, Any]], **options: Any) -> Run:
    """Run the playbook for these organizations, with nothing in the environment."""
    inventory = Path(play.folder) / "organizations.json"
    inventory.write_text(json.dumps({"datadog_organizations": {"hosts": hosts}}), encoding="utf-8")
    nothing = dict.fromkeys(("DD_API_KEY", "DD_APP_KEY", "DD_HOST"))
    arguments = ("-i", str(inventory), *options.pop("arguments", ()))
    return play(PREFLIGHT, arguments=arguments, env={**nothing, **options.pop("env", {})}, **options)


def table(run: Run) -> dict[str, dict[str, str]]:
    """The cells by organization and column."""
    lines: list[str] = run.of(SHOW).result["msg"]
    assert all(len(line) <= 108 for line in lines), lines
    printed = [line for line in run.stdout.splitlines() if line.startswith("        ")]
    assert set(map(str.strip, printed)) >= {json.dumps(line) + "," for line in lines[:-1]}
    assert all(len(line) <= 120 for line in printed), run.stdout
    heads = [
        "organization",
        "keys",
        "remove",
        "users",
        "tokens",
        "revoke",
        "service",
        "API keys",
        "OAuth",
        "uses",
        "v1",
    ]
    starts = [lines[0].index(head) for head in heads]
    rows = lines[1 : lines.index("")]
    cut = [[row[start:end].strip() for start, end in zip(starts, [*starts[1:], None])] for row in rows]
    return {cells[0]: dict(zip(heads[1:], cells[1:])) for cells in cut}


def text(run: Run) -> str:
    """All that the table says, on one line."""
    return " ".join(" ".join(run.of(SHOW).result["msg"]).split())


def test_the_one_organization_of_the_environment(standin: StandIn, play: Player) -> None:
    run = play(PREFLIGHT)
    assert run.rc == 0, run.output
    (cells,) = table(run).values()
    assert set(cells.values()) == {"yes"}
    assert "Example" in text(run)
    assert "offboarding-automation@example.com (a service account)" in text(run)
    assert {one.method for one in standin.requests} == {"GET"}


def test_several_organizations_with_different_credentials(standin: StandIn, other: StandIn, play: Player) -> None:
    hosts = {
        "production": host(standin, offboard_organization="Production, in the first data centre of all"),
        "token": host(other, SERVICE_TOKEN),
        "audit": host(standin, READ_ONLY_APP_KEY),
        "scoped": host(standin, SCOPED_APP_KEY),
        "no users": host(standin, NO_USERS_APP_KEY),
        "write only": host(standin, WRITE_ONLY_APP_KEY),
        "own tokens only": host(standin, PLAIN_USER_APP_KEY),
        "nothing": host(standin, NO_PERMISSION_APP_KEY),
        "wrong": host(standin, "f" * 40),
    }
    run = preflight(play, hosts)
    assert run.rc != 0
    rows = table(run)
    assert {name: [cells[head] for head in NEEDED] for name, cells in rows.items()} == {
        "Production, in the first ..": ["yes"] * 5,
        "token": ["yes"] * 5,
        "audit": ["yes", "no", "yes", "yes", "no"],
        "scoped": ["yes", "no", "yes", "yes", "no"],
        "no users": ["yes", "?", "no", "yes", "?"],
        "write only": ["no", "?", "yes", "no", "no"],
        "own tokens only": ["no", "?", "no", "no", "no"],
        "nothing": ["no", "?", "no", "no", "no"],
        "wrong": ["?"] * 5,
    }
    said = " ".join(run.of(SUM).result["msg"])
    assert "Production" not in said
    assert "token:" not in said
    assert "audit: org_app_keys_write (no), access_tokens_revoke (no)." in said
    assert "no users: org_app_keys_write (cannot tell), user_access_read (no)" in said
    assert "wrong: nothing could be determined." in said
    assert "are not scoped to it" in text(run)
    assert "api_key and app_key are not accepted there" in text(run)
    for server in (standin, other):
        assert {one.method for one in server.requests} == {"GET"}


def test_what_only_makes_the_report_complete_does_not_fail_it(standin: StandIn, play: Player) -> None:
    operator = standin.organization.find_user("offboarding-automation@example.com")
    operator.permissions = ["org_app_keys_read", "org_app_keys_write", "user_access_read"]
    standin.organization.set_flag("oauth", "absent")
    run = play(PREFLIGHT)
    assert run.rc == 0, run.output
    (cells,) = table(run).values()
    assert [cells[head] for head in NEEDED] == ["yes"] * 5
    assert [cells[head] for head in ("service", "API keys", "OAuth", "uses")] == ["no"] * 4
    for reason in ("It needs api_keys_read", "This site or organization does not have it", "audit_logs_read"):
        assert reason in text(run)


def test_without_access_tokens_to_remove_none_have_to_be_seen(standin: StandIn, play: Player) -> None:
    standin.faults.add("status", endpoint="v2.tokens.list", status=403)
    assert play(PREFLIGHT).rc != 0
    run = play(PREFLIGHT, extra_vars={"offboard_credentials": ["application_keys"]})
    assert run.rc == 0, run.output


def test_a_host_never_takes_the_credentials_of_the_environment(standin: StandIn, other: StandIn, play: Player) -> None:
    environment = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DD_HOST": standin.url}
    run = preflight(play, {"one": host(other), "two": {"offboard_api_url": other.url}}, env=environment)
    assert run.rc != 0
    assert [cells["keys"] for cells in table(run).values()] == ["yes", "?"]
    assert "It has no offboard_app_key" in text(run)
    run = preflight(play, {"alone": {}}, env=environment)
    assert run.rc != 0
    assert standin.requests == []


def test_a_key_of_a_host_is_never_mixed_with_one_of_the_environment(standin: StandIn, play: Player) -> None:
    """As offboard, which refuses it."""
    run = play(PREFLIGHT, extra_vars={"offboard_api_key": API_KEY})
    assert run.rc != 0
    assert standin.requests == []


def test_it_looks_from_where_offboard_would_run(standin: StandIn, play: Player, tmp_path: Path) -> None:
    """An ordinary host for SSH, here one that nobody answers for: the controller must not look in its place."""
    inventory = tmp_path / "gateway.json"
    gateway = {"gone": {"ansible_host": "127.0.0.1", "ansible_port": 9}}
    inventory.write_text(json.dumps({"all": {"hosts": gateway}}))
    run = play(PREFLIGHT, extra_vars={"offboard_run_on": "gone"}, arguments=("-i", str(inventory)))
    assert run.rc != 0
    assert standin.requests == []
    mine = {"hosts": {"one": host(standin)}, "vars": {"offboard_run_on": "gone"}}
    inventory.write_text(json.dumps({"datadog_organizations": mine, "all": {"hosts": gateway}}))
    run = play(PREFLIGHT, arguments=("-i", str(inventory)))
    assert run.rc != 0
    assert standin.requests == []


def test_a_limit_leaves_the_others_alone(standin: StandIn, other: StandIn, play: Player) -> None:
    run = preflight(play, {"one": host(standin), "two": host(other, "f" * 40)}, arguments=("--limit", "one"))
    assert run.rc == 0, run.output
    assert list(table(run)) == ["one"]
    assert other.requests == []
    run = preflight(play, {"one": host(standin)}, arguments=("-i", "web,", "--limit", "web"))
    assert run.rc != 0
    assert "excludes all of its hosts" in run.output


def test_an_organization_that_cannot_be_reached_does_not_hide_the_others(standin: StandIn, play: Player) -> None:
    hosts = {"here": host(standin), "away": {**host(standin), "offboard_api_url": "http://127.0.0.1:9"}}
    run = preflight(play, hosts)
    assert run.rc != 0
    rows = table(run)
    assert set(rows["here"].values()) == {"yes"}
    assert set(rows["away"].values()) == {"?"}
    assert "could not be reached" in text(run)


def test_no_secret_is_shown_at_any_verbosity(standin: StandIn, other: StandIn, play: Player) -> None:
    secrets = (API_KEY, APP_KEY, READ_ONLY_APP_KEY, SERVICE_TOKEN)
    hosts = {"one": host(standin, READ_ONLY_APP_KEY), "two": host(other), "three": host(standin, SERVICE_TOKEN)}
    run = preflight(play, hosts, verbosity=4)
    assert not [secret for secret in secrets if secret in run.output]
    assert not [secret for secret in secrets if secret in json.dumps([one.result for one in run.results])]
