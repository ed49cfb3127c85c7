# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `keywarden.datadog.offboard` and its role, with what stands on the server and in the evidence."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player, Run
from ansible_collections.keywarden.datadog.tests.standin import (
    API_KEY,
    APP_KEY,
    LEAVER,
    LEAVER_KEYS,
    NOBODY,
    READ_ONLY_APP_KEY,
    SECOND_LEAVER,
    Organization,
    StandIn,
)

PLAYBOOK = "keywarden.datadog.offboard"
SHARED = "^Service account .* shares ann@example.com"
USED = "^Used within the last day: "
# What the task says about ann's keys, where they are there.
ANN = (SHARED, USED)
REMOVE = "keywarden.datadog.offboard : Remove the leavers' application keys: "


class Offboard:
    """Runs the playbook with its evidence in a directory of the test."""

    def __init__(self, play: Player, directory: Path) -> None:
        self.play = play
        self.directory = directory

    def __call__(
        self, leavers: Any, *, warnings: tuple[str, ...] = (), playbook: str = PLAYBOOK, **options: Any
    ) -> Run:
        variables = {"leavers": leavers, "offboard_report_dir": str(self.directory), **options.pop("extra_vars", {})}
        return self.play(playbook, extra_vars=variables, warnings=warnings, **options)

    def runs(self) -> list[dict[str, Any]]:
        """The facts of all runs, the oldest first."""
        read = [json.loads(path.read_text()) for path in self.directory.glob("*/*.json")]
        return sorted(read, key=lambda facts: facts["started_at"])

    def only(self) -> dict[str, Any]:
        """The facts of the one run."""
        (facts,) = self.runs()
        return facts

    def file(self, form: str) -> Path:
        """A file of the one run."""
        (path,) = self.directory.glob(f"*/*.{form}")
        return path


@pytest.fixture
def offboard(play: Player, tmp_path: Path) -> Offboard:
    """offboard(leavers, …) -> Run: the playbook with its evidence in a directory that it has to make."""
    return Offboard(play, tmp_path / "made" / "evidence")


@pytest.fixture
def other() -> Iterator[StandIn]:
    """Another organization at another site."""
    with StandIn() as server:
        yield server


def organization(name: str, server: StandIn, **more: Any) -> dict[str, Any]:
    """An entry of offboard_organizations."""
    return {"name": name, "api_url": server.url, "api_key": API_KEY, "app_key": APP_KEY, **more}


def statuses(facts: dict[str, Any]) -> dict[tuple[str, str], str]:
    """What the evidence says of each leaver in each organization."""
    return {(row["leaver"], row["organization"]): row["status"] for row in facts["leavers"]}


def said(run: Run) -> str:
    """The last sentence of the play."""
    message: str = run.of("keywarden.datadog.offboard : Say how it went").result["msg"]
    return message


def owned(server: StandIn, user: str = LEAVER) -> int:
    """How many keys somebody has on the server."""
    return len(server.organization.keys_of(user))


def test_plan_then_for_real_then_again(standin: StandIn, offboard: Offboard) -> None:
    before = set(standin.organization.keys)
    leaving = {key.id for key in standin.organization.keys_of(LEAVER)}
    assert len(leaving) == LEAVER_KEYS

    run = offboard(f"{LEAVER},{NOBODY}", check=True, warnings=ANN)
    assert run.rc == 0, run.output
    assert set(standin.organization.keys) == before
    run = offboard([LEAVER, NOBODY], warnings=ANN)
    assert run.rc == 0, run.output
    assert set(standin.organization.keys) == before - leaving
    run = offboard([LEAVER.upper(), LEAVER, NOBODY], warnings=(SHARED.replace(LEAVER, LEAVER.upper()),))
    assert run.rc == 0, run.output
    assert not [one for one in run.results if one.result.get("changed")]
    assert set(standin.organization.keys) == before - leaving

    plan, real, again = offboard.runs()
    assert [facts["mode"] for facts in (plan, real, again)] == ["plan", "real", "real"]
    assert list(statuses(plan).values()) == ["to remove", "no account"]
    assert list(statuses(real).values()) == ["removed", "no account"]
    assert list(statuses(again).values()) == ["nothing to remove", "no account"]
    assert again["leavers"][0]["message"] == "Listing complete, 0 of 0 listed."
    for facts in (plan, real):
        assert {key["id"] for key in facts["application_keys"]} == leaving
    assert {key["outcome"] for key in plan["application_keys"]} == {"to delete"}
    assert {(key["outcome"], key["status_code"]) for key in real["application_keys"]} == {("deleted", 204)}
    assert all(key["requested_at"] and key["verified_at"] for key in real["application_keys"])
    assert not [key for key in plan["application_keys"] if key["requested_at"] or key["verified_at"]]
    assert again["application_keys"] == []
    # The plan names what the real run then did.
    same = ("id", "name", "leaver", "created_at", "last4", "scopes")
    assert [[key[name] for name in same] for key in plan["application_keys"]] == [
        [key[name] for name in same] for key in real["application_keys"]
    ]


