# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays that are killed in the middle: no delete after that, and a journal that knows of each before it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player
from ansible_collections.keywarden.datadog.tests.helpers.waiting import wait_until
from ansible_collections.keywarden.datadog.tests.standin import Organization, StandIn

KEYS = 2000
CONCURRENCY = 4
LATENCY = 0.05
OWNER = "leaver@example.com"
SETTLED = 1.5  # seconds after which whoever still deletes would have been seen

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="finds processes in /proc")


@pytest.fixture
def slow(standin: StandIn) -> StandIn:
    """A server with more keys than can be deleted before the play is killed."""
    standin.reset(Organization.generated(KEYS + 1, owners={OWNER: KEYS}))
    standin.latency = LATENCY
    return standin


def children(pid: int) -> list[int]:
    """The processes below one."""
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(one) for one in text.split()]


def deletes(standin: StandIn) -> int:
    """How many deletes arrived."""
    return sum(sent.method == "DELETE" for sent in standin.requests)


PROGRAM = str(Path(sys.executable).with_name("ansible-playbook"))
IN_PYTHON = (
    "import sys; from ansible.cli.playbook import PlaybookCLI; PlaybookCLI(['ansible-playbook', *sys.argv[1:]]).run()"
)
STARTS = {
    "an option of Python": [sys.executable, "-W", "ignore", PROGRAM],
    "a program of its own": [sys.executable, "-c", IN_PYTHON],
}


class Killed:
    """A play that removes keys, in a session of its own."""

    def __init__(self, play: Player, folder: Path, start: Sequence[str] = (PROGRAM,), **keywords: object) -> None:
        self.journal = folder / "journal.jsonl"
        task = {
            "name": "Remove",
            "keywarden.datadog.datadog_app_key": {
                "state": "absent",
                "owner": OWNER,
                "concurrency": CONCURRENCY,
                "journal": str(self.journal),
            },
            **keywords,
        }
        self.playbook = folder / "killed.yml"
        self.playbook.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [*start, str(self.playbook)],
                cwd=folder,
                env=play.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def main(self, number: int) -> None:
        """Send a signal to ansible-playbook alone."""
        os.kill(self.process.pid, number)

    def group(self, number: int) -> None:
        """Send a signal as a terminal does with Control-C."""
        os.killpg(self.process.pid, number)

    def worker(self, number: int) -> None:
        """Send a signal to the worker, which stands between ansible-playbook and the module."""
        for pid in children(self.process.pid):
            os.kill(pid, number)

    def module(self) -> int | None:
        """The process of the module, once there is one."""
        below = [self.process.pid]
        for pid in below:
            below += children(pid)
        for pid in below:
            with suppress(OSError):
                if b"AnsiballZ" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        return None

    def lines(self, event: str) -> list[dict[str, object]]:
        """What the journal says. A line may be under way at this moment: it counts once it is whole."""
        whole, _end, _under_way = self.journal.read_text().rpartition("\n")
        told = [json.loads(line) for line in whole.splitlines()]
        return [line for line in told if line["event"] == event]

    def end(self) -> None:
        """End what is left of it: the worker of a killed play may wait for ever to hand over its result."""
        self.process.kill()
        self.process.wait(30)
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if os.fsencode(self.playbook) in file.read_bytes():
                    os.kill(int(file.parent.name), signal.SIGKILL)


def check(run: Killed, standin: StandIn, at_kill: int) -> None:
    """Nothing more was deleted, and the journal knows of all that was."""
    time.sleep(SETTLED)
    settled = deletes(standin)
    time.sleep(0.5)
    assert deletes(standin) == settled < KEYS, "it goes on deleting"
    assert settled - at_kill <= 2 * CONCURRENCY  # those under way, and those that were sent while the signal travelled
    gone = {one.id for one in standin.organization.deleted}
    announced = {line["id"] for line in run.lines("request")}
    assert gone
    assert gone <= announced
    planned = {row["id"] for plan in run.lines("plan") for row in plan["rows"]}
    assert len(planned) == KEYS


WAYS = {
    "interrupted": lambda run: run.main(signal.SIGINT),
    "terminated": lambda run: run.main(signal.SIGTERM),
    "killed": lambda run: run.main(signal.SIGKILL),
    "its worker killed": lambda run: run.worker(signal.SIGKILL),
    "its worker terminated": lambda run: run.worker(signal.SIGTERM),
    "Control-C": lambda run: run.group(signal.SIGINT),
    "its group terminated": lambda run: run.group(signal.SIGTERM),
    "its group killed": lambda run: run.group(signal.SIGKILL),
}


def kill(play: Player, standin: StandIn, folder: Path, way: str, after: int, start: Sequence[str] = (PROGRAM,)) -> None:
    """Kill a play once so many deletes arrived, and check what is left of it."""
    folder.mkdir()
    run = Killed(play, folder, start)
    try:
        wait_until(lambda: deletes(standin) >= after or run.process.poll() is not None)
        assert run.process.poll() is None, run.output.read_text()
        WAYS[way](run)
        at_kill = deletes(standin)
        check(run, standin, at_kill)
    finally:
        run.end()


