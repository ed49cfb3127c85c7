# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of evidence: real keys, a real ssh-keygen, a real agent."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.signature import (
    NAMESPACE,
    SignatureError,
    sign,
)

pytestmark = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="OpenSSH is not installed here")
CONTENT = b'{"run_id": "offboard-1"}\n'


@pytest.fixture(autouse=True)
def _no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


def new_key(folder: Path, passphrase: str = "") -> Path:
    key = folder / "signing key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", key], check=True)
    return key


def verifies(key: Path, content: bytes, signature: bytes, namespace: str = NAMESPACE) -> bool:
    public = key.with_name(key.name + ".pub").read_text(encoding="utf-8")
    (key.parent / "allowed").write_text(f"auditor@example.com {public}", encoding="utf-8")
    (key.parent / "run.json.sig").write_bytes(signature)
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "auditor@example.com", "-n", namespace]
    done = subprocess.run(
        [*command, "-s", "run.json.sig"], input=content, cwd=key.parent, capture_output=True, check=False
    )
    return done.returncode == 0


def test_a_signature_verifies_and_only_for_the_signed_bytes(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    signature = sign(CONTENT, str(key))
    assert verifies(key, CONTENT, signature)
    assert not verifies(key, CONTENT + b" ", signature)
    assert not verifies(key, CONTENT, signature, namespace="file")


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    socket = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        for _attempt in range(100):
            if socket.exists():
                break
            subprocess.run(["sleep", "0.05"], check=True)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.usefixtures("agent")
def test_an_agent_signs_where_only_the_public_half_is_on_disk(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    subprocess.run(["ssh-add", "-q", key], check=True)
    os.unlink(key)
    signature = sign(CONTENT, f"{key}.pub")
    assert verifies(key, CONTENT, signature)


def refusal(key: Path | str) -> str:
    with pytest.raises(SignatureError) as caught:
        sign(CONTENT, str(key))
    return str(caught.value)


def test_a_passphrase_is_an_error_and_never_a_prompt(tmp_path: Path) -> None:
    assert "has a passphrase. Load the key into ssh-agent" in refusal(new_key(tmp_path, "correct horse"))


def test_a_public_half_without_an_agent_says_how_to_find_one(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    os.unlink(key)
    assert "no SSH agent offers the private key" in refusal(f"{key}.pub")


def test_a_key_that_others_can_read_names_the_mode(tmp_path: Path) -> None:
    key = new_key(tmp_path)
    key.chmod(0o644)
    assert "Set its mode to 0600" in refusal(key)


def test_a_file_that_is_not_a_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_text("not a key\n", encoding="utf-8")
    path.chmod(0o600)
    assert "not an SSH key" in refusal(path)
    assert "is not a file" in refusal(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'unknown option -- Y' >&2; exit 1", "Install OpenSSH 8.1 or newer"),
        ("echo signed; exit 0", "gave no reason"),
        ("exit 3", "gave no reason"),
    ],
)
def test_an_ssh_keygen_that_cannot_sign_never_passes_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    key = new_key(tmp_path)
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "ssh-keygen"
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert reason in refusal(key)


def test_a_controller_without_openssh_is_told_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert re.search("not installed on the controller. Install OpenSSH", refusal(key))
