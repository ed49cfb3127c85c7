# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who runs it, where, and in which process of Ansible."""

from __future__ import annotations

import getpass
import hashlib
import os
import socket
from collections.abc import Mapping
from typing import Any

from ansible.release import __version__ as ansible_version

AWX = ("job_id", "job_template_name", "workflow_job_id", "schedule_name", "user_name", "user_email")


def ran_by(variables: Mapping[str, Any]) -> dict[str, Any]:
    """``{user, host, ansible, awx}``; ``awx`` is what a controller tells of its job, or None.

    :param variables: Ansible's, among them ``awx_job_id`` or ``tower_job_id``.
    """
    awx = {}
    for name in AWX:
        for prefix in ("awx", "tower"):
            value = variables.get(f"{prefix}_{name}") or os.environ.get(f"{prefix}_{name}".upper())
            if value and name not in awx:
                awx[name] = str(value)
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run as a number that has no name
        user = str(os.getuid())
    return {"user": user, "host": socket.gethostname(), "ansible": ansible_version, "awx": awx or None}


def process() -> dict[str, Any]:
    """The ansible-playbook that this is a worker of: ``{host, pid, started}``."""
    pid = os.getppid()
    return {"host": socket.gethostname(), "pid": pid, "started": _started(pid)}


def may_be_running(known: Mapping[str, Any]) -> bool:
    """Whether that process is still there; one on another machine cannot be seen."""
    if known.get("host") != socket.gethostname() or not isinstance(known.get("pid"), int):
        return False
    try:
        os.kill(known["pid"], 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return bool(known.get("started") == _started(known["pid"]))


def play_of(task: Any) -> Any:
    """Ansible's play that a task is part of; None where there is none."""
    parent = getattr(task, "_parent", None)
    while parent is not None:
        play = getattr(parent, "_play", None)
        if play is not None:
            return play
        parent = getattr(parent, "_parent", None)
    return None


def play_key(play: Any) -> str | None:
    """What tells one play of one ansible-playbook from all others; None outside a play.

    :param play: Ansible's play, the same in every worker and in every batch of ``serial``.
    """
    unique = getattr(play, "_uuid", None)
    if not unique:
        return None
    return hashlib.sha256(f"{process()} {unique}".encode()).hexdigest()[:16]


def _started(pid: int) -> str | None:
    """The time at which a process started, in ticks since boot, so that a number used again is not taken for it."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return None
