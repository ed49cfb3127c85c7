# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebook as Event-Driven Ansible runs it: real events, the real engine, the installed artifact, a stand-in."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import jsonschema
import pytest
import requests
import yaml
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, LEAVER, SECOND_LEAVER, StandIn

CHECKOUT = Path(__file__).resolve().parents[2]
RULEBOOK = CHECKOUT / "extensions/eda/rulebooks/offboard.yml"
TOKEN = "4f1e9c0b7a2d8e6350c1b9f7a4d2e8c6"
PATIENCE = 60


def until(true: Callable[[], Any], what: str, log: Path) -> None:
    """Wait for something. :raises AssertionError: it does not come."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"{what}\n{log.read_text()}"
        time.sleep(0.25)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


class Listener:
    """ansible-rulebook with our rulebook, on a port of its own."""

    def __init__(self, standin: StandIn, folder: Path) -> None:
        if not shutil.which("java"):
            pytest.fail("ansible-rulebook needs Java 17: install a JRE and have `java` in PATH", pytrace=False)
        self.folder = folder
        self.port = free_port()
        self.log = folder / "log"
        rules = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))
        rules[0]["sources"][0]["eda.builtin.webhook"]["port"] = self.port
        (folder / "rulebook.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
        (folder / "inventory").write_text("localhost ansible_connection=local\n", encoding="utf-8")
        environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": os.environ["KEYWARDEN_COLLECTIONS"],
            "DD_API_KEY": API_KEY,
            "DD_APP_KEY": APP_KEY,
            "DD_HOST": standin.url,
            "OFFBOARD_WEBHOOK_TOKEN": TOKEN,
        }
        command = ["ansible-rulebook", "-r", "rulebook.yml", "-i", "inventory", "-E", "OFFBOARD_WEBHOOK_TOKEN"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        until(lambda: listens(self.port), "nobody listens", self.log)

    def post(self, event: Any, token: str = TOKEN) -> int:
        """Send an event; the status of the answer."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.post(f"http://127.0.0.1:{self.port}/", json=event, headers=headers, timeout=10).status_code

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def listener(standin: StandIn, tmp_path: Path) -> Iterator[Listener]:
    """The rulebook, listening."""
    started = Listener(standin, tmp_path)
    yield started
    started.stop()


def test_the_rulebook_keeps_to_the_schema_of_ansible_rulebook() -> None:
    import ansible_rulebook

    schema = Path(str(ansible_rulebook.__file__)).parent / "schema/ruleset_schema.json"
    jsonschema.validate(yaml.safe_load(RULEBOOK.read_text(encoding="utf-8")), json.loads(schema.read_text()))


def test_an_event_removes_that_persons_keys_and_no_other_event_removes_anything(
    standin: StandIn, listener: Listener
) -> None:
    leaver = {"event": "person.left", "email": SECOND_LEAVER, "ticket": "HR-1201"}
    assert listener.post(leaver, token="guessed") == 401
    for refused in (
        {**leaver, "event": "person.joined"},
        {**leaver, "email": f"{SECOND_LEAVER},{LEAVER}"},
        {**leaver, "email": "{{ 'ann' }}@example.com"},
        {**leaver, "email": [SECOND_LEAVER, LEAVER]},
        {**leaver, "ticket": "{{ lookup('ansible.builtin.pipe', 'touch ' ~ lookup('env', 'HOME') ~ '/trap') }}"},
        {"event": "person.left", "email": SECOND_LEAVER},
        {"something": "else"},
    ):
        assert listener.post(refused) == 200
    until(lambda: listener.log.read_text().count("[event]") == 7, "not every refused event was shown", listener.log)
    assert not standin.organization.deleted
    assert not (listener.folder / "trap").exists()

    before = len(standin.organization.keys)
    mine = len(standin.organization.keys_of(SECOND_LEAVER))
    assert listener.post(leaver) == 200
    until(lambda: "PLAY RECAP" in listener.log.read_text(), "no playbook ran", listener.log)
    assert not standin.organization.keys_of(SECOND_LEAVER)
    assert len(standin.organization.keys) == before - mine
    (evidence,) = listener.folder.rglob("*.json")
    assert "HR-1201" in evidence.read_text(encoding="utf-8")
