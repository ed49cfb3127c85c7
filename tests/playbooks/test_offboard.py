# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook `keywarden.datadog.offboard` and its role, with what stands on the server and in the evidence."""

from __future__ import annotations

import csv
import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.tests.helpers.playbook import Player
from ansible_collections.keywarden.datadog.tests.playbooks.offboarding import (
    ANN,
    PLAYBOOK,
    RECORD,
    Offboard,
    host,
    owned,
    said,
    small_disk,
    statuses,
)
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

BOB = SECOND_LEAVER


def test_plan_then_for_real_then_again(standin: StandIn, offboard: Offboard) -> None:
    before = set(standin.organization.keys)
    leaving = {key.id for key in standin.organization.keys_of(LEAVER)}
    assert len(leaving) == LEAVER_KEYS
    options = {"extra_vars": {"offboard_credentials": ["application_keys"], "offboard_missing_account": "report"}}

    run = offboard(f"{LEAVER},{NOBODY}", check=True, warnings=ANN, **options)
    assert run.rc == 0, run.output
    assert set(standin.organization.keys) == before
    run = offboard([LEAVER, NOBODY], warnings=ANN, **options)
    assert run.rc == 0, run.output
    assert set(standin.organization.keys) == before - leaving
    run = offboard([LEAVER.upper(), LEAVER, NOBODY], warnings=(ANN[0].replace(LEAVER, LEAVER.upper()),), **options)
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
        assert {key["id"] for key in facts["credentials"]} == leaving
    assert {key["outcome"] for key in plan["credentials"]} == {"to delete"}
    assert {(key["outcome"], key["status_code"]) for key in real["credentials"]} == {("deleted", 204)}
    assert all(key["requested_at"] and key["verified_at"] for key in real["credentials"])
    assert not [key for key in plan["credentials"] if key["requested_at"] or key["verified_at"]]
    assert again["credentials"] == []
    # The plan names what the real run then did.
    same = ("id", "name", "leaver", "created_at", "last4", "scopes")
    assert [[key[name] for name in same] for key in plan["credentials"]] == [
        [key[name] for name in same] for key in real["credentials"]
    ]


def test_access_tokens_go_with_the_keys(standin: StandIn, offboard: Offboard) -> None:
    mine = {token.id for token in standin.organization.tokens.values() if token.owner_id == user(standin, LEAVER)}
    assert mine
    run = offboard(LEAVER, warnings=(*ANN, "Used within the last day: "))
    assert run.rc == 0, run.output
    assert not mine & set(standin.organization.tokens)
    facts = offboard.only()
    assert {row["id"] for row in facts["credentials"] if row["kind"] == "personal access token"} == mine
    assert "5 personal access tokens deleted" in said(run)


def user(standin: StandIn, email: str) -> str:
    """The id of the person with this e-mail."""
    return next(one.id for one in standin.organization.users.values() if one.email == email and not one.service_account)


