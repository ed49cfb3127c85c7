# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks as Event-Driven Ansible runs them: real events, the real engine, the installed artifact, a stand-in
for Datadog, and for the controller one on paper that answers over HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import jsonschema
import pytest
import requests
import yaml
from ansible_collections.keywarden.datadog.tests.docs.awx import Controller, Job, RefusedError
from ansible_collections.keywarden.datadog.tests.docs.pages import GUIDES, commands
from ansible_collections.keywarden.datadog.tests.docs.test_awx import TEMPLATE, calls, controller
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, LEAVER, SECOND_LEAVER, StandIn

__all__ = ["calls", "controller"]

CHECKOUT = Path(__file__).resolve().parents[2]
RULEBOOKS = CHECKOUT / "extensions/eda/rulebooks"
PLAYBOOK = RULEBOOKS / "offboard.yml"
JOB_TEMPLATE = RULEBOOKS / "offboard_job_template.yml"
SECRET = "4f1e9c0b7a2d8e6350c1b9f7a4d2e8c6"
CONTROLLER_TOKEN = "a-token-of-the-controller"
LEAVES = {"event": "person.left", "email": SECOND_LEAVER, "ticket": "HR-1201"}
REFUSED = (
    {**LEAVES, "event": "person.joined"},
    {**LEAVES, "email": f"{SECOND_LEAVER},{LEAVER}"},
    {**LEAVES, "email": "{{ 'ann' }}@example.com"},
    {**LEAVES, "email": [SECOND_LEAVER, LEAVER]},
    {**LEAVES, "ticket": "{{ lookup('ansible.builtin.pipe', 'touch ' ~ lookup('env', 'HOME') ~ '/trap') }}"},
    {"event": "person.left", "email": SECOND_LEAVER},
    {"something": "else"},
)
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
    """ansible-rulebook with a rulebook of ours, on a port of its own."""

    def __init__(self, rulebook: Path, folder: Path, environment: dict[str, str], *arguments: str) -> None:
        if not shutil.which("java"):
            pytest.fail("ansible-rulebook needs Java 17: install a JRE and have `java` in PATH", pytrace=False)
        self.folder = folder
        self.port = free_port()
        self.log = folder / "log"
        rules = yaml.safe_load(rulebook.read_text(encoding="utf-8"))
        rules[0]["sources"][0]["eda.builtin.webhook"]["port"] = self.port
        (folder / "rulebook.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
        (folder / "inventory").write_text("localhost ansible_connection=local\n", encoding="utf-8")
        environment = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": os.environ["KEYWARDEN_COLLECTIONS"],
            "OFFBOARD_WEBHOOK_SECRET": SECRET,
            **environment,
        }
        given = ["-i", "inventory", "-E", "OFFBOARD_WEBHOOK_SECRET", *arguments]
        command = ["ansible-rulebook", "-r", "rulebook.yml", *given]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        until(lambda: listens(self.port) or self.process.poll() is not None, "nobody listens", self.log)
        assert self.process.poll() is None, self.log.read_text()

    def post(self, event: Any, secret: str = SECRET, signature: str | None = None) -> int:
        """Send an event; the status of the answer."""
        body = json.dumps(event).encode()
        signed = signature or f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signed}
        return requests.post(f"http://127.0.0.1:{self.port}/", data=body, headers=headers, timeout=10).status_code

    def unsigned(self, event: Any) -> int:
        """Send an event without a signature; the status of the answer."""
        return requests.post(f"http://127.0.0.1:{self.port}/", json=event, timeout=10).status_code

    def refuse_all(self) -> None:
        """Send what nobody may act on, and wait until all of it was shown."""
        assert self.post(LEAVES, secret="guessed") == 401
        assert self.post(LEAVES, signature=f"sha256={'0' * 64}") == 401
        assert self.unsigned(LEAVES) == 400
        for event in REFUSED:
            assert self.post(event) == 200
        shown = len(REFUSED)
        until(lambda: self.log.read_text().count("[event]") == shown, "not every refused event was shown", self.log)

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
    """The rulebook that runs the playbook, listening."""
    credentials = {"DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY, "DD_HOST": standin.url}
    started = Listener(PLAYBOOK, tmp_path, credentials)
    yield started
    started.stop()


class Served:
    """The controller on paper, over HTTP, as far as a rulebook asks it. `jobs` are those that it started."""

    def __init__(self, controller: Controller) -> None:
        self.jobs: list[Job] = []
        self.refusals: list[str] = []
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def answer(self, status: int, body: Any) -> None:
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self) -> None:
                if self.headers["Authorization"] != f"Bearer {CONTROLLER_TOKEN}":
                    self.answer(401, {})
                elif self.path.startswith("/api/v2/unified_job_templates/"):
                    self.answer(200, {"results": [served.template(controller)]})
                elif self.path.startswith("/api/v2/jobs/"):
                    finished = [{"id": number, "status": "successful"} for number, _job in enumerate(served.jobs, 1)]
                    self.answer(200, {"results": finished})
                else:
                    self.answer(200, {"version": "24.6.1"})

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                try:
                    served.jobs.append(controller.launch(TEMPLATE, sent.pop("extra_vars"), **sent))
                except RefusedError as refusal:
                    served.refusals.append(str(refusal))
                    self.answer(400, {"variables_needed_to_start": [str(refusal)]})
                else:
                    self.answer(201, {"id": len(served.jobs), "url": f"/api/v2/jobs/{len(served.jobs)}/"})

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def template(controller: Controller) -> dict[str, Any]:
        """The guide's job template as the API tells it."""
        options = controller.get("job_template", TEMPLATE)
        asks = {f"ask_{name}_on_launch": False for name in ("limit", "labels", "inventory", "variables")}
        return {
            "id": 1,
            "type": "job_template",
            "name": TEMPLATE,
            "summary_fields": {"organization": {"name": options["organization"]}},
            "related": {"launch": "/api/v2/job_templates/1/launch/"},
            **asks,
            **{name: value for name, value in options.items() if name in asks},
        }