def test_evidence_is_private_verifies_and_marks_a_plan_by_name(standin: StandIn, offboard: Offboard) -> None:
    offboard(SECOND_LEAVER, check=True)
    first = {path: path.read_bytes() for path in offboard.directory.rglob("*") if path.is_file()}
    offboard(SECOND_LEAVER)
    files = [path for path in offboard.directory.rglob("*") if path.is_file()]
    assert len(first) == 4
    assert len(files) == 8
    assert {path: path.read_bytes() for path in first} == first
    assert all("-plan-" in path.name for path in first)
    assert not any("-plan-" in path.name for path in files if path not in first)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    homes = {path.parent for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in [offboard.directory, *homes]} == {0o700}
    for sums in offboard.directory.rglob("*.sha256"):
        done = subprocess.run(["sha256sum", "--check", sums.name], cwd=sums.parent, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        digest = sums.read_text().split()[0]
        stem = sums.name.replace(".json.sha256", "")
        assert digest in (sums.parent / f"{stem}.html").read_text()
        rows = csv.DictReader((sums.parent / f"{stem}.csv").read_text("utf-8-sig").splitlines())
        assert {row["json_sha256"] for row in rows} == {digest}


def test_a_failure_in_one_organization_stops_no_other(standin: StandIn, other: StandIn, offboard: Offboard) -> None:
    organizations = [
        organization("Wrong", standin, app_key="f" * 40),
        organization("Silent", standin, api_url="http://127.0.0.1:9"),
        organization("Read only", standin, app_key=READ_ONLY_APP_KEY),
        organization("Good", other),
    ]
    leavers = [{"email": SECOND_LEAVER, "ticket": "HR-17"}, NOBODY]
    run = offboard(
        leavers,
        extra_vars={"offboard_organizations": organizations},
    )
    assert run.rc != 0
    bad = [f"{leaver} in {name}" for leaver in (SECOND_LEAVER, NOBODY) for name in ("Wrong", "Silent")]
    bad.insert(2, f"{SECOND_LEAVER} in Read only")
    assert said(run).startswith("Not dealt with: ")
    assert set(said(run).split(": ")[1].split(". ")[0].split(", ")) == set(bad)
    assert str(offboard.file("html")) in said(run)
    assert owned(standin, SECOND_LEAVER) == 6
    assert owned(other, SECOND_LEAVER) == 0
    facts = offboard.only()
    assert facts["state"] == "finished"
    found = statuses(facts)
    assert found[SECOND_LEAVER, "Good"] == "removed"
    assert {found[SECOND_LEAVER, name] for name in ("Wrong", "Silent", "Read only")} == {"failed"}
    assert (found[NOBODY, "Good"], found[NOBODY, "Read only"]) == ("no account", "no account")
    assert {row["ticket"] for row in facts["leavers"] if row["leaver"] == SECOND_LEAVER} == {"HR-17"}
    denied = [row for row in facts["leavers"] if row["organization"] == "Read only" and row["status"] == "failed"]
    assert "org_app_keys_write" in denied[0]["message"]
    assert {row["site"] for row in facts["leavers"] if row["organization"] == "Good"} == {f"127.0.0.1:{other.port}"}


def test_guards_hold_back_a_leaver_and_the_others_go(standin: StandIn, offboard: Offboard) -> None:
    kept = standin.organization.keys_of(SECOND_LEAVER)[0].id
    run = offboard(
        [LEAVER, SECOND_LEAVER], extra_vars={"offboard_max_keys": 10, "offboard_keep": [kept]}, warnings=(SHARED,)
    )
    assert run.rc != 0
    assert said(run).startswith(f"Not dealt with: {LEAVER} in Datadog. 2 leavers in 1 organization: 5 application")
    assert owned(standin) == LEAVER_KEYS
    assert [key.id for key in standin.organization.keys_of(SECOND_LEAVER)] == [kept]
    facts = offboard.only()
    assert list(statuses(facts).values()) == ["failed", "removed"]
    assert facts["leavers"][1]["message"] == "Listing complete, 6 of 6 listed: 5 deleted, 1 kept."
    assert facts["guards"] == {"keep": [kept], "max_keys": 10, "refuse_used_within": None}


@pytest.mark.parametrize("guard", [{"offboard_max_keys": 0}, {"offboard_refuse_used_within": "1d"}], ids=str)
def test_a_guard_of_nothing_or_of_a_day_is_a_guard(standin: StandIn, offboard: Offboard, guard: dict[str, Any]) -> None:
    run = offboard(LEAVER, extra_vars=guard, warnings=(SHARED,))
    assert run.rc != 0
    assert owned(standin) == LEAVER_KEYS
    assert list(statuses(offboard.only()).values()) == ["failed"]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "There are no leavers. Name at least one e-mail; an empty list never means all."),
        ({"leavers": f"{LEAVER},"}, "Leaver 2 is blank."),
        (
            {"leavers": LEAVER, "offboard_organizations": [{"name": "One", "app_key": APP_KEY}, {"name": "Two"}]},
            "There are several offboard_organizations, and one of them has no app_key.",
        ),
        (
            {"leavers": LEAVER, "offboard_organizations": [{"name": "One", "appkey": APP_KEY}]},
            "offboard_organizations.appkey. Supported parameters include",
        ),
        ({"leavers": LEAVER, "offboard_max_keys": "many"}, "offboard_max_keys"),
    ],
    ids=["nobody", "a comma too many", "credentials of another", "a slip in a name", "no number"],
)
def test_bad_input_is_a_clear_sentence_and_no_request(
    standin: StandIn, play: Player, tmp_path: Path, variables: dict[str, Any], sentence: str
) -> None:
    run = play(PLAYBOOK, extra_vars={"offboard_report_dir": str(tmp_path / "evidence"), **variables}, verbosity=4)
    assert run.rc != 0
    assert sentence in " ".join(run.failures[-1].result["msg"].split())
    assert standin.requests == []
    assert not (tmp_path / "evidence").exists()
    assert APP_KEY not in run.output


