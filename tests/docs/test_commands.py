# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of README and guides: each has a test that runs it, or a reason why none can; the last ones run here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.keywarden.datadog.tests.docs.awx import install_recorder
from ansible_collections.keywarden.datadog.tests.docs.organization import documented
from ansible_collections.keywarden.datadog.tests.docs.pages import CHECKOUT, GUIDES, blocks, commands, guide_pages
from ansible_collections.keywarden.datadog.tests.docs.test_awx import VAULT
from ansible_collections.keywarden.datadog.tests.docs.test_playbooks import redirected_inventory
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player
from ansible_collections.keywarden.datadog.tests.standin import StandIn

ROLE_README = CHECKOUT / "roles/offboard/README.md"
AWX, EVENTS, OFFBOARDING = (GUIDES / f"guide_{name}.rst" for name in ("awx", "events", "offboarding"))
PASSWORD = "correct horse battery staple"

# What runs a command, by its beginning.
RUN = {
    "ansible-playbook controller.yml": "here",
    "ansible-playbook remove-stale.yml": "test_review.py",
    "ansible-playbook find-stale.yml": "test_review.py",
    "ansible-playbook ": "test_playbooks.py",
    "ansible localhost ": "here",
    "sha256sum ": "here",
    'echo "offboarding@example.com ': "here",
    "ssh-keygen ": "here",
    "cd ~/offboard-evidence/": "here",
    "source tests/standin/activate": "test_by_hand.py",
    "ansible-builder build ": "test_execution_environment.py",
    "ansible-rulebook ": "tests/eda",
    "echo 'localhost ansible_connection=local' > inventory": "tests/eda",
    "body=": "tests/eda",
    "signature=": "tests/eda",
    "curl ": "tests/eda",
    "make demo": "make ci",
    "make install": "make test",
    "make test ": "make test",
}
# What no test can run, and why.
NOT_RUN = {
    "ansible-galaxy collection install ": "it needs Galaxy, or is of a release that does not exist yet",
    "python3 -m pip install ": "the environments of the tests come from their own requirements",
    "export ": "it sets what the tests set themselves",
    "podman push ": "it needs a registry",
    "sudo ": "it needs root, and users of an execution node",
}


def test_every_command_of_a_page_runs_in_a_test_or_has_a_reason() -> None:
    known = (*RUN, *NOT_RUN)
    typed = {command: page.name for page in guide_pages() for command in commands(page)}
    homeless = [f"{page}: {command}" for command, page in typed.items() if not command.startswith(known)]
    assert homeless == []
    assert [start for start in known if not any(command.startswith(start) for command in typed)] == []


def shell(play: Player, script: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """What bash makes of the script, in the play's folder; `given` is typed."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=play.folder,
        env=play.environment(),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="the guide signs with OpenSSH")
def test_an_auditor_checks_and_verifies_a_run_as_the_guide_says(standin: StandIn, play: Player) -> None:
    key = play.folder / "signing-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
    given = ["-e", "leavers=bob@example.com", "-e", f"offboard_sign_with={key}"]
    run = play("keywarden.datadog.offboard", arguments=given)
    assert run.rc == 0, run.output
    (home,) = (play.home / "offboard-evidence").glob("offboard-*")
    shutil.copy(key.with_suffix(".pub"), home)
    wanted = ("cd ~/offboard-evidence/", "sha256sum ", "echo ", "ssh-keygen ")
    typed = [command for command in commands(OFFBOARDING) if command.startswith(wanted)]
    assert len(typed) == len(wanted)
    script = re.sub(r"offboard-\d{8}T\d{6}Z-\w+", home.name, "\n".join(typed))
    done = shell(play, script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'Good "keywarden.datadog" signature' in done.stdout
    report = home / f"{home.name}.json"
    report.chmod(0o600)
    report.write_text(report.read_text(encoding="utf-8").replace("bob@", "ann@"), encoding="utf-8")
    assert shell(play, script).returncode != 0
    assert shell(play, script.replace(next(one for one in typed if one.startswith("sha256sum")), "")).returncode != 0


def test_a_plan_is_approved_and_carried_out_as_the_guide_says(standin: StandIn, play: Player) -> None:
    organization = documented()
    standin.reset(organization)
    (text,) = [block.text for block in blocks(OFFBOARDING) if block.file == "organizations.yml"]
    (play.folder / "organizations.yml").write_text(text, encoding="utf-8")
    redirected_inventory(play.folder / "organizations.yml", standin)
    typed = [command for command in commands(OFFBOARDING) if "-i organizations.yml" in command]
    (real,) = [command for command in typed if "offboard_plan=" in command]
    (plan,) = [command for command in typed if command.endswith("--check")]
    environment = "export EUROPE_API_KEY=$DD_API_KEY EUROPE_APP_KEY=$DD_APP_KEY\n"
    done = shell(play, environment + plan)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not organization.deleted
    planned = {key.id for key in organization.keys_of("frank@example.com")}
    (made,) = (play.home / "offboard-evidence").glob("offboard-plan-*/offboard-plan-*.json")
    organization.add_key("ann@example.com", name="of somebody else")
    done = shell(play, environment + re.sub(r"/path/to/\S+\.json", str(made), real))
    assert done.returncode == 0, done.stdout + done.stderr
    assert {key.id for key in organization.deleted} == planned != set()


def test_the_command_of_the_role_closes_an_interrupted_run(standin: StandIn, play: Player) -> None:
    started = {"state": "started", "leavers": ["bob@example.com"], "organizations": ["localhost"]}
    run = play([{"name": "Start", "keywarden.datadog.offboard_report": started}])
    assert run.rc == 0, run.output
    report = Path(run.of("Start").result["report"])
    assert json.loads(report.read_text(encoding="utf-8"))["state"] == "running"
    (typed,) = [command for command in commands(ROLE_README) if command.startswith("ansible localhost ")]
    done = shell(play, re.sub(r"/path/to/\S+\.json", str(report), typed))
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads(report.read_text(encoding="utf-8"))
    assert facts["state"] != "running"
    assert [row["status"] for row in facts["leavers"]] == ["not recorded"]
    assert not standin.requests


def test_the_vault_of_the_guide_opens_when_its_password_is_typed(play: Player) -> None:
    install_recorder(play.folder / "collections")
    (text,) = [block.text for block in blocks(AWX) if block.file == "controller.yml"]
    (play.folder / "controller.yml").write_text(text, encoding="utf-8")
    (play.folder / "password").write_text(PASSWORD, encoding="utf-8")
    (play.folder / "vault.yml").write_text(json.dumps(VAULT), encoding="utf-8")
    vault = Path(sys.executable).with_name("ansible-vault")
    encrypt = [vault, "encrypt", "--vault-password-file", "password", "vault.yml"]
    subprocess.run(encrypt, cwd=play.folder, env=play.environment(), check=True, capture_output=True)
    assert not any(secret in (play.folder / "vault.yml").read_text(encoding="utf-8") for secret in VAULT.values())
    (typed,) = [command for command in commands(AWX) if command.startswith("ansible-playbook ")]
    where = f"export ANSIBLE_COLLECTIONS_PATH={play.folder / 'collections'} AWX_RECORD={play.folder / 'record'}\n"
    done = shell(play, where + typed, given=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stdout + done.stderr
    record = (play.folder / "record").read_text(encoding="utf-8")
    assert all(secret in record for secret in VAULT.values())
