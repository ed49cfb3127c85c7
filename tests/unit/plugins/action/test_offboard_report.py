# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions of a run: started before, recorded by each organization, finished once, never two runs in one place."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants
from ansible_collections.keywarden.datadog.plugins.module_utils._api.errors import OptionError
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import files
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import run as run_module
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.organization import CONNECTION, Organization
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.signature import SignatureError
from ansible_collections.keywarden.datadog.tests.helpers.action import run_action
from ansible_collections.keywarden.datadog.tests.helpers.inprocess import ModuleRun, Modules
from ansible_collections.keywarden.datadog.tests.standin import API_KEY, APP_KEY, LEAVER, LEAVER_KEYS, NOBODY, StandIn

GROUP = ("datadog_organizations",)
OPTIONS = {
    "plan": False,
    "name": None,
    "leavers": [LEAVER],
    "leavers_file": None,
    "credentials": ["application_keys"],
    "approved_plan": None,
    "guards": {},
    **dict.fromkeys(CONNECTION),
}


@pytest.fixture(autouse=True)
def _local_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ansible's own, of one ansible-playbook."""
    folder = tmp_path / "ansible"
    folder.mkdir()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(folder))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the evidence goes."""
    (tmp_path / "evidence").mkdir()
    return tmp_path / "evidence"


def call(state: str, folder: Path = Path("/"), variables: Any = None, play: Any = None, **options: Any) -> ModuleRun:
    """Run offboard_report."""
    return run_action({"state": state, **options}, folder=folder, variables=variables, play=play)


def begin(place: Path, **options: Any) -> ModuleRun:
    """Start a run in one organization."""
    given = {"leavers": [LEAVER], "organizations": ["one"], "credentials": OPTIONS["credentials"], **options}
    return call("started", **{"directory": str(place), **given})


def facts(report: str) -> dict[str, Any]:
    """What the JSON file of a run says."""
    read: dict[str, Any] = json.loads(Path(report).read_text())
    return read


ID = "00112233-4455-4677-8899-aabbccddeeff"


class Organizations:
    """Organizations of a run, with the modules in this process."""

    def __init__(self, standin: StandIn, modules: Modules) -> None:
        self.connection = {"api_url": standin.url, "api_key": API_KEY, "app_key": APP_KEY}
        self.modules = modules
        self.asked: list[Mapping[str, Any]] = []
        self.plan = False
        self.more: Mapping[str, Any] = {}  # what the module returns beside that

    def record(self, report: str, host: str = "one", groups: tuple[str, ...] = (), **options: Any) -> dict[str, Any]:
        """What offboard_organization does."""
        given = {**OPTIONS, "report": report, "connection": self.connection, **options}
        self.plan = bool(given["plan"])
        variables = {"inventory_hostname": host, "group_names": list(groups)}
        return Organization(given, variables).work(self._execute)

    def _execute(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(arguments)
        return {**self.modules.remove_access(check=self.plan, **{**arguments, "max_wait": 10}).result, **self.more}


@pytest.fixture
def organizations(standin: StandIn, modules: Modules) -> Organizations:
    """organizations.record(report, …): the work of one organization."""
    return Organizations(standin, modules)


def planned(directory: Path, organizations: Organizations) -> str:
    """The JSON file of a plan, which can be approved."""
    report: str = begin(directory, plan=True).result["report"]
    organizations.record(report, plan=True)
    call("finished", report=report, plan=True)
    return report


@pytest.mark.parametrize("plan", [False, True], ids=["real", "plan"])
def test_a_run_from_start_to_end(directory: Path, organizations: Organizations, plan: bool) -> None:
    report = begin(directory, plan=plan).result["report"]
    assert facts(report)["state"] == "running"
    recorded = organizations.record(report, plan=plan)
    assert (recorded.get("failed"), recorded["changed"]) == (None, True)
    # The page is made once, not with each record.
    assert facts(report)["leavers"][0]["status"] == "not recorded"
    finished = call("finished", report=report, plan=plan)
    assert (finished.result["success"], facts(report)["state"]) == (True, "finished")
    assert facts(report)["mode"] == ("plan" if plan else "real")
    found = finished.result["counts"]["credentials"]["application key"]
    assert found["to delete" if plan else "deleted"] == LEAVER_KEYS
    assert ("-plan-" in report) is plan
    told = call("told", report=report)
    assert not told.failed
    assert told.msg == ("This is a plan. Nothing was deleted." if plan else "All leavers are dealt with.")
    assert sorted(path.name for path in Path(report).parent.iterdir() if path.is_dir()) == ["journals"]


@pytest.mark.parametrize("keep", [["{secret}"], "{secret}", [ID, "{secret}"], f"{ID},{{secret}}"])
@pytest.mark.parametrize("secret", ["ddpat_" + "a" * 40, "0123456789abcdef" * 2 + "01234567", "my-old-key-0123456"])
def test_a_credential_among_those_to_keep_is_written_nowhere(
    directory: Path, organizations: Organizations, standin: StandIn, keep: Any, secret: str
) -> None:
    given = keep.format(secret=secret) if isinstance(keep, str) else [one.format(secret=secret) for one in keep]
    refused = begin(directory, guards={"keep": given})
    assert "offboard_keep: item" in refused.msg
    report = begin(directory).result["report"]
    recorded = organizations.record(report, guards={"keep": given})
    assert "offboard_keep: item" in " ".join(recorded["reasons"])
    call("finished", report=report)
    assert standin.requests == []
    written = [path.read_text() for path in directory.rglob("*") if path.is_file()]
    assert len(written) > 3
    assert not any(secret in text for text in [*written, str(refused.result), str(recorded)])


@pytest.mark.parametrize("keep", [5, True, {"a": 1}, [None], [["x"]], "  "])
def test_what_cannot_be_kept_is_a_sentence_and_no_traceback(
    directory: Path, organizations: Organizations, keep: Any
) -> None:
    assert "offboard_keep: item 1 is not the ID" in begin(directory, guards={"keep": keep}).msg
    report = begin(directory).result["report"]
    assert organizations.record(report, guards={"keep": keep})["failed"]


@pytest.mark.parametrize("guards", [{"max_tokens": 20}, {"only": []}, {"max_keys": 3, "allow_self": True}])
def test_a_guard_that_is_not_one_is_refused_and_not_ignored(directory: Path, guards: dict[str, Any]) -> None:
    refused = begin(directory, guards=guards)
    assert "is not a guard here. The guards are keep, max_keys, managed_keys, refuse_used_within." in refused.msg
    assert list(directory.iterdir()) == []


def test_the_journal_of_the_module_lies_in_the_directory_of_the_run(
    directory: Path, organizations: Organizations
) -> None:
    report = begin(directory).result["report"]
    organizations.record(report)
    (journal,) = (Path(report).parent / "journals").iterdir()
    events = [json.loads(line)["event"] for line in journal.read_text().splitlines()]
    assert events.count("request") == LEAVER_KEYS


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (False, "Not all leavers are dealt with."),
        (True, "This is a plan, and it does not cover all leavers. Nothing was deleted."),
    ],
    ids=["real", "plan"],
)
def test_what_failed_is_told_with_its_reason_and_recorded(
    directory: Path, organizations: Organizations, plan: bool, said: str
) -> None:
    report = begin(directory, plan=plan).result["report"]
    recorded = organizations.record(report, plan=plan, guards={"max_keys": 3})
    assert recorded["failed"]
    assert "max_keys" in " ".join(recorded["reasons"])
    assert not call("finished", report=report, plan=plan).failed
    told = call("told", report=report)
    assert (told.failed, told.msg) == (True, said)
    assert "max_keys" in " ".join(told.result["leavers"])
    assert max(map(len, told.result["leavers"][:-1])) <= 108


def test_an_organization_is_recorded_once_and_only_in_a_run_of_its_own(
    directory: Path, organizations: Organizations
) -> None:
    report = begin(directory).result["report"]
    with pytest.raises(OptionError, match="is not one of the organizations of this run"):
        organizations.record(report, host="two")
    with pytest.raises(OptionError, match="other leavers"):
        organizations.record(report, leavers=[LEAVER, NOBODY])
    # The evidence says of the whole run what was looked at.
    for kinds in (["access_tokens"], ["application_keys", "access_tokens"], []):
        with pytest.raises(OptionError, match="other leavers, other kinds of credentials or another approved plan"):
            organizations.record(report, credentials=kinds)
    with pytest.raises(OptionError, match="in another mode"):
        organizations.record(report, plan=True)
    assert organizations.asked == []
    organizations.record(report)
    with pytest.raises(files.EvidenceError, match="File exists"):
        organizations.record(report)
    call("finished", report=report)
    with pytest.raises(OptionError, match="nothing can be added"):
        organizations.record(report)


def test_credentials_are_all_of_the_host_or_all_of_the_environment(
    directory: Path, organizations: Organizations
) -> None:
    defaults = {"api_key": "f" * 32, "app_key": "f" * 40, "site": "datadoghq.eu", "api_url": "https://example.com"}
    report = begin(directory, organizations=["one", "two", "three"]).result["report"]
    organizations.record(report, connection={"app_key": APP_KEY}, timeout=7, **defaults)
    (asked,) = organizations.asked
    assert {name: asked[name] for name in (*defaults, "timeout")} == {
        "app_key": APP_KEY,
        "api_key": "",
        "api_url": "",
        "site": "datadoghq.com",
        "timeout": 7,
    }
    recorded = organizations.record(report, host="two", connection={}, **defaults)
    assert "two has no offboard_app_key." in " ".join(recorded["reasons"])
    recorded = organizations.record(report, host="three", connection={"site": "datadoghq.eu"}, **defaults)
    assert recorded["failed"]
    assert len(organizations.asked) == 1


@pytest.mark.parametrize(
    ("connection", "groups"),
    [({}, GROUP), ({"api_key": API_KEY}, ()), ({"app_key": ""}, GROUP), ({"app_key": ""}, ())],
    ids=["in the group", "half", "empty in the group", "empty"],
)
def test_an_organization_of_the_inventory_never_takes_the_credentials_of_the_environment(
    directory: Path, organizations: Organizations, standin: StandIn, connection: dict[str, Any], groups: tuple[str, ...]
) -> None:
    report = begin(directory).result["report"]
    assert organizations.record(report, connection=connection, groups=groups)["failed"]
    assert standin.requests == []


def test_hosts_and_batches_of_one_play_join_one_run(directory: Path) -> None:
    play = SimpleNamespace(_uuid="play-1", strategy="linear")
    first, second = (begin(directory, play=play, organizations=["one", "two"]) for _batch in range(2))
    assert first.result["report"] == second.result["report"]
    assert len(list(directory.glob("offboard-*"))) == 1
    other = begin(directory, play=SimpleNamespace(_uuid="play-2", strategy="linear"))
    assert other.result["report"] != first.result["report"]
    wrong = begin(directory, play=play, leavers=[NOBODY], organizations=["one", "two"])
    assert "were given different leavers" in wrong.msg


def test_a_run_is_finished_once_nobody_is_still_to_come(directory: Path, organizations: Organizations) -> None:
    def variables(active: list[str], batch: list[str]) -> dict[str, Any]:
        return {"ansible_play_hosts": active, "ansible_play_batch": batch}

    play = SimpleNamespace(_uuid="play-1", strategy="linear")
    report = begin(directory, play=play, organizations=["one", "two"]).result["report"]
    organizations.record(report)
    finish = {"report": report, "play": play}
    early = call("finished", variables=variables(["one", "two"], ["one"]), **finish)
    assert (early.result["finished"], early.result["coming"]) == (False, ["two"])
    assert call("told", report=report).failed
    play.strategy = "ansible.builtin.free"
    early = call("finished", variables=variables(["one", "two"], ["one", "two"]), **finish)
    assert early.result["coming"] == ["two"]
    # Without strategy free, who is in this batch and has no record has failed.
    play.strategy = "linear"
    done = call("finished", variables=variables(["one", "two"], ["one", "two"]), **finish)
    assert (done.result["finished"], done.result["success"]) == (True, False)
    assert {row["host"]: row["status"] for row in facts(report)["leavers"]} == {"one": "removed", "two": "not recorded"}


def test_an_organization_of_an_earlier_batch_without_a_record_keeps_no_run_open(
    directory: Path, organizations: Organizations
) -> None:
    play = SimpleNamespace(_uuid="play-1", strategy="linear")
    hosts = ["one", "two", "three"]
    report = begin(directory, play=play, organizations=hosts).result["report"]
    for batch in (["one", "two"], ["three"]):
        organizations.record(report, host=batch[0])
        variables = {"ansible_play_hosts": hosts, "ansible_play_batch": batch, "inventory_hostname": batch[0]}
        ended = call("finished", report=report, play=play, variables=variables)
    assert (ended.result["finished"], ended.result["success"]) == (True, False)
    assert [row["status"] for row in facts(report)["leavers"]][1] == "not recorded"


@pytest.mark.parametrize("last", ["one", "two"])
def test_an_organization_that_ended_without_a_record_keeps_no_run_open(
    directory: Path, organizations: Organizations, last: str
) -> None:
    """With strategy free each host comes to the end by itself, and the last one finishes the run, red."""
    play = SimpleNamespace(_uuid="play-1", strategy="free")
    report = begin(directory, play=play, organizations=["one", "two"]).result["report"]
    hosts = ["one", "two"]
    variables = {"ansible_play_hosts": hosts, "ansible_play_batch": hosts}
    for host in sorted(hosts, key=lambda one: one == last):
        if host == "one":
            organizations.record(report)
        ended = call("finished", report=report, play=play, variables={**variables, "inventory_hostname": host})
        assert ended.result["finished"] == (host == last)
    assert not ended.result["success"]
    assert {row["host"]: row["status"] for row in facts(report)["leavers"]} == {"one": "removed", "two": "not recorded"}


def test_a_bad_entry_with_the_text_of_a_good_one_stops_neither(directory: Path, organizations: Organizations) -> None:
    leavers = [{"email": LEAVER}, {"id": LEAVER}]
    report = begin(directory, leavers=leavers).result["report"]
    organizations.record(report, leavers=leavers)
    assert call("finished", report=report).result["success"] is False
    assert sorted(row["status"] for row in facts(report)["leavers"]) == ["failed", "removed"]


def test_wrong_credentials_are_named_and_not_only_that_the_organization_is_unknown(
    directory: Path, organizations: Organizations, standin: StandIn
) -> None:
    report = planned(directory, organizations)
    real = begin(directory, approved_plan=report).result["report"]
    organizations.connection["app_key"] = "f" * 40
    recorded = organizations.record(real, approved_plan=report)
    assert recorded["failed"]
    assert "are not accepted there" in " ".join(recorded["reasons"])
    assert len(standin.organization.keys_of(LEAVER)) == LEAVER_KEYS


def test_a_signature_that_fails_at_the_end_hides_nothing_that_was_done(
    directory: Path, organizations: Organizations, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = begin(directory).result["report"]
    organizations.record(report)

    def refuse(*_arguments: Any) -> bytes:
        raise SignatureError("The agent has no key.")

    monkeypatch.setattr(run_module, "sign", refuse)
    run = call("finished", report=report, sign_with="key.pub")
    assert run.failed
    assert "The evidence is complete, but it is not signed. The agent has no key." in run.msg
    assert any(LEAVER in line for line in run.result["leavers"])
    assert facts(report)["state"] == "finished"
    assert "unfinished run" not in (directory / "index.csv").read_text()


def test_half_a_character_in_a_name_stops_nothing(directory: Path, organizations: Organizations) -> None:
    leavers = [{"email": LEAVER, "name": "Ann \ud83d", "ticket": "HR-\udc00"}]
    report = begin(directory, leavers=leavers).result["report"]
    organizations.record(report, leavers=leavers)
    assert call("finished", report=report).result["success"]
    assert facts(report)["people"][0]["name"] == "Ann ?"
    assert LEAVER in (directory / "index.csv").read_text()


@pytest.mark.parametrize("how", ["finished", "damaged"])
def test_an_earlier_run_that_has_finished_meanwhile_or_is_damaged_is_no_unfinished_one(
    directory: Path, organizations: Organizations, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    before = begin(directory).result["report"]
    # On another machine, so that nobody here can see whether it goes on.
    elsewhere = {**facts(before), "process": {"host": "elsewhere", "pid": 1, "started": "1"}}
    Path(before).write_text(json.dumps(elsewhere))
    organizations.record(before)
    here = begin(directory).result["report"]
    organizations.record(here)
    if how == "finished":
        assert call("finished", report=before).result["finished"]
    else:
        Path(before).write_text(json.dumps({**elsewhere, "organizations": [7]}))
    assert call("finished", report=here).result["success"]
    assert facts(here)["earlier"] == []
    assert bool([note for note in facts(here)["notes"] if before in note]) == (how == "damaged")


def test_a_second_run_of_the_same_play_has_a_directory_of_its_own(directory: Path) -> None:
    play = SimpleNamespace(_uuid="play-1", strategy="linear")
    reports = []
    for _run in range(3):
        reports.append(begin(directory, play=play).result["report"])
        call("finished", report=reports[-1], play=play)
    assert len(set(reports)) == 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"leavers": []}, "There are no leavers."),
        ({"leavers": None}, "There are no leavers."),
        ({"organizations": []}, "There are no organizations."),
        ({"directory": ""}, "offboard_report_dir is empty"),
        ({"ticket": "{{ change_no }}"}, "offboard_ticket is '{{ change_no }}': a variable in it is not defined"),
        ({"leavers": "[{'email': 'a@example.com', 'left_at': datetime.datetime(2026, 1, 1)}]"}, "into quotes"),
        ({"sla": "soon"}, "offboard_sla: 'soon' is not an age"),
        ({"leavers_file": "x.csv"}, "are both given"),
        ({"leavers": None, "leavers_file": "x.csv"}, "x.csv cannot be read"),
        ({"approved_plan": "plan.json"}, "offboard_plan /plan.json or its .sha256 file cannot be read"),
        ({"credentials": ["passwords"]}, "credentials"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_bad_input_is_a_sentence_and_makes_no_run(directory: Path, options: dict[str, Any], sentence: str) -> None:
    run = begin(directory, **options)
    assert run.failed
    assert sentence in run.msg
    assert list(directory.iterdir()) == []


@pytest.mark.parametrize(
    ("extra", "texts", "sentence"),
    [
        ({"leavers": LEAVER, "_raw_params": NOBODY}, [f"leavers={LEAVER} {NOBODY}"], f"left over: {NOBODY}. Separate"),
        ({"leavers": NOBODY}, [f"leavers={LEAVER}", f"leavers={NOBODY}"], "leavers is given twice"),
        ({"leavers": NOBODY}, [f"leavers={LEAVER} leavers={NOBODY}"], "leavers is given twice"),
        ({"leavers": NOBODY}, [f"ticket=HR-1 leavers={LEAVER}", f"leavers={NOBODY}"], "leavers is given twice"),
        ({"leavers": NOBODY}, [f'{{"leavers": "{LEAVER}"}}', f"leavers={NOBODY}"], "leavers is given twice"),
        ({"leavers": NOBODY}, ["@FILE", f"leavers={NOBODY}"], "leavers is given twice"),
        ({"leavers": NOBODY}, [f'{{"leavers": "{LEAVER}",\t"leavers": "{NOBODY}"}}'], "leavers is given twice"),
        ({"leavers": NOBODY}, [f"{{leavers: {LEAVER}, leavers: {NOBODY}}}"], "leavers is given twice"),
        ({"leavers": NOBODY}, ["@TWICE"], "leavers is given twice"),
        # Here it is given once.
        ({"leavers": NOBODY}, [f'ticket="for leavers={LEAVER}" leavers={NOBODY}'], ""),
        ({"leavers": NOBODY, "offboard_leavers": [LEAVER]}, [], "leavers and offboard_leavers both name leavers"),
    ],
    ids=[
        "a blank",
        "twice",
        "twice in one text",
        "after another",
        "a mapping",
        "a file",
        "twice in JSON",
        "twice in YAML",
        "twice in a file",
        "a quoted value",
        "two names",
    ],
)
def test_a_leaver_whom_the_command_line_loses_is_an_error(
    directory: Path, monkeypatch: pytest.MonkeyPatch, extra: dict[str, Any], texts: list[str], sentence: str
) -> None:
    (directory / "extra.yml").write_text(f"leavers: {LEAVER}\n")
    (directory / "twice.yml").write_text(f"leavers: {LEAVER}\nleavers: {NOBODY}\n")
    names = {"FILE": "extra.yml", "TWICE": "twice.yml"}
    texts = [f"@{directory / names[text[1:]]}" if text[1:] in names else text for text in texts]
    name = "ansible_collections.keywarden.datadog.plugins.action.offboard_report"
    monkeypatch.setattr(f"{name}.load_extra_vars", lambda _loader: extra)
    monkeypatch.setattr(f"{name}.context.CLIARGS", {"extra_vars": tuple(texts)})
    run = begin(directory)
    assert run.failed == bool(sentence)
    if not sentence:
        return
    assert sentence in run.msg
    assert "leavers=ann@example.com,bob@example.com" in run.msg or "Give one of them" in run.msg


def test_extra_variables_from_a_pipe_which_is_empty_by_now_stop_no_run(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with ``-e @<(command)``: Ansible has read it, and nobody can do so again."""
    name = "ansible_collections.keywarden.datadog.plugins.action.offboard_report"
    monkeypatch.setattr(f"{name}.load_extra_vars", lambda _loader: {"leavers": LEAVER})
    monkeypatch.setattr(f"{name}.context.CLIARGS", {"extra_vars": ("@/dev/fd/999", "{broken: [", "@$NOWHERE/x.yml")})
    assert not begin(directory).failed


