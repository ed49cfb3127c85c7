# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves for others: a signature, an index over all runs, and what remains for a person to decide."""

from __future__ import annotations

import csv
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.playbooks.offboarding import ANN, Offboard
from ansible_collections.keywarden.datadog.tests.standin import LEAVER, SECOND_LEAVER, StandIn
from ansible_collections.keywarden.datadog.tests.standin.builders import operator_id

BOB = SECOND_LEAVER
needs_openssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed here")


def new_key(folder: Path, passphrase: str = "") -> Path:
    key = folder / "signing-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", key], check=True)
    return key


@needs_openssh
@pytest.mark.parametrize("check", [True, False], ids=["plan", "real"])
def test_a_signed_run_verifies_as_the_guide_says(
    standin: StandIn, offboard: Offboard, tmp_path: Path, check: bool
) -> None:
    key = new_key(tmp_path)
    run = offboard(BOB, check=check, extra_vars={"offboard_sign_with": str(key)})
    assert run.rc == 0, run.output
    assert bool(standin.organization.keys_of(BOB)) == check
    report = offboard.file("json")
    public = key.with_suffix(".pub").read_text()
    (tmp_path / "allowed_signers").write_text(f"offboarding@example.com {public}")
    verify = ["ssh-keygen", "-Y", "verify", "-f", tmp_path / "allowed_signers", "-I", "offboarding@example.com"]
    verify += ["-n", "keywarden.datadog", "-s", f"{report}.sig"]
    content = report.read_bytes()
    assert subprocess.run(verify, input=content, check=False, capture_output=True).returncode == 0
    assert subprocess.run(verify, input=content + b" ", check=False, capture_output=True).returncode != 0


@needs_openssh
def test_a_key_that_cannot_sign_stops_the_run_before_it_removes(
    standin: StandIn, offboard: Offboard, tmp_path: Path
) -> None:
    before = set(standin.organization.keys)
    run = offboard(BOB, extra_vars={"offboard_sign_with": str(new_key(tmp_path, "correct horse"))})
    assert run.rc != 0
    assert "has a passphrase" in run.output
    assert set(standin.organization.keys) == before
    assert not standin.requests
    assert not offboard.runs()


def index(offboard: Offboard) -> list[dict[str, str]]:
    return list(csv.DictReader((offboard.directory / "index.csv").read_text("utf-8-sig").splitlines()))


def test_the_index_shows_the_latest_state_of_each_leaver(standin: StandIn, offboard: Offboard) -> None:
    offboard(BOB, check=True)
    (row,) = index(offboard)
    assert (row["leaver"], row["status"], row["mode"]) == (BOB, "to remove", "plan")
    offboard([{"email": BOB, "left_at": "2026-01-01", "ticket": "HR-7"}])
    assert not standin.organization.keys_of(BOB)
    (row,) = index(offboard)
    assert (row["status"], row["mode"], row["ticket"]) == ("removed", "real", "HR-7")
    assert float(row["hours_to_removal"]) > 0
    assert (offboard.directory / row["file"]).is_file()
    assert row["file"] in (offboard.directory / "index.html").read_text()


def remains(offboard: Offboard) -> dict[str, Any]:
    (row,) = offboard.only()["leavers"]
    found: dict[str, Any] = row["remains"]
    return found


def test_what_remains_is_told_and_turns_no_run_red(standin: StandIn, offboard: Offboard) -> None:
    run = offboard(LEAVER, warnings=ANN)
    assert run.rc == 0, run.output
    told = remains(offboard)
    assert told["active"] is True
    assert told["counts"]["application_keys"] == told["counts"]["access_tokens"] == 0
    assert {seen["status"] for seen in told["seen"].values()} == {"complete"}
    screen = " ".join(run.output.split())
    assert f"{LEAVER} in Datadog, what remains: The account is still active" in screen
    assert "shares the e-mail" in screen
    page = offboard.file("html").read_text()
    assert "The account is still active and can create new credentials" in page
    organization = standin.organization
    created = [key for key in organization.surroundings.api_keys.values() if key.created_by == ann(standin)]
    assert told["counts"]["api_keys_created"] == len(created) > 0


def ann(standin: StandIn) -> str:
    return standin.organization.find_user(LEAVER).id


def test_what_could_not_be_seen_is_named_and_never_looks_empty(standin: StandIn, offboard: Offboard) -> None:
    standin.organization.users[operator_id()].permissions.remove("api_keys_read")
    standin.organization.set_flag("oauth", "absent")
    run = offboard(LEAVER, warnings=ANN)
    assert run.rc == 0, run.output
    told = remains(offboard)
    assert told["counts"]["api_keys_created"] is None
    assert told["counts"]["oauth_grants"] is None
    # A sentence goes on in the next line, which is an item of its own.
    screen = " ".join(run.output.split()).replace('", " ', " ")
    assert "Not seen: API keys, not permitted." in screen
    assert "api_keys_read" in screen
    assert "Not seen: OAuth apps, not available." in screen


def test_a_disabled_account_without_anything_left_is_no_line_on_the_screen(
    standin: StandIn, offboard: Offboard
) -> None:
    standin.organization.disable_user(BOB)
    run = offboard(BOB)
    assert run.rc == 0, run.output
    assert remains(offboard)["notes"] == ["The account is disabled."]
    assert "what remains" not in run.output
