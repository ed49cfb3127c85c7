# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in real playbooks on the installed artifact: the screen at -vvvv, results, syslog, logs, files, evidence.

Syslog is watched where Python hands a message to the system: the module's own process gets a `syslog` that writes
down what it is called with, because a test can rely on no daemon.
"""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player, Run, stale_files
from ansible_collections.keywarden.datadog.tests.standin import LEAVER, StandIn

from .secrets import traces
from .test_secrets import AWKWARD, V1_SECRET, awkward_world
from .world import GONE_SECRET, World

WATCH = """
import os, syslog
def told(*arguments):
    with open(os.environ["SYSLOG_FILE"], "a", encoding="utf-8", errors="surrogateescape") as file:
        print(arguments[-1], file=file)
syslog.syslog = told
"""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """These tests are about the artifact of this checkout."""
    if stale_files():
        pytest.fail("the installed artifact is not what is in the checkout: run `make install`", pytrace=False)


@pytest.fixture
def made(standin: StandIn) -> World:
    """The awkward organization, as the stand-in's."""
    return awkward_world(standin)


class Watched:
    """Runs playbooks as loudly as Ansible can, and gathers all that they leave behind."""

    def __init__(self, play: Player, folder: Path) -> None:
        self._play = play
        self.home = play.home
        self._syslog = folder / "syslog.txt"
        self._log = self.home / "ansible.log"
        self.evidence = self.home / "evidence"
        watch = folder / "watch"
        watch.mkdir()
        (watch / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
        self._env = {
            "PYTHONPATH": str(watch),
            "SYSLOG_FILE": str(self._syslog),
            "ANSIBLE_LOG_PATH": str(self._log),
            "DD_API_KEY": None,
            "DD_APP_KEY": None,
        }

    def __call__(self, playbook: Any, env: dict[str, str] | None = None, **options: Any) -> Run:
        return self._play(playbook, diff=True, verbosity=4, env={**self._env, **(env or {})}, **options)

    @property
    def logged(self) -> str:
        """What went to syslog."""
        return self._syslog.read_text(encoding="utf-8", errors="replace") if self._syslog.exists() else ""

    def left(self) -> dict[str, str]:
        """Every place that somebody could look at, and what stands there."""
        # The watcher of an asynchronous task takes its files away some seconds after the play has gone on.
        deadline = time.monotonic() + 30
        while any(self.home.glob(".ansible/tmp/ansible-tmp-*")) and time.monotonic() < deadline:
            time.sleep(0.2)
        files = [file for file in self.home.rglob("*") if file.is_file()]
        return {"syslog": self.logged, **{str(file): file.read_text("utf-8", "replace") for file in files}}


@pytest.fixture
def watched(play: Player, tmp_path: Path) -> Watched:
    """A way to run playbooks and look at what they leave."""
    return Watched(play, tmp_path)


def assert_untold(watched: Watched, run: Run, made: World) -> None:
    """No trace of any secret anywhere."""
    secrets = {*AWKWARD.values(), V1_SECRET, GONE_SECRET, *(key.secret for key in made.targets)}
    screen = {"stdout": run.stdout, "stderr": run.stderr, "results": str([one.result for one in run.results])}
    for place, text in {**screen, **watched.left()}.items():
        assert not traces(text, secrets), f"{place}: {text[:5000]}"
    assert "Invoked with" in watched.logged, "nothing went to syslog, so it was not watched"


def module(name: str, task: str = "", **options: Any) -> dict[str, Any]:
    """A task that may fail."""
    return {"name": task or name, f"keywarden.datadog.{name}": options, "ignore_errors": True}


def tasks(made: World, closed_port: int) -> list[dict[str, Any]]:
    """Everything that a task can do with secrets, successes and failures.

    All but two things that happen before or after the module: Ansible prints the items of a loop, so `key` takes a
    list; and it logs an `app_key_id` to syslog before anyone can see that it is no id but a key.
    """
    keys = "{{ keys }}"
    return [
        module("datadog_app_key_info", "Read v2", app_key_id=[key.id for key in made.targets]),
        module("datadog_app_key_info", "Read v1", api_version="v1", key=keys),
        module("datadog_app_key_info", "List"),
        module(
            "datadog_app_key",
            "Unreachable",
            state="absent",
            api_version="v1",
            key=keys,
            api_url=f"http://127.0.0.1:{closed_port}",
            max_retries=0,
        ),
        {
            **module("datadog_app_key", "Preview", state="absent", api_version="v1", key=keys),
            "check_mode": True,
            "register": "preview",
        },
        {"name": "Print", "ansible.builtin.debug": {"var": "preview"}},
        {
            **module("datadog_app_key", "Asynchronous", state="absent", api_version="v1", key="{{ keys[0] }}"),
            "async": 60,
            "poll": 1,
        },
        module("datadog_app_key", "Remove", state="absent", owner=LEAVER),
    ]


@pytest.mark.parametrize("source", ["module_defaults", pytest.param("environment", marks=pytest.mark.full)])
@pytest.mark.parametrize("no_log", [False, pytest.param(True, marks=pytest.mark.full)])
def test_nothing_that_a_playbook_leaves_behind_holds_a_secret(
    watched: Watched, made: World, standin: StandIn, no_log: bool, source: str
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        todo = tasks(made, closed.getsockname()[1])
        for task in todo:
            task["no_log"] = no_log
        # The server tells back what it was sent, once, in the middle.
        said = {"errors": [f"Forbidden for {AWKWARD['app_key']!r} and {V1_SECRET}"]}
        standin.faults.add("json", path=r"application_keys\?.*page%5Bsize%5D=100", times=1, status=403, body=said)
        defaults = {"group/keywarden.datadog.datadog": {name: f"{{{{ {name} }}}}" for name in AWKWARD}}
        environment = {f"DATADOG_{name.upper()}": value for name, value in AWKWARD.items()}
        run = watched(
            todo,
            env=environment if source == "environment" else None,
            play={"module_defaults": defaults} if source == "module_defaults" else {},
            extra_vars={
                **AWKWARD,
                "keys": [V1_SECRET, GONE_SECRET],
                "ansible_async_dir": str(watched.home / ".ansible_async"),
            },
            warnings=["shares " + LEAVER],
        )
    assert run.rc == 0, run.output
    assert not standin.organization.keys_of(LEAVER)
    assert_untold(watched, run, made)
    if not no_log:
        assert_readable(run, made)


def assert_readable(run: Run, made: World) -> None:
    """Ids, names and messages stand there in full."""
    read = run.of("Read v2").result["application_keys"]
    assert [(row["id"], row["name"]) for row in read] == [(key.id, key.name) for key in made.targets]
    assert [row["name"] for row in run.of("Read v1").result["application_keys"]] == [made.targets[0].name]
    assert "answered 403 (Forbidden for" in run.of("List").result["msg"]
    assert "connection was refused" in run.of("Unreachable").result["msg"]
    for key in made.targets[1:]:
        assert key.id in run.stdout
        assert key.name in run.stdout


@pytest.mark.parametrize(
    "troubled",
    [pytest.param(False, id="all well", marks=pytest.mark.full), pytest.param(True, id="server tells secrets back")],
)
def test_the_evidence_and_the_run_of_the_role_hold_no_secret(
    watched: Watched, made: World, standin: StandIn, troubled: bool
) -> None:
    if troubled:
        said = {"errors": [f"Forbidden for {AWKWARD['app_key']!r} and {AWKWARD['api_key']}"]}
        standin.faults.add("json", endpoint="v2.key.delete", status=403, body=said)
    secrets = {f"offboard_{name}": secret for name, secret in AWKWARD.items()}
    hosts = {"example": {"offboard_api_url": standin.url, **secrets}}
    inventory = watched.home.parent / "organizations.json"
    inventory.write_text(json.dumps({"datadog_organizations": {"hosts": hosts}}), encoding="utf-8")
    watched.evidence.mkdir()
    run = watched(
        "keywarden.datadog.offboard",
        extra_vars={
            "leavers": [{"email": LEAVER, "ticket": "OFF-1"}, "nobody@example.com"],
            "offboard_missing_account": "report",
            "offboard_report_dir": str(watched.evidence),
        },
        arguments=["-i", str(inventory)],
        warnings=["shares " + LEAVER],
    )
    assert (run.rc != 0) is troubled, run.output
    files = {file.suffix: file.read_text("utf-8") for file in watched.evidence.rglob("*.*") if file.is_file()}
    assert {".json", ".csv", ".html"} <= set(files)
    assert_untold(watched, run, made)
    for key in made.targets:
        assert key.id in files[".json"]
        assert key.id in files[".csv"]
    for form in (".json", ".csv", ".html"):
        assert LEAVER in files[form]
