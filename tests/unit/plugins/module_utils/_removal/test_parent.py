# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who waits for a module: the chain up to Ansible, or up to the session on a target. See also test_killed.py."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import parent
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.parent import Parents, Process

PYTHON = "/usr/bin/python3.12"
MODULE = [PYTHON, "/home/ansible/.ansible/tmp/ansible-tmp-1-2-3/AnsiballZ_datadog_app_key.py"]
SHELL = ["/bin/sh", "-c", f"{' '.join(MODULE)} && sleep 0"]
MAIN = [PYTHON, "/opt/venv/bin/ansible-playbook", "site.yml"]
SESSION = ["sshd: ansible@notty"]
TERMINAL = ["-bash"]
INIT = ["/sbin/init"]


def parents(mocker, *commands):
    """What a module sees in a chain of these command lines, from itself upwards to the first of all processes."""
    pids = [os.getpid(), *range(1001, 1000 + len(commands) - 1), 1, 0]
    chain = {pid: number for number, pid in enumerate(pids[:-1])}

    def look(pid):
        return Process(pid, pids[chain[pid] + 1], "") if pid in chain else None

    mocker.patch.object(parent, "_look_in_proc", look)
    mocker.patch.object(parent, "_command_in_proc", lambda pid: commands[chain[pid]])
    mocker.patch.object(parent.os.path, "exists", return_value=True)
    return Parents()


@pytest.mark.parametrize(
    ("above", "number"),
    [
        # The module, shells and the worker; who started ansible-playbook may go.
        ([SHELL, MAIN, MAIN, TERMINAL], 3),
        ([SHELL, SHELL, MAIN, MAIN, ["nohup"], TERMINAL], 4),
        ([["sudo", "-H", *SHELL], SHELL, MAIN, MAIN, ["cron"]], 4),
        ([SHELL, MAIN, MAIN, [PYTHON, "/usr/bin/ansible-runner", "run"], ["/usr/bin/dumb-init"]], 4),
        ([SHELL, ["ansible-playbook: worker"], MAIN, TERMINAL], 3),
        ([SHELL, *2 * [[PYTHON, "-m", "ansible", "playbook"]], TERMINAL], 3),
        ([SHELL, *2 * [[PYTHON, "/usr/lib/python3/dist-packages/ansible/cli/playbook.py"]], TERMINAL], 3),
        # A container in which Ansible is the first of all processes.
        ([SHELL, MAIN, MAIN], 3),
        # Mitogen forks a process of its own, which may have another title.
        ([["mitogen mux:0 (in /srv)"], MAIN, TERMINAL], 2),
        # What only runs the tests of modules.
        ([[PYTHON, "/opt/venv/bin/ansible-test", "units"], TERMINAL], 1),
        # A program that runs plays itself, or an interpreter with options of its own.
        ([SHELL, [PYTHON, "/srv/runs_plays.py"], [PYTHON, "/srv/runs_plays.py"], [PYTHON, "/srv/starts_it.py"]], 3),
        ([SHELL, *2 * [[PYTHON, "-W", "ignore", "-m", "ansible", "playbook"]], TERMINAL], 3),
        # A play within a play: the inner one waits.
        ([SHELL, MAIN, MAIN, MODULE, SHELL, MAIN, MAIN, TERMINAL], 3),
        # A target: up to the session.
        ([SHELL, SESSION, ["sshd: /usr/sbin/sshd -D"]], 2),
        ([SHELL, ["/usr/lib/openssh/sshd-session: ansible"], ["sshd"]], 2),
        ([SHELL, ["sudo", "x"], SHELL, SESSION], 4),
        # An asynchronous task: its watcher only.
        ([[PYTHON, "/home/ansible/.ansible/tmp/x/async_wrapper.py", "j1"], SHELL], 1),
        # Neither: up to the first that is no mere launcher.
        ([["/usr/bin/containerd-shim"]], 1),
        ([SHELL, ["/usr/bin/containerd-shim"]], 2),
        ([TERMINAL, ["tmux"]], 2),
    ],
)
def test_the_chain_ends_at_whoever_waits_for_the_result(mocker, above, number):
    seen = parents(mocker, MODULE, *above)
    assert len(seen._watched) == number
    assert seen.gone() is None


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    "worker",
    [
        MAIN,
        ["ansible-playbook: worker"],
        ["/opt/Python.app/Contents/MacOS/Python", "/opt/venv/bin/ansible-playbook", "site.yml"],
        [PYTHON, "-m", "ansible", "playbook"],
        [PYTHON, "/usr/lib/python3/dist-packages/ansible/cli/playbook.py"],
    ],
)
def test_a_worker_without_its_play_was_left_behind(mocker, worker, number):
    """The play was killed before the module had begun to watch it."""
    assert parents(mocker, MODULE, *number * [SHELL], worker, INIT).gone() == parent.ORPHANED
    runner = [PYTHON, "/usr/local/bin/ansible-runner", "worker"]
    assert parents(mocker, MODULE, *number * [SHELL], worker, runner).gone() == parent.ORPHANED
    assert parents(mocker, MODULE, *number * [SHELL], worker, MAIN, INIT).gone() is None


PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
from ansible_collections.keywarden.datadog.plugins.module_utils._removal import parent
if sys.argv[2] == "ps":
    parent._look_in_proc = None
    parent.os.path.exists = lambda path: False
    parent.PS_EVERY = 0.1
parents = parent.Parents()
print("watching", flush=True)
with open(sys.argv[3], "w") as told:
    for _ in range(100):
        if parents.gone():
            told.write("gone")
            break
        time.sleep(0.1)
"""


@pytest.mark.parametrize("means", ["proc", "ps"])
@pytest.mark.parametrize("cut", ["parent", "reader", "nothing"])
def test_it_notices_that_its_parent_or_the_reader_of_its_output_is_gone(tmp_path, means, cut):
    program, told = tmp_path / "program.py", tmp_path / "told"
    program.write_text(PROGRAM)
    tree = parent.__file__.partition("/ansible_collections/")[0]
    # An extra shell, which waits for it as the one of a real task does.
    command = f"'{sys.executable}' '{program}' '{tree}' {means} '{told}'; exit 0"
    shell = subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert shell.stdout.readline() == b"watching\n"
    if cut == "parent":
        shell.kill()
    elif cut == "reader":
        shell.stdout.close()
    end = time.monotonic() + (1.5 if cut == "nothing" else 30)
    while time.monotonic() < end and not (told.exists() and told.read_text()):
        time.sleep(0.05)
    assert told.read_text() == ("" if cut == "nothing" else "gone")
    shell.kill()
    shell.wait(30)