def test_evidence_is_private_verifies_and_marks_a_plan_by_name(standin: StandIn, offboard: Offboard) -> None:
    offboard(BOB, check=True)
    first = {path: path.read_bytes() for path in offboard.directory.rglob("offboard-*.*") if path.is_file()}
    offboard(BOB)
    files = [path for path in offboard.directory.rglob("offboard-*.*") if path.is_file()]
    assert len(first) == 4
    assert len(files) == 8
    assert {path: path.read_bytes() for path in first} == first
    assert all("-plan-" in path.name for path in first)
    assert not any("-plan-" in path.name for path in files if path not in first)
    assert {stat.S_IMODE(path.stat().st_mode) for path in offboard.directory.rglob("*") if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in offboard.directory.rglob("*") if path.is_dir()} == {0o700}
    for sums in offboard.directory.rglob("*.sha256"):
        done = subprocess.run(["sha256sum", "--check", sums.name], cwd=sums.parent, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        digest = sums.read_text().split()[0]
        stem = sums.name.replace(".json.sha256", "")
        assert digest in (sums.parent / f"{stem}.html").read_text()
        rows = csv.DictReader((sums.parent / f"{stem}.csv").read_text("utf-8-sig").splitlines())
        assert {row["json_sha256"] for row in rows} == {digest}


def test_a_failure_in_one_organization_stops_no_other(standin: StandIn, other: StandIn, offboard: Offboard) -> None:
    organizations = {
        "wrong": host(standin, offboard_app_key="f" * 40),
        "silent": host(standin, offboard_api_url="http://127.0.0.1:9"),
        "readonly": host(standin, offboard_app_key=READ_ONLY_APP_KEY),
        "good": host(other, offboard_organization="Good"),
    }
    run = offboard([{"email": BOB, "ticket": "HR-17"}, NOBODY], organizations=organizations)
    assert run.rc != 0
    facts = offboard.only()
    found = statuses(facts)
    assert found[BOB, "Good"] == "removed"
    assert {found[BOB, name] for name in ("wrong", "silent", "readonly")} == {"failed"}
    assert (found[NOBODY, "Good"], found[NOBODY, "readonly"]) == ("no account", "no account")
    assert owned(standin, BOB) == 6
    assert owned(other, BOB) == 0
    assert facts["state"] == "finished"
    assert {row["ticket"] for row in facts["leavers"] if row["leaver"] == BOB} == {"HR-17"}
    assert {row["site"] for row in facts["leavers"] if row["organization"] == "Good"} == {f"127.0.0.1:{other.port}"}
    # Each reason is on the screen, with the module's own words, and what failed is not a green ok.
    for words in (f"{BOB} in wrong: failed", "not accepted there", "org_app_keys_write", f"{BOB} in Good: removed"):
        assert words in said(run)
    failed = {one.host for one in run.failures if one.task == RECORD}
    assert failed == {"wrong", "silent", "readonly"}
    assert str(offboard.file("html")) in said(run)


def test_no_line_of_a_failing_run_is_wider_than_a_screen(standin: StandIn, other: StandIn, offboard: Offboard) -> None:
    organizations = {"wrong": host(standin, offboard_app_key="f" * 40), "good": host(other)}
    run = offboard(
        [LEAVER, BOB, NOBODY], organizations=organizations, extra_vars={"offboard_max_keys": 3}, warnings=ANN[:1]
    )
    own = [line for line in run.stdout.splitlines() if line.startswith("        ") and "/" not in line]
    assert len(own) > 5
    assert max(map(len, own)) <= 120


@pytest.mark.parametrize("plan", [False, True], ids=["real", "plan"])
def test_who_is_known_nowhere_is_named_and_fails_the_play(standin: StandIn, offboard: Offboard, plan: bool) -> None:
    run = offboard(["bobb@example.com", BOB], check=plan)
    assert run.rc != 0
    assert f"bobb@example.com: known in no organization. Similar e-mails there: {BOB}" in said(run)
    assert run.failures[-1].result["msg"] == "Not every leaver was found."
    page = offboard.file("html").read_text()
    assert "Not every leaver was found" in page
    assert "All leavers are dealt with" not in page
    assert owned(standin, BOB) == (6 if plan else 0)
    run = offboard("bobb@example.com", extra_vars={"offboard_missing_account": "report"})
    assert run.rc == 0, run.output


def test_who_is_known_in_one_organization_is_found(standin: StandIn, other: StandIn, offboard: Offboard) -> None:
    other.reset(Organization.generated(3, {"someone@example.com": 1}))
    run = offboard(BOB, organizations={"here": host(standin), "there": host(other)})
    assert run.rc == 0, run.output
    assert statuses(offboard.only()) == {(BOB, "here"): "removed", (BOB, "there"): "no account"}


def test_guards_hold_back_a_leaver_and_the_others_go(standin: StandIn, offboard: Offboard) -> None:
    kept = standin.organization.keys_of(BOB)[0].id
    guards = {"offboard_max_keys": 10, "offboard_keep": [kept], "offboard_credentials": ["application_keys"]}
    run = offboard([LEAVER, BOB], extra_vars=guards, warnings=ANN[:1])
    assert run.rc != 0
    assert f"Not dealt with: {LEAVER} in Datadog. 2 leavers in 1 organization: 5 application" in said(run)
    assert owned(standin) == LEAVER_KEYS
    assert [key.id for key in standin.organization.keys_of(BOB)] == [kept]
    facts = offboard.only()
    assert list(statuses(facts).values()) == ["failed", "removed"]
    assert facts["leavers"][1]["message"] == "Listing complete, 6 of 6 listed: 5 deleted, 1 kept."
    assert facts["guards"] == {"keep": [kept], "max_keys": 10, "refuse_used_within": None, "managed_keys": "refuse"}


@pytest.mark.parametrize("guard", [{"offboard_max_keys": 0}, {"offboard_refuse_used_within": "1d"}], ids=str)
def test_a_guard_of_nothing_or_of_a_day_is_a_guard(standin: StandIn, offboard: Offboard, guard: dict[str, Any]) -> None:
    only_keys = {"offboard_credentials": ["application_keys"]}
    run = offboard(LEAVER, extra_vars={**guard, **only_keys}, warnings=ANN[:1])
    assert run.rc != 0
    assert owned(standin) == LEAVER_KEYS
    assert list(statuses(offboard.only()).values()) == ["failed"]


def test_an_organization_has_guards_of_its_own(standin: StandIn, other: StandIn, offboard: Offboard) -> None:
    kept = other.organization.keys_of(BOB)[0].id
    organizations = {"one": host(standin), "two": host(other, offboard_keep=[kept])}
    assert offboard(BOB, organizations=organizations).rc == 0
    assert (owned(standin, BOB), [key.id for key in other.organization.keys_of(BOB)]) == (0, [kept])


@pytest.mark.parametrize(
    ("variables", "arguments", "sentence"),
    [
        ({}, [], "There are no leavers. Name at least one; an empty list never means all."),
        ({"offboard_max_keys": "many", "leavers": LEAVER}, [], "offboard_max_keys"),
        ({}, ["-e", f"leavers={LEAVER} {BOB}"], f"left over: {BOB}. Separate leavers with commas and no spaces"),
        ({}, ["-e", f"leavers={LEAVER}, {BOB}"], f"left over: {BOB}. Separate leavers with commas and no spaces"),
        ({}, ["-e", f"leavers={LEAVER}", "-e", f"leavers={BOB}"], "is given twice, and Ansible only takes the last"),
        ({"leavers": LEAVER, "offboard_leavers": [BOB]}, [], "both name leavers"),
        ({"leavers_file": "nowhere.csv"}, [], "nowhere.csv cannot be read"),
        ({"leavers": LEAVER, "offboard_report_dir": "missing"}, [], "Create the directory first"),
        ({"leavers": LEAVER, "offboard_report_dir": "~nobody-here/x"}, [], "there is no such user"),
        ({"leavers": LEAVER, "offboard_report_dir": ""}, [], "offboard_report_dir is empty"),
        ({"leavers": LEAVER, "awx_job_id": 7}, [], "has no file .offboard-evidence"),
        ({"leavers": LEAVER}, ["--start-at-task", RECORD.rpartition(" : ")[2]], "No evidence was started in this play"),
        ({"leavers": LEAVER}, ["--start-at-task", "Finish the evidence"], "No evidence was started in this play"),
    ],
)
def test_bad_input_is_a_clear_sentence_and_no_request(
    standin: StandIn, play: Player, tmp_path: Path, variables: dict[str, Any], arguments: list[str], sentence: str
) -> None:
    (tmp_path / "evidence").mkdir()
    variables = {"offboard_report_dir": str(tmp_path / "evidence"), **variables}
    run = play(PLAYBOOK, extra_vars=variables, arguments=arguments, verbosity=4)
    assert run.rc != 0
    assert sentence in " ".join(str(one.result.get("msg")) for one in run.failures)
    assert standin.requests == []
    assert list((tmp_path / "evidence").iterdir()) == []
    assert APP_KEY not in run.output


def test_one_bad_leaver_fails_and_the_others_are_dealt_with(standin: StandIn, offboard: Offboard) -> None:
    run = offboard([BOB, f"{LEAVER} {NOBODY}", "ann\u200b@example.com", "  "])
    assert run.rc != 0
    assert (owned(standin, BOB), owned(standin)) == (0, LEAVER_KEYS)
    for words in ("Leaver 2 has a space at character 16", "Leaver 3: character 4 is U+200B", "Leaver 4 is blank"):
        assert words in said(run)
    rows = offboard.only()["leavers"]
    assert [row["status"] for row in rows] == ["removed", "failed", "failed", "failed"]


def test_leavers_come_from_a_file_with_what_an_auditor_asks(
    standin: StandIn, offboard: Offboard, tmp_path: Path
) -> None:
    text = f"\ufeffe-mail;name;ticket;left_at;office\n{BOB};Bob Ö;HR-7;2026-01-31T17:00:00Z;Oslo\nann example;;;;\n"
    (tmp_path / "leavers.csv").write_text(text, encoding="utf-8")
    run = offboard(None, extra_vars={"leavers_file": str(tmp_path / "leavers.csv"), "offboard_sla": "24h"})
    assert run.rc != 0
    assert owned(standin, BOB) == 0
    facts = offboard.only()
    bob, bad = facts["people"]
    assert (bob["name"], bob["ticket"], bob["left_at"]) == ("Bob Ö", "HR-7", "2026-01-31T17:00:00.000Z")
    assert bob["removed_at"] > facts["started_at"]
    assert (bob["time_to_removal"] > 0, bob["within_sla"]) == (True, False)
    assert bad["problem"].startswith("Row 3 of leavers.csv has a space at character 4.")
    assert facts["notes"] == ["Ignored, because nothing here uses it: office."]
    assert {"user", "host", "ansible", "awx"} == set(facts["ran_by"])


def test_no_variable_mixes_the_credentials_of_two_organizations(
    standin: StandIn, other: StandIn, offboard: Offboard
) -> None:
    """Otherwise the evidence would give its name to the organization of the environment."""
    organizations = {
        "half": {"offboard_app_key": APP_KEY, "offboard_api_url": other.url},
        "site": {"offboard_app_key": APP_KEY, "offboard_api_key": API_KEY, "offboard_site": "nowhere.example.com"},
        "none": {},
        "empty": {"offboard_app_key": "", "offboard_api_key": ""},
        "good": host(other),
    }
    run = offboard(BOB, organizations=organizations)
    assert run.rc != 0
    assert statuses(offboard.only()) == {
        **{(BOB, name): "failed" for name in ("half", "site", "none", "empty")},
        (BOB, "good"): "removed",
    }
    assert "none has no offboard_app_key" in said(run)
    assert standin.requests == []


def test_module_defaults_are_for_the_connection_and_never_for_another_organization(
    standin: StandIn, other: StandIn, offboard: Offboard
) -> None:
    defaults = {"group/keywarden.datadog.datadog": {"api_url": standin.url, "timeout": 0}}
    run = offboard(BOB, organizations={"good": host(other)}, play={"module_defaults": [defaults]})
    assert "timeout is 0" in said(run)
    assert standin.requests == other.requests == []


def test_names_from_elsewhere_are_only_text(standin: StandIn, offboard: Offboard) -> None:
    names = ["{{ 7 * 7 }}", "<script>alert(1)</script>", "\u202egpj.exe", "=1+1", "\U0001f511", "{% raw %}", "'\"\\"]
    owner = standin.organization.add_user("dana@example.com")
    for name in names:
        standin.organization.add_key(owner.id, name=name)
    run = offboard("dana@example.com")
    assert run.rc == 0, run.output
    facts = offboard.only()
    assert sorted(key["name"] for key in facts["credentials"]) == sorted(names)
    page = offboard.file("html").read_text()
    assert "{{ 7 * 7 }}" in page
    assert "<script" not in page
    assert "'=1+1" in offboard.file("csv").read_text()


def test_no_secret_is_on_the_screen_or_in_a_file(standin: StandIn, other: StandIn, offboard: Offboard) -> None:
    wrong = "0123456789abcdefSENTINEL" + "9" * 16
    secrets = {API_KEY, APP_KEY, wrong, *(key.secret for key in other.organization.keys.values())}
    organizations = {
        "good": host(other),
        "wrong": host(standin, offboard_app_key=wrong),
        "short": host(standin, offboard_app_key="short-SENTINEL"),
    }
    run = offboard([BOB, NOBODY], organizations=organizations, diff=True, verbosity=4)
    assert run.rc != 0
    assert owned(other, BOB) == 0
    inventory = offboard.play.folder / "inventory.json"
    texts = [run.output] + [
        path.read_text("utf-8", "replace")
        for folder in (offboard.directory, run.home)
        for path in folder.rglob("*")
        if path.is_file() and path != inventory
    ]
    for text in texts:
        assert not [secret for secret in secrets if secret in text]
        assert "SENTINEL" not in text
    # Masking must not have eaten the report.
    facts = offboard.only()
    assert "****" not in json.dumps(facts)
    assert "NO_LOG" not in json.dumps(facts)
    assert all(row["message"] for row in facts["leavers"])


def test_a_disk_that_is_full_from_the_start_removes_nothing(standin: StandIn, play: Player, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16k") as disk:
        run = play(PLAYBOOK, extra_vars={"leavers": LEAVER, "offboard_report_dir": str(disk)})
        assert {path.name for path in disk.iterdir()} <= {".start.lock"}
    assert run.rc != 0
    assert "No space left on device" in run.failures[-1].result["msg"]
    assert standin.requests == []
    assert owned(standin) == LEAVER_KEYS


def test_a_disk_that_fills_up_keeps_the_earlier_evidence_whole_and_stops(
    standin: StandIn, play: Player, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        only_keys = {"leavers": LEAVER, "offboard_report_dir": str(disk), "offboard_credentials": ["application_keys"]}
        run = play(PLAYBOOK, extra_vars=only_keys, warnings=ANN)
        (home,) = disk.glob("offboard-*")
        (report,) = home.glob("*.json")
        facts = json.loads(report.read_text())
        verified = subprocess.run(["sha256sum", "--check", f"{report.name}.sha256"], cwd=home, check=False)
        (page,) = home.glob("*.html")
        text = page.read_text()
        lines = [line for path in home.glob("journals/*") for line in path.read_text().splitlines()]
    assert run.rc != 0
    assert facts["state"] == "running"
    assert verified.returncode == 0
    assert "Not finished" in text
    assert text.endswith("</html>\n")
    # What the journal has no room for is not removed.
    requested = {entry["id"] for entry in map(json.loads, lines) if entry["event"] == "request"}
    deleted = {one.id for one in standin.organization.deleted}
    assert deleted <= requested
    assert owned(standin) == LEAVER_KEYS - len(deleted) > 0


def test_twenty_leavers_share_one_task_for_each_organization(standin: StandIn, offboard: Offboard) -> None:
    leavers = [f"person{number}@example.com" for number in range(20)]
    standin.reset(Organization.generated(201, dict.fromkeys(leavers, 10)))
    run = offboard(leavers)
    assert run.rc == 0, run.output
    assert len([one for one in run.results if one.task == RECORD]) == 1
    assert len(standin.organization.keys) == 1
    assert set(statuses(offboard.only()).values()) == {"removed"}