@pytest.fixture
def served(controller: Controller) -> Iterator[Served]:
    """The guide's controller, served."""
    made = Served(controller)
    yield made
    made.server.shutdown()


@pytest.fixture
def launcher(served: Served, tmp_path: Path) -> Iterator[Listener]:
    """The rulebook that launches the job template, listening."""
    started = Listener(
        JOB_TEMPLATE, tmp_path, {}, "--controller-url", served.url, "--controller-token", CONTROLLER_TOKEN
    )
    yield started
    started.stop()


@pytest.mark.parametrize("rulebook", sorted(RULEBOOKS.glob("*.yml")), ids=lambda file: file.stem)
def test_the_rulebook_keeps_to_the_schema_of_ansible_rulebook(rulebook: Path) -> None:
    import ansible_rulebook

    schema = Path(str(ansible_rulebook.__file__)).parent / "schema/ruleset_schema.json"
    jsonschema.validate(yaml.safe_load(rulebook.read_text(encoding="utf-8")), json.loads(schema.read_text()))


def test_an_event_removes_that_persons_keys_and_no_other_event_removes_anything(
    standin: StandIn, listener: Listener
) -> None:
    listener.refuse_all()
    assert not standin.organization.deleted
    assert not (listener.folder / "trap").exists()

    before = len(standin.organization.keys)
    mine = len(standin.organization.keys_of(SECOND_LEAVER))
    assert listener.post(LEAVES) == 200
    until(lambda: "PLAY RECAP" in listener.log.read_text(), "no playbook ran", listener.log)
    assert not standin.organization.keys_of(SECOND_LEAVER)
    assert len(standin.organization.keys) == before - mine
    written = "".join(file.read_text(encoding="utf-8") for file in listener.folder.rglob("*.json"))
    assert "HR-1201" in written


def test_the_guides_commands_sign_an_event_that_is_accepted(standin: StandIn, listener: Listener) -> None:
    if not (shutil.which("curl") and shutil.which("openssl")):
        pytest.skip("the guide signs with openssl and sends with curl")
    wanted = ("body=", "signature=", "curl ")
    typed = [command for command in commands(GUIDES / "guide_events.rst") if command.startswith(wanted)]
    assert len(typed) == len(wanted)
    script = "\n".join(typed).replace(":5000/", f":{listener.port}/").replace("curl ", "curl --fail --silent ")
    environment = {"PATH": os.environ["PATH"], "OFFBOARD_WEBHOOK_SECRET": SECRET}
    subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=environment, check=True)
    until(lambda: "PLAY RECAP" in listener.log.read_text(), "no playbook ran", listener.log)
    assert not standin.organization.keys_of(LEAVER)


def test_an_event_launches_the_guides_job_template_for_that_person_in_every_organization(
    served: Served, launcher: Listener
) -> None:
    launcher.refuse_all()
    assert not served.jobs
    assert launcher.post(LEAVES) == 200
    until(lambda: served.jobs or served.refusals, "nothing was launched", launcher.log)
    assert not served.refusals
    (job,) = served.jobs
    assert (job.variables["leavers"], job.variables["ticket"]) == (SECOND_LEAVER, "HR-1201")
    assert (job.job_type, job.limit) == ("run", "datadog_organizations")
    assert job.variables["offboard_max_keys"] == 200
    assert set(job.ignored) <= {"ansible_eda"}