def test_leavers_in_a_pipe_that_ansible_has_emptied_are_not_lost(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "ansible_collections.keywarden.datadog.plugins.action.offboard_report"
    reader, writer = os.pipe()
    os.close(writer)
    monkeypatch.setattr(f"{name}.load_extra_vars", lambda _loader: {"leavers": NOBODY})
    monkeypatch.setattr(f"{name}.ActionModule._loaded", lambda *_arguments: ["leavers"])
    given = (f"@/dev/fd/{reader}", f"leavers={NOBODY}")
    monkeypatch.setattr(f"{name}.context.CLIARGS", {"extra_vars": given})
    try:
        assert "leavers is given twice" in begin(directory).msg
        monkeypatch.setattr(f"{name}.context.CLIARGS", {"extra_vars": ()})
        run = begin(directory, leavers=None, leavers_file=f"/dev/fd/{reader}", allow_nobody=True)
        assert "cannot be read: it does not exist or is not a file" in run.msg
    finally:
        os.close(reader)


def full(*_arguments: Any) -> None:
    """A disk without room."""
    raise OSError(28, "No space left on device")


def test_a_full_disk_at_the_start_fails_and_leaves_nothing(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "replace_all", full)
    run = begin(directory)
    assert run.failed
    assert "cannot be written: No space left on device." in run.msg
    assert [path.name for path in directory.iterdir()] == [".start.lock"]


def test_rows_that_cannot_be_recorded_are_in_the_failed_result(
    directory: Path, organizations: Organizations, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = begin(directory).result["report"]
    monkeypatch.setattr(files, "_store", full)
    with pytest.raises(files.EvidenceError) as caught:
        organizations.record(report)
    assert len(caught.value.result["unsaved"]["credentials"]) == LEAVER_KEYS


def test_a_failure_of_the_task_as_a_whole_is_in_the_evidence(directory: Path, organizations: Organizations) -> None:
    report = begin(directory).result["report"]
    organizations.more = {"failed": True, "msg": "The journal is not complete."}
    recorded = organizations.record(report)
    assert (recorded["failed"], recorded["reasons"]) == (True, ["The journal is not complete."])
    call("finished", report=report)
    (organization,) = facts(report)["organizations"]
    assert organization["problem"] == "The journal is not complete."


def test_a_run_that_was_never_started_does_nothing(organizations: Organizations) -> None:
    for state in ("finished", "told"):
        assert "No evidence was started in this play" in call(state, report="").msg
    with pytest.raises(OptionError, match="No evidence was started"):
        organizations.record("")


def test_nobody_is_asked_for_nothing(directory: Path, organizations: Organizations) -> None:
    report = begin(directory, leavers=[], allow_nobody=True).result["report"]
    assert not organizations.record(report, leavers=[])["changed"]
    assert organizations.asked == []
    call("finished", report=report)
    assert call("told", report=report).msg == "All leavers are dealt with."


def test_an_approved_plan_is_carried_out_and_nothing_else(
    directory: Path, organizations: Organizations, standin: StandIn
) -> None:
    report = planned(directory, organizations)
    real = begin(directory, approved_plan=report).result["report"]
    owner = next(user.id for user in standin.organization.users.values() if user.email == LEAVER)
    late = standin.organization.add_key(owner, name="made after the plan")
    with pytest.raises(OptionError, match="another approved plan"):
        organizations.record(real)  # that this host was given no plan is not for the first one to decide
    recorded = organizations.record(real, approved_plan=report)
    assert recorded["failed"]
    assert len(standin.organization.keys_of(LEAVER)) == LEAVER_KEYS + 1
    call("finished", report=real)
    del standin.organization.keys[late.id]
    again = begin(directory, approved_plan=report).result["report"]
    assert not organizations.record(again, approved_plan=report).get("failed")
    assert standin.organization.keys_of(LEAVER) == []
    call("finished", report=again)
    assert facts(again)["approved_plan"]["run_id"] == facts(report)["run_id"]


def test_templates_beside_the_playbook_take_the_place_of_those_of_the_role(directory: Path, tmp_path: Path) -> None:
    own = tmp_path / "templates/offboard"
    own.mkdir(parents=True)
    (own / "evidence.css").write_text("p { color: teal; }")
    page = Path(begin(directory, folder=tmp_path).result["files"]["html"]).read_text()
    assert "p { color: teal; }" in page
    assert "Offboarding evidence" in page
    (own / "evidence.html.j2").write_text("{{ run.run_id }}{% if %}")
    run = begin(directory, folder=tmp_path)
    assert run.failed
    assert "The template of the evidence page cannot be used (line 1)" in run.msg
    assert len(list(directory.glob("offboard-*"))) == 1


def test_check_mode_writes_nothing(directory: Path) -> None:
    arguments = {"state": "started", "directory": str(directory), "leavers": [LEAVER], "organizations": ["one"]}
    run = run_action(arguments, folder=directory.parent, check=True)
    assert (run.failed, run.result["changed"], list(directory.iterdir())) == (False, False, [])
