# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs real playbooks: `ansible-playbook` as a program of its own, on the installed artifact, in a HOME of its own."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

import yaml

from ..standin import API_KEY, APP_KEY, StandIn

CHECKOUT = Path(__file__).resolve().parents[2]
COLLECTIONS = Path(os.environ.get("KEYWARDEN_COLLECTIONS") or CHECKOUT / ".build/collections")
CALLBACKS = Path(__file__).resolve().parent / "callback_plugins"
INSTALLED = COLLECTIONS / "ansible_collections/keywarden/datadog"
_NOTICE = re.compile(r"^\[(?:DEPRECATION )?WARNING\]:? ?", re.MULTILINE)

Tasks = Sequence[Mapping[str, Any]]
Playbook = Union[Tasks, Path, str]


@dataclasses.dataclass
class TaskResult:
    """One task's end on one host: `status` is ok, failed, skipped or unreachable; `item` marks an item of a loop."""

    task: str
    host: str
    status: str
    ignored: bool
    item: bool
    result: dict[str, Any]


@dataclasses.dataclass
class Run:
    """A finished playbook. `warnings` are the texts of warnings and deprecation warnings, each on one line."""

    rc: int
    stdout: str
    stderr: str
    results: list[TaskResult]
    warnings: list[str]
    home: Path

    @property
    def output(self) -> str:
        """Everything that was on the screen."""
        return self.stdout + self.stderr

    def of(self, task: str) -> TaskResult:
        """The one result of the task of this name. :raises AssertionError: if there is not exactly one."""
        found = [one for one in self.results if one.task == task and not one.item]
        assert len(found) == 1, f"{len(found)} results of task {task!r}\n{self.output}"
        return found[0]

    @property
    def failures(self) -> list[TaskResult]:
        """The results that failed, also where that was ignored or rescued."""
        return [one for one in self.results if one.status in ("failed", "unreachable") and not one.item]


def stale_files() -> list[str]:
    """What the installed artifact lacks or holds in another state than the checkout: tests of it would mislead."""
    stale = []
    for folder in ("plugins", "roles", "playbooks", "meta"):
        for file in sorted((CHECKOUT / folder).rglob("*")):
            name = file.relative_to(CHECKOUT)
            if not file.is_file() or "__pycache__" in name.parts:
                continue
            installed = INSTALLED / name
            if not installed.is_file() or installed.read_bytes() != file.read_bytes():
                stale.append(str(name))
    return stale


def notices(text: str) -> list[str]:
    """The texts behind [WARNING] and [DEPRECATION WARNING] in output, unwrapped."""
    starts = [match.end() for match in _NOTICE.finditer(text)]
    texts = []
    for start in starts:
        # It is wrapped; what follows belongs to something else from the next heading or empty line on.
        body = re.split(r"\n(?=\[|\n|\S+ \[|\w+: \[|fatal: )", text[start:], maxsplit=1)[0]
        texts.append(" ".join(body.split()))
    return texts


class Player:
    """Runs playbooks against one stand-in."""

    def __init__(self, standin: StandIn, folder: Path) -> None:
        self.standin = standin
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        # ansible-core 2.21 makes a socket in TMPDIR, and the path of a socket has no more than 107 bytes.
        self.short = Path(tempfile.gettempdir()) / f"p{zlib.crc32(bytes(folder)):08x}"
        self.short.unlink(missing_ok=True)
        self.short.symlink_to(folder)

    def environment(self, env: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """What the playbook sees: nothing of the developer's, and the stand-in with good credentials.

        :param env: changes to that; None takes a variable away.
        """
        programs = str(Path(sys.executable).parent)
        given: dict[str, str | None] = {
            "PATH": os.pathsep.join([programs, "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(self.home),
            "TMPDIR": str(self.short),
            # Its default is below the home of the user's account, whatever HOME says.
            "ANSIBLE_REMOTE_TMP": str(self.home / ".ansible/tmp"),
            "LC_ALL": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_NOCOLOR": "1",
            # Without an inventory there is the implicit localhost, and Ansible would warn of that.
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "DD_API_KEY": API_KEY,
            "DD_APP_KEY": APP_KEY,
            "DD_HOST": self.standin.url,
            **(env or {}),
        }
        return {name: value for name, value in given.items() if value is not None}

    def __call__(
        self,
        playbook: Playbook,
        *,
        check: bool = False,
        diff: bool = False,
        verbosity: int = 0,
        env: Mapping[str, str | None] | None = None,
        extra_vars: Mapping[str, Any] | None = None,
        play: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
        warnings: Iterable[str] = (),
        timeout: float = 120,
    ) -> Run:
        """Run a playbook to its end.

        :param playbook: a list of tasks, the path of a playbook, or the name of one in a collection.
        :param play: keywords for the play around a list of tasks, such as module_defaults.
        :param arguments: further arguments of ansible-playbook.
        :param warnings: a pattern for each warning that is expected. Any other fails the test, and so does one
            that is expected and does not come.
        """
        mark = uuid.uuid4().hex[:8]
        record = self.folder / f"results-{mark}.jsonl"
        command = [str(_program()), *self._playbook(playbook, play, mark), *arguments]
        command += ["--check"] * check + ["--diff"] * diff + ["-" + "v" * verbosity] * bool(verbosity)
        if extra_vars:
            variables = self.folder / f"variables-{mark}.json"
            variables.write_text(json.dumps(extra_vars), encoding="utf-8")
            command += ["-e", f"@{variables}"]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment(env), "RECORD_FILE": str(record)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        results = [TaskResult(**json.loads(line)) for line in lines]
        found = list(dict.fromkeys(notices(done.stderr) + notices(done.stdout)))
        _compare(found, list(warnings), done.stdout + done.stderr)
        return Run(done.returncode, done.stdout, done.stderr, results, found, self.home)

    def _playbook(self, playbook: Playbook, play: Mapping[str, Any] | None, mark: str) -> list[str]:
        if isinstance(playbook, (str, Path)):
            return [str(playbook)]
        whole = {"name": "Test", "hosts": "localhost", "gather_facts": False, **(play or {}), "tasks": list(playbook)}
        file = self.folder / f"playbook-{mark}.yml"
        file.write_text(yaml.safe_dump([whole], sort_keys=False, allow_unicode=True), encoding="utf-8")
        return [str(file)]


def _program() -> Path:
    beside = Path(sys.executable).with_name("ansible-playbook")
    found = str(beside) if beside.exists() else shutil.which("ansible-playbook")
    assert found, "there is no ansible-playbook: run `make env`"
    return Path(found)


def _compare(found: list[str], expected: list[str], output: str) -> None:
    unexpected = [text for text in found if not any(re.search(pattern, text) for pattern in expected)]
    missing = [pattern for pattern in expected if not any(re.search(pattern, text) for text in found)]
    assert not unexpected, f"unexpected warnings: {unexpected}\n{output}"
    assert not missing, f"missing warnings: {missing}, found: {found}\n{output}"