@pytest.mark.parametrize("way", WAYS)
def test_a_play_that_is_killed_deletes_nothing_more_and_leaves_a_whole_journal(
    play: Player, slow: StandIn, tmp_path: Path, way: str
) -> None:
    kill(play, slow, tmp_path / "run", way, random.Random(way).randint(1, 40))


@pytest.mark.parametrize("way", ["killed", "terminated"])
def test_a_play_that_is_killed_before_its_module_has_begun_deletes_nothing(
    play: Player, slow: StandIn, tmp_path: Path, way: str
) -> None:
    """The worker goes on, and starts the module that nobody waits for."""
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        run = Killed(play, folder)
        try:
            wait_until(lambda run=run: run.module() or run.process.poll() is not None)
            module = run.module()
            WAYS[way](run)
            in_time = not slow.requests  # the machine may have been busy with something else
            wait_until(lambda module=module: not module or not Path(f"/proc/{module}").exists())
        finally:
            run.end()
        if in_time:
            break
        slow.reset(Organization.generated(KEYS + 1, owners={OWNER: KEYS}))
    assert in_time, "every time it had begun"
    assert deletes(slow) == 0
    assert len(slow.organization.keys_of(OWNER)) == KEYS


def moments() -> Iterator[tuple[str, int]]:
    """Ways and moments, the same each time."""
    chance = random.Random(15)
    for _round in range(int(os.environ.get("KILLS", "200")) // len(WAYS)):
        for way in WAYS:
            yield way, chance.randint(1, 150)


@pytest.mark.full
@pytest.mark.parametrize(("way", "after"), list(moments()))
def test_a_play_that_is_killed_at_any_moment_deletes_nothing_more(
    play: Player, slow: StandIn, tmp_path: Path, way: str, after: int
) -> None:
    kill(play, slow, tmp_path / "run", way, after)


@pytest.mark.parametrize("start", STARTS)
def test_a_play_that_something_else_than_the_command_runs_can_be_killed_too(
    play: Player, slow: StandIn, tmp_path: Path, start: str
) -> None:
    kill(play, slow, tmp_path / "run", "killed", 10, STARTS[start])


def test_a_task_that_times_out_deletes_nothing_more(play: Player, slow: StandIn, tmp_path: Path) -> None:
    slow.latency = 0.2
    run = Killed(play, tmp_path, timeout=15, ignore_errors=True)
    try:
        run.process.wait(60)
        at_end = deletes(slow)
        check(run, slow, at_end)
        wait_until(lambda: run.lines("stopped"))
    finally:
        run.end()


def test_what_was_sent_before_is_settled_in_the_journal_of_a_killed_play(
    play: Player, slow: StandIn, tmp_path: Path
) -> None:
    run = Killed(play, tmp_path)
    try:
        wait_until(lambda: deletes(slow) >= 20)
        run.main(signal.SIGKILL)
        wait_until(lambda: run.lines("end"))
        assert run.journal.read_text().endswith("\n")
        (stopped,) = run.lines("stopped")
        assert "is gone" in str(stopped["reason"])
        outcomes = {line["id"]: line["outcome"] for line in run.lines("outcome")}
        assert {one for one, outcome in outcomes.items() if outcome == "deleted"} == {
            one.id for one in slow.organization.deleted
        }
        assert sum(outcome == "skipped" for outcome in outcomes.values()) == len(slow.organization.keys_of(OWNER))
    finally:
        run.end()


def test_an_asynchronous_task_outlives_its_play(play: Player, standin: StandIn, tmp_path: Path) -> None:
    """That is what it is for: its watcher, which the play leaves behind, is who waits for it."""
    standin.reset(Organization.generated(61, owners={OWNER: 60}))
    standin.latency = LATENCY
    run = Killed(play, tmp_path, **{"async": 60, "poll": 0})
    try:
        wait_until(lambda: deletes(standin) >= 3)
        run.process.wait(30)
        wait_until(lambda: run.journal.exists() and run.lines("end"))
        assert standin.organization.keys_of(OWNER) == []
        assert run.lines("stopped") == []
    finally:
        run.end()


def test_whoever_started_ansible_may_go(play: Player, slow: StandIn, tmp_path: Path) -> None:
    """As with nohup: the shell above ansible-playbook ends, and the play goes on."""
    journal = tmp_path / "journal.jsonl"
    ids = [key.id for key in slow.organization.keys_of(OWNER)[:40]]
    task = {"state": "absent", "app_key_id": ids, "concurrency": CONCURRENCY, "journal": str(journal)}
    playbook = tmp_path / "left.yml"
    playbook.write_text(
        yaml.safe_dump(
            [{"hosts": "localhost", "gather_facts": False, "tasks": [{"keywarden.datadog.datadog_app_key": task}]}]
        )
    )
    program = Path(sys.executable).with_name("ansible-playbook")
    output = tmp_path / "output"
    shell = subprocess.Popen(
        ["/bin/sh", "-c", f"'{program}' '{playbook}' >'{output}' 2>&1 & echo $!; sleep 60"],
        env=play.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        wait_until(lambda: deletes(slow) >= 3)
        shell.kill()
        shell.wait(30)
        wait_until(lambda: '"event": "end"' in journal.read_text())
        assert not set(ids) & set(slow.organization.keys)
        assert '"stopped"' not in journal.read_text()
    finally:
        shell.kill()
        shell.wait(30)