def test_an_organization_with_an_app_key_takes_nothing_from_the_environment(
    standin: StandIn, other: StandIn, offboard: Offboard
) -> None:
    """Otherwise the evidence would give its name to the organization of the environment."""
    entries = [{"name": "Half", "app_key": APP_KEY, "api_url": other.url}, organization("Good", other)]
    run = offboard(SECOND_LEAVER, extra_vars={"offboard_organizations": entries})
    assert run.rc != 0
    assert statuses(offboard.only()) == {(SECOND_LEAVER, "Half"): "failed", (SECOND_LEAVER, "Good"): "removed"}
    assert standin.requests == []
    site = {"name": "Site", "app_key": APP_KEY, "api_key": API_KEY, "site": "nowhere.example.com"}
    run = offboard(SECOND_LEAVER, extra_vars={"offboard_organizations": [site]})
    assert run.rc != 0
    assert standin.requests == []


def test_names_from_elsewhere_are_only_text(standin: StandIn, offboard: Offboard) -> None:
    names = ["{{ 7 * 7 }}", "<script>alert(1)</script>", "\u202egpj.exe", "=1+1", "\U0001f511", "{% raw %}", "'\"\\"]
    owner = standin.organization.add_user("dana@example.com")
    for name in names:
        standin.organization.add_key(owner.id, name=name)
    run = offboard("dana@example.com")
    assert run.rc == 0, run.output
    facts = offboard.only()
    assert sorted(key["name"] for key in facts["application_keys"]) == sorted(names)
    page = offboard.file("html").read_text()
    assert "{{ 7 * 7 }}" in page
    assert "<script" not in page
    assert "'=1+1" in offboard.file("csv").read_text()


def test_no_secret_is_on_the_screen_or_in_a_file(standin: StandIn, other: StandIn, offboard: Offboard) -> None:
    wrong = "0123456789abcdefSENTINEL" + "9" * 16
    secrets = {API_KEY, APP_KEY, wrong, *(key.secret for key in other.organization.keys.values())}
    organizations = [
        organization("Good", other),
        organization("Wrong", standin, app_key=wrong),
        organization("Short", standin, app_key="short-SENTINEL"),
    ]
    run = offboard(
        [LEAVER, NOBODY], extra_vars={"offboard_organizations": organizations}, diff=True, verbosity=4, warnings=ANN
    )
    assert run.rc != 0
    assert owned(other) == 0
    texts = [run.output] + [
        path.read_text("utf-8", "replace")
        for folder in (offboard.directory, run.home)
        for path in folder.rglob("*")
        if path.is_file()
    ]
    for text in texts:
        assert not [secret for secret in secrets if secret in text]
        assert "SENTINEL" not in text
    # Masking must not have eaten the report.
    facts = offboard.only()
    assert len(facts["application_keys"]) == LEAVER_KEYS
    assert "****" not in json.dumps(facts)
    assert "NO_LOG" not in json.dumps(facts)
    assert all(row["message"] for row in facts["leavers"])


