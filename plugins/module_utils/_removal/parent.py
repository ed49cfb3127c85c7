# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Whether somebody still waits for this module: a play that was killed leaves its modules running.

Between a module and ``ansible-playbook`` stand a worker and one or two shells. Any of them may be the one that goes,
depending on which process is killed and how. So the whole chain is watched, up to and including Ansible's own
processes. On a target that is reached over SSH the chain ends at the session. What is above that may go: a terminal,
``nohup``, cron.
"""

from __future__ import annotations

import os
import re
import select
import stat
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Callable

ORPHANED = "The play that started this module is gone, so no further delete is sent."
PS_EVERY = 1.0  # seconds; where there is no /proc, looking costs a process

PYTHON = re.compile(r"(?:python|pypy)[0-9.]*", re.IGNORECASE)  # macOS has a Python of its own
# `python -m ansible playbook`, or the file of a command line tool.
ANSIBLE_PATH = re.compile(r"/ansible/(?:cli/[a-z_]+|__main__)\.py$")
# Of Ansible's programs those that run modules, always in a worker, which is a copy of them.
RUN_MODULES = {"ansible", "ansible-console", "ansible-playbook", "ansible-pull"}
# What only starts something else, and so is no one to wait for an answer.
SHELLS = {"sh", "bash", "dash", "ash", "zsh", "ksh", "fish", "busybox"}
LAUNCHERS = SHELLS | {"env", "sudo", "doas", "su", "runuser"}
STDOUT = 1


@dataclass(frozen=True)
class Process:
    """A process at one moment.

    :ivar born: tells it from a later process of the same number.
    """

    pid: int
    parent: int
    born: str


class Parents:
    """The chain of processes from this one up to whoever waits for its result."""

    def __init__(self) -> None:
        self._look: Callable[[int], Process | None] = _look_in_proc
        self._command: Callable[[int], list[str]] = _command_in_proc
        if not os.path.exists(f"/proc/{os.getpid()}/stat"):
            table = _Table()
            self._look, self._command = table.look, table.command
        self._left_behind = False
        self._watched = self._chain()
        self._piped = _is_pipe(STDOUT)

    def gone(self) -> str | None:
        """Why nobody waits any more; None as long as somebody does."""
        if self._piped and _reader_is_gone(STDOUT):
            return ORPHANED
        if self._left_behind or any(self._look(process.pid) != process for process in self._watched):
            return ORPHANED
        return None

    def _chain(self) -> list[Process]:
        """The processes below the topmost one that matters. The parent of each of them must not change."""
        chain = []
        pid = os.getpid()
        while pid > 0:  # in a container, Ansible may be the first of all processes
            process = self._look(pid)
            if process is None:  # of another user, where those are hidden
                break
            chain.append(process)
            pid = process.parent
        commands = [self._command(process.pid) for process in chain]
        for top in range(1, len(chain)):
            if _is_session(commands[top]):
                return chain[:top]
            if _is_ansible(commands[top]):
                # A worker outlives its play. This one was left behind before the module began to watch.
                is_worker = all(_name(command) in LAUNCHERS for command in commands[1:top])
                alone = top + 1 == len(chain) or not _runs_modules(commands[top + 1])
                self._left_behind = is_worker and alone and _runs_modules(commands[top])
                while top + 1 < len(chain) and _is_ansible(commands[top + 1]):
                    top += 1
                return chain[:top]
        top = 1
        while top < len(chain) and _name(commands[top]) in LAUNCHERS:
            top += 1
        # Another program may run plays too. Ansible's worker is a copy of it, and has its command line.
        while top + 1 < len(chain) and commands[top] and commands[top + 1] == commands[top]:
            top += 1
        return chain[:top]


def _name(command: Sequence[str]) -> str:
    return os.path.basename(command[0]).lstrip("-") if command else ""


def _is_session(command: Sequence[str]) -> bool:
    """Whether a process carries a session over SSH, or an asynchronous task, which outlives its play by design."""
    return _name(command).startswith("sshd") or any("async_wrapper" in part for part in command[:3])


def _is_ansible(command: Sequence[str]) -> bool:
    """Whether a process is one of Ansible's programs, by its command line."""
    if _name(command).startswith("ansible"):
        return True
    # A shell's command may name a home of a user called "ansible": only what Python runs counts.
    if not PYTHON.fullmatch(_name(command)):
        return False
    return any(
        os.path.basename(part).startswith("ansible") or ANSIBLE_PATH.search(part) is not None for part in command[1:3]
    )


def _runs_modules(command: Sequence[str]) -> bool:
    """Whether one of Ansible's programs is one that runs modules; ansible-test and ansible-runner do not."""
    return any(
        os.path.basename(part).partition(":")[0] in RUN_MODULES or ANSIBLE_PATH.search(part) is not None
        for part in command[:3]
    )


def _look_in_proc(pid: int) -> Process | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except OSError:
        return None
    # The name, in brackets, may hold anything, also brackets and spaces.
    fields = text[text.rfind(b")") + 2 :].split()
    return Process(pid, int(fields[1]), fields[19].decode())


def _command_in_proc(pid: int) -> list[str]:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return [os.fsdecode(part) for part in file.read().split(b"\0")[:-1]]
    except OSError:
        return []


class _Table:
    """The processes as ``ps`` lists them, looked at again about once a second."""

    def __init__(self) -> None:
        self._read_at = -PS_EVERY
        self._rows: dict[int, tuple[Process, list[str]]] = {}

    def look(self, pid: int) -> Process | None:
        """The process of this number."""
        self._read()
        return self._rows[pid][0] if pid in self._rows else None

    def command(self, pid: int) -> list[str]:
        """Its command line."""
        return self._rows[pid][1] if pid in self._rows else []

    def _read(self) -> None:
        if time.monotonic() - self._read_at < PS_EVERY:
            return
        self._read_at = time.monotonic()
        try:
            # There is no module down here that could run it.
            told = subprocess.run(  # pylint: disable=ansible-bad-function
                ["ps", "-A", "-o", "pid=,ppid=,command="],  # noqa: S607  its place differs
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            ).stdout
        except OSError:
            return
        rows = {}
        for line in told.decode(errors="replace").splitlines():
            pid, parent, *command = line.split()
            rows[int(pid)] = (Process(int(pid), int(parent), ""), command)
        if rows:
            self._rows = rows


def _is_pipe(number: int) -> bool:
    try:
        mode = os.fstat(number).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _reader_is_gone(number: int) -> bool:
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(number, 0)  # errors and the end are always told
    return any(event & (select.POLLERR | select.POLLHUP) for _number, event in poll.poll(0))
