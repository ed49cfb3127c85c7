# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A detached signature of evidence, made by ``ssh-keygen -Y sign``; ``ssh-keygen -Y verify`` checks it."""

from __future__ import annotations

import os
import re
import subprocess

# What the signature is for. A signature that the same key made for another purpose does not verify as one of these.
NAMESPACE = "keywarden.datadog"
# An agent may ask a person to touch a security key.
TIMEOUT = 60  # seconds
SIGNATURE = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]+-----END SSH SIGNATURE-----\n")


class SignatureError(Exception):
    """Nothing could be signed. The message says what to do."""


def sign(content: bytes, key: str) -> bytes:
    """The armored SSH signature of these bytes.

    :param key: the path of a private SSH key, or of its public half where an agent holds the private one.
    :raises SignatureError: ssh-keygen is missing or too old, the key cannot be read, it has a passphrase that no
        agent knows, or the agent cannot be reached.
    """
    path = os.path.expanduser(key)
    if not os.path.isfile(path):
        raise SignatureError(f"offboard_sign_with: {path} is not a file. Name an SSH private key or its public key.")
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", path]
    # Without a terminal and without an askpass program, a passphrase is an error instead of a prompt that nobody sees.
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "SSH_ASKPASS")}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the path is one argument
            command,
            input=content,
            capture_output=True,
            env={**environment, "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C"},
            start_new_session=True,
            timeout=TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        raise SignatureError(
            "offboard_sign_with: ssh-keygen is not installed on the controller. Install OpenSSH 8.1 or newer."
        ) from None
    except OSError as error:
        raise SignatureError(f"offboard_sign_with: ssh-keygen cannot be run: {error.strerror or error}.") from error
    except subprocess.TimeoutExpired:
        raise SignatureError(
            f"offboard_sign_with: signing with {path} took longer than {TIMEOUT} s. "
            f"If the key is on a security key or its agent asks for confirmation, use a key that signs unattended."
        ) from None
    if done.returncode == 0 and SIGNATURE.fullmatch(done.stdout):
        return done.stdout
    said = done.stderr.decode("utf-8", "replace")
    raise SignatureError(f"offboard_sign_with: {path} cannot sign: {_reason(said)}")


def _reason(said: str) -> str:
    """What ssh-keygen's words mean and what to do."""
    low = said.lower()
    if "unknown option" in low or "illegal option" in low or "unsupported operation" in low:
        return "this ssh-keygen cannot sign files. Install OpenSSH 8.1 or newer on the controller."
    if "unprotected private key" in low:
        return "its file can be read by others. Set its mode to 0600."
    if "passphrase" in low:
        return "it has a passphrase. Load the key into ssh-agent and name its public key, or use a key without one."
    if "agent" in low or "no private key" in low:
        return (
            "the file holds only the public key, and no SSH agent offers the private key. "
            "Check SSH_AUTH_SOCK and `ssh-add -l`, or name the private key."
        )
    if "permission denied" in low:
        return "its file cannot be read by the user who runs the play."
    if "load public key" in low or "load key" in low or "invalid format" in low:
        return "its file is not an SSH key in a format that this OpenSSH can read."
    last = " ".join(said.split())[-200:]
    return last or "ssh-keygen gave no reason."