def test_without_a_place_for_evidence_nothing_is_removed(standin: StandIn, play: Player, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    run = play(PLAYBOOK, extra_vars={"leavers": LEAVER, "offboard_report_dir": str(tmp_path / "file" / "evidence")})
    assert run.rc != 0
    assert "cannot be made" in run.failures[-1].result["msg"]
    assert standin.requests == []
    assert owned(standin) == LEAVER_KEYS


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


def test_a_disk_that_is_full_from_the_start_removes_nothing(standin: StandIn, play: Player, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16k") as disk:
        run = play(PLAYBOOK, extra_vars={"leavers": LEAVER, "offboard_report_dir": str(disk)})
        assert list(disk.iterdir()) == []
    assert run.rc != 0
    assert "No space left on device" in run.failures[-1].result["msg"]
    assert standin.requests == []
    assert owned(standin) == LEAVER_KEYS


def test_a_disk_that_fills_up_keeps_the_earlier_evidence_whole_and_stops(
    standin: StandIn, other: StandIn, play: Player, tmp_path: Path
) -> None:
    entries = [organization("First", standin), organization("Second", other)]
    variables = {"leavers": LEAVER, "offboard_organizations": entries}
    with small_disk(tmp_path / "disk", "96k") as disk:
        run = play(PLAYBOOK, extra_vars={**variables, "offboard_report_dir": str(disk)}, warnings=ANN)
        (home,) = disk.iterdir()
        files = {path.suffix: path for path in home.iterdir()}
        assert set(files) == {".json", ".csv", ".html", ".sha256"}
        facts = json.loads(files[".json"].read_text())
        verified = subprocess.run(["sha256sum", "--check", files[".sha256"].name], cwd=home, check=False)
        page = files[".html"].read_text()
    assert run.rc != 0
    failed = run.failures[-1].result
    assert "No space left on device" in failed["msg"]
    # What was done and could not be written is in the output.
    assert len(failed["unsaved"]["application_keys"]) == LEAVER_KEYS
    assert (facts["state"], set(statuses(facts).values())) == ("running", {"not recorded"})
    assert verified.returncode == 0
    assert "Not finished" in page
    assert page.endswith("</html>\n")
    # No evidence, no deletion: the second organization was not touched.
    assert owned(standin) == 0
    assert other.requests == []


def test_a_play_that_is_killed_leaves_what_was_done_until_then(
    standin: StandIn, other: StandIn, offboard: Offboard, tmp_path: Path
) -> None:
    other.latency = 30
    entries = [organization("First", standin), organization("Second", other)]
    variables = {"leavers": LEAVER, "offboard_organizations": entries, "offboard_report_dir": str(offboard.directory)}
    file = tmp_path / "variables.json"
    file.write_text(json.dumps(variables))
    process = subprocess.Popen(
        ["ansible-playbook", PLAYBOOK, "-e", f"@{file}"],
        cwd=tmp_path,
        env=offboard.play.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 90
        while not other.requests:
            assert process.poll() is None, "the play ended early"
            assert time.monotonic() < deadline, "the second organization was never asked"
            time.sleep(0.05)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert owned(standin) == 0
    facts = offboard.only()
    assert (facts["state"], facts["finished_at"]) == ("running", None)
    assert statuses(facts) == {(LEAVER, "First"): "removed", (LEAVER, "Second"): "not recorded"}
    assert len(facts["application_keys"]) == LEAVER_KEYS
    assert "Not finished" in offboard.file("html").read_text()
    rows = list(csv.DictReader(offboard.file("csv").read_text("utf-8-sig").splitlines()))
    assert {row["state"] for row in rows} == {"running"}
    assert len([row for row in rows if row["record"] == "key"]) == LEAVER_KEYS
    sums = offboard.file("sha256")
    assert subprocess.run(["sha256sum", "--check", sums.name], cwd=sums.parent, check=False).returncode == 0
    assert [path.name for path in offboard.directory.rglob("*.part")] == []


def test_twenty_leavers_share_one_task_for_each_organization(standin: StandIn, offboard: Offboard) -> None:
    leavers = [f"person{number}@example.com" for number in range(20)]
    standin.reset(Organization.generated(201, dict.fromkeys(leavers, 10)))
    run = offboard(leavers)
    assert run.rc == 0, run.output
    assert len([one for one in run.results if one.task.startswith(REMOVE)]) == 1
    assert len(standin.organization.keys) == 1
    assert set(statuses(offboard.only()).values()) == {"removed"}
