# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the offboarding playbook share: organizations as hosts, and what a run left."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player, Run
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, LEAVER, StandIn

PLAYBOOK = "keywarden.datadog.offboard"
ROLE = "keywarden.datadog.offboard"
RECORD = f"{ROLE} : Remove the credentials of the leavers and record the result"
TELL = f"{ROLE} : Report the result"
# What the task says about ann's keys, where they are there.
ANN = ("^Service account .* shares ann@example.com", "^Used within the last day: ")


class Offboard:
    """Runs the playbook with its evidence in a directory of the test."""

    def __init__(self, play: Player, directory: Path) -> None:
        self.play = play
        self.directory = directory

    def __call__(
        self,
        leavers: Any,
        *,
        organizations: Mapping[str, Mapping[str, Any]] | None = None,
        play: Mapping[str, Any] | None = None,
        warnings: tuple[str, ...] = (),
        arguments: tuple[str, ...] = (),
        **options: Any,
    ) -> Run:
        """Run it.

        :param organizations: the hosts of the group datadog_organizations; None for that of the environment.
        :param play: keywords of a play of the user's own, which takes the place of the playbook.
        """
        variables = {"offboard_report_dir": str(self.directory), **options.pop("extra_vars", {})}
        if leavers is not None:
            variables["leavers" if play is None else "offboard_leavers"] = leavers
        if organizations is not None:
            inventory = self.play.folder / "inventory.json"
            inventory.write_text(json.dumps({"datadog_organizations": {"hosts": organizations}}))
            arguments = ("-i", str(inventory), *arguments)
        playbook: Any = PLAYBOOK
        if play is not None:
            whole = {"hosts": "datadog_organizations", "gather_facts": False, "roles": [ROLE], **play}
            playbook = self.play.folder / "own.yml"
            playbook.write_text(json.dumps([{"name": "Own", **whole}]))
        return self.play(playbook, extra_vars=variables, warnings=warnings, arguments=arguments, **options)

    def runs(self) -> list[dict[str, Any]]:
        """The facts of all runs, the oldest first."""
        read = [json.loads(path.read_text()) for path in self.directory.glob("offboard-*/*.json")]
        return sorted(read, key=lambda facts: facts["started_at"])

    def only(self) -> dict[str, Any]:
        """The facts of the one run."""
        (facts,) = self.runs()
        return facts

    def file(self, form: str) -> Path:
        """A file of the one run."""
        (path,) = self.directory.glob(f"offboard-*/*.{form}")
        return path


def host(server: StandIn, **more: Any) -> dict[str, Any]:
    """The variables of an organization."""
    return {"offboard_api_url": server.url, "offboard_api_key": API_KEY, "offboard_app_key": APP_KEY, **more}


def statuses(facts: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """What the evidence says of each leaver in each organization."""
    return {(row["leaver"], row["organization"]): row["status"] for row in facts["leavers"]}


def said(run: Run) -> str:
    """What the play says at its end, in one line."""
    lines = run.of(TELL).result["leavers"]
    return " ".join(line.strip() for line in lines)


def owned(server: StandIn, user: str = LEAVER) -> int:
    """How many keys somebody has on the server."""
    return len(server.organization.keys_of(user))


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of this size. Skips where it cannot be mounted, which needs root."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here, the unit tests simulate it: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
