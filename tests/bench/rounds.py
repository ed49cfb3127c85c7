# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs works round by round, so that a busy moment of the machine meets all contenders alike."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ..standin import API_KEY, APP_KEY
from .measure import HERE, Run, environment, measure
from .server import Server
from .works import CONCURRENCY, FORKS, MEASURED_FLOORS, RETURN, US, Work, command

PATIENCE = 15.0  # seconds; who takes longer than this runs once only


def run_works(works: Sequence[Work], server: Server, folder: Path, rounds: int) -> list[dict[str, Any]]:
    """Each work with a row of medians per contender: `{name, title, requests_bound, rows}`; see `_row`."""
    done = []
    for work in works:
        if work.organizations > 1:
            with Server(folder, server.latency, work.organizations) as many:
                done.append(_run_work(work, many, folder, rounds))
        else:
            done.append(_run_work(work, server, folder, rounds))
    return done


def _run_work(work: Work, server: Server, folder: Path, rounds: int) -> dict[str, Any]:
    runs: dict[str, list[Run]] = {contender: [] for contender in work.contenders}
    for _round in range(rounds * work.repeat):
        for contender in work.contenders:
            done = runs[contender]
            if done and done[0].wall > PATIENCE and contender not in work.again:
                continue
            done.append(_run(work, contender, server, folder))
            print(f"  {work.title}: {contender}, {done[-1].wall:.2f} s", file=sys.stderr, flush=True)
    rows = [_row(contender, done) for contender, done in runs.items()]
    return {
        "name": work.name,
        "title": work.title,
        "requests_bound": work.requests,
        "organizations": work.organizations,
        "rows": rows,
    }


def fill_and_tell(work: Work, server: Server, folder: Path) -> Path:
    """Make the organization of a work; the file with the variables for those who do it."""
    server.fill(work.keys, work.owners, work.tokens)
    variables = folder / "variables.json"
    told = {**work.variables, "replay": str(folder / "replay"), "concurrency": CONCURRENCY}
    variables.write_text(json.dumps(told), encoding="utf-8")
    # The index over all runs would grow from one contender to the next.
    for report in folder.glob("reports/*"):
        shutil.rmtree(report) if report.is_dir() else report.unlink()
    return variables


def _run(work: Work, contender: str, server: Server, folder: Path) -> Run:
    """:raises RuntimeError: it did not do its work, or more than that."""
    parts = work.contenders[contender]
    variables = fill_and_tell(work, server, folder)
    arguments = []
    if work.organizations:
        inventory = folder / "inventory.json"
        hosts = {
            name: {"offboard_api_url": url, "offboard_app_key": APP_KEY, "offboard_api_key": API_KEY}
            for name, url in zip(_hosts(server), server.urls)
        }
        inventory.write_text(json.dumps({"datadog_organizations": {"hosts": hosts}}), encoding="utf-8")
        arguments = ["-i", str(inventory), "--forks", str(FORKS)]
    run = measure(command(parts, variables, *arguments), server, folder)
    if server.deleted() != {work.deletes}:
        raise RuntimeError(f"{work.title}: {' '.join(parts)} removed other keys than it should")
    refused = [one for log in server.logs() for one in log if contender == RETURN and one["status"] != 200]
    if refused:
        raise RuntimeError(f"{work.title}: {contender} was answered {refused[0]['status']}")
    if contender == US and work.contenders.keys() & MEASURED_FLOORS:
        _keep_requests(server, _hosts(server) if work.organizations else ["localhost"], folder / "replay")
        if RETURN in work.contenders:
            _keep_result(command(parts, variables), server, folder)
    return run


def _hosts(server: Server) -> list[str]:
    """What the organizations are called in the inventory."""
    return [f"organization{number:03}" for number, _url in enumerate(server.urls)]


def _keep_requests(server: Server, hosts: Sequence[str], replay: Path) -> None:
    """Write down what was asked of each organization, for the contender that asks for nothing else."""
    shutil.rmtree(replay, ignore_errors=True)
    replay.mkdir()
    for name, log in zip(hosts, server.logs()):
        asked = [(one["method"], f"{one['path']}?{urlencode(one['query'], doseq=True)}") for one in log]
        (replay / f"{name}.json").write_text(json.dumps(asked), encoding="utf-8")


def _keep_result(command: Sequence[str], server: Server, folder: Path) -> None:
    """Do it once more, and have Ansible write down the result for the contender that returns the same."""
    results = folder / "replay/results"
    results.mkdir()
    callback = {
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "keep_result",
        "BENCH_RESULTS": str(results),
    }
    told = environment(folder, server.url)
    subprocess.run(command, cwd=folder, env={**told, **callback}, check=True, stdout=subprocess.DEVNULL)


def _row(contender: str, runs: Sequence[Run]) -> dict[str, Any]:
    """The medians of a contender's runs, by the names of `Run`, with `contender`, `rounds`, and `walls` of all runs.

    `phases` are those of the run with the median time.
    """

    def median(name: str) -> float:
        return float(statistics.median(getattr(run, name) for run in runs))

    middle = sorted(runs, key=lambda run: run.wall)[len(runs) // 2]
    return {
        "contender": contender,
        "rounds": len(runs),
        "wall": median("wall"),
        "walls": [run.wall for run in runs],
        "cpu": median("cpu"),
        "memory": int(median("memory")),
        "together": int(median("together")),
        "requests": int(median("requests")),
        "resolving": int(median("resolving")),
        "phases": dict(middle.phases),
    }
