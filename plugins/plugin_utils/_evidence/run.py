# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run from its start to its end: what each state of offboard_report does."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Collection, Mapping
from typing import Any, Callable, NamedTuple

import yaml
from ansible.parsing.splitter import split_args, unquote
from ansible.utils.path import unfrackpath

from ...module_utils._api.errors import OptionError
from ...module_utils._api.secret_texts import without_telling
from ...module_utils._datadog.ages import now, parse_age, timestamp
from .approval import approved
from .earlier import settle, unfinished
from .facts import FINISHED, Facts, record, start
from .files import (
    EvidenceError,
    discard,
    drop_records,
    is_marked,
    is_recorded,
    leave_mark,
    make_directory,
    new_run,
    paths,
    problems,
    read,
    read_record,
    replace_all,
    runs_ending,
    write,
    write_record,
)
from .gathering import gather, record_name
from .guards import checked_guards
from .index import update
from .leavers import RIGHT_FORM, checked, listed, lost_words, require
from .leavers_file import entries
from .lock import alone
from .origin import play_key, process, ran_by
from .page import Look
from .place import directory, resolved
from .screen import lines
from .signature import SignatureError, sign
from .summary import finish, headline, is_success, verdict
from .verdicts import DEALT_WITH

BRIEF = "run"  # the record with what every organization needs to know
FREE = ("free", "host_pinned")
VERDICTS = {
    "good": "All leavers are dealt with.",
    "nowhere": "Not every leaver was found.",
    "bad": "Not all leavers are dealt with.",
    "plan": "This is a plan. Nothing was deleted.",
}
FAILED_PLAN = "This is a plan, and it does not cover all leavers. Nothing was deleted."
LISTS = ("leavers", "offboard_leavers")
FILES = ("leavers_file", "offboard_leavers_file")
ONE_WAY = (*LISTS, *FILES)


class Context(NamedTuple):
    """What the task knows of Ansible.

    :ivar variables: those of the task.
    :ivar extra: the extra variables, and ``extra_texts`` how they were given.
    :ivar basedir: the playbook's directory.
    :ivar play: Ansible's play; None outside one.
    :ivar look: gives how the page is to look, and ``index_look`` likewise for the index over all runs.
    :ivar read_file: gives the content of a file, decrypted; raises OptionError.
    :ivar loaded: the names in a file of variables that Ansible has read before.
    :ivar scratch: a directory that all tasks of this ansible-playbook share, and that goes with it; None if none.
    """

    variables: Mapping[str, Any]
    extra: Mapping[str, Any]
    extra_texts: tuple[str, ...]
    basedir: str
    play: Any
    look: Callable[[], Look]
    index_look: Callable[[], Look]
    read_file: Callable[[str], bytes]
    loaded: Callable[[str], Collection[str]]
    scratch: str | None = None


def begin(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Start a run, or join the one that another host of the same play has started.

    :raises OptionError: the options cannot be used as they stand.
    :raises EvidenceError: it cannot be written.
    """
    _refuse_lost_leavers(context)
    leavers, notes = checked(_entries(options, context))
    ticket = without_telling((options["ticket"] or "").strip()) or None
    if ticket and "{{" in ticket:
        raise OptionError(f"offboard_ticket is {ticket!r}: a variable in it is not defined. Check where it comes from.")
    for leaver in leavers:
        leaver["ticket"] = leaver["ticket"] or ticket
    require(leavers, options["allow_nobody"])
    guards = checked_guards(options["guards"])
    hosts = [str(host) for host in options["organizations"]]
    if not hosts:
        raise OptionError("There are no organizations. Name at least one.")
    if options["sla"]:
        parse_age("offboard_sla", options["sla"])
    place = directory(options["directory"], context.basedir, context.variables)
    plan_file = options["approved_plan"] and resolved(options["approved_plan"], context.basedir, "offboard_plan")
    approval = plan_file and approved(plan_file, options["plan_max_age"], leavers, hosts)
    _signature(options, context, b"Can this key sign?\n")
    make_directory(place)
    key = play_key(context.play)
    _require_one_place(place, context)
    asked = fingerprint(options)
    with alone(place, "start"):
        before = runs_ending(place, key[:8]) if key else []
        known = _joined(before, key, asked, options["plan"])
        if known:
            return known
        moment = now()
        suffix = key and f"{len(before) or ''}{'-' * bool(before)}{key[:8]}"
        report = new_run(place, moment, plan=options["plan"], suffix=suffix)
        settings = {
            "process": process(),
            "play": key,
            "ran_by": ran_by(context.variables),
            "kinds": options["credentials"],
            "guards": guards,
            "missing_account": options["missing_account"],
            "sla": options["sla"],
            "approved_plan": approval and {name: approval[name] for name in approval if name != "organizations"},
            "unfinished": unfinished(place),
            "notes": notes,
        }
        run_id = os.path.splitext(os.path.basename(report))[0]
        facts = start(run_id, timestamp(moment), leavers, hosts, settings, plan=options["plan"])
        brief = {
            "plan": options["plan"],
            "asked": asked,
            "hosts": hosts,
            "leavers": leavers,
            "approved": approval and approval["organizations"],
        }
        try:
            write(report, facts, context.look())
            write_record(report, BRIEF, brief)
        except EvidenceError:
            discard(report)
            raise
    return {"changed": True, "report": report, "files": paths(report), **_indexed(report, context)}


def end(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Finish a run, unless organizations of the same play are still to come.

    :raises EvidenceError: it cannot be read or written, or it is complete and cannot be signed.
    """
    report = started(options)
    with alone(os.path.dirname(report), "end"):
        facts = read(report)
        if facts["state"] != FINISHED:
            if (facts["mode"] == "plan") != options["plan"]:
                raise OptionError(f"{report} is of a run in mode {facts['mode']}, but this run is not.")
            _mark(facts, report, context)
            coming = _coming(facts, report, context)
            if coming:
                return _not_yet(facts, report, context, coming)
            gather(report, facts)
            finish(facts, timestamp(now()))
            settle(facts, facts["unfinished"])
            digest = write(report, facts, context.look())
            drop_records(report)
            _leave_place(context)
        else:
            digest = hashlib.sha256(_content(report)).hexdigest()
        indexed = _indexed(report, context)
        try:
            signature = _sign(report, options, context)
        except EvidenceError as error:
            error.result["leavers"] = lines(facts, paths(report)["html"])
            raise
    return {
        "changed": True,
        "finished": True,
        "success": is_success(facts),
        "headline": headline(facts),
        "counts": facts["counts"],
        "files": {**paths(report), **signature},
        "sha256": digest,
        **indexed,
    }


def tell(options: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Say how a finished run went; a failure unless it went well.

    :raises EvidenceError: it cannot be read.
    """
    report = started(options)
    facts = read(report)
    if facts["state"] != FINISHED:
        raise OptionError(f"{report} is not finished yet.")
    word, good = verdict(facts), is_success(facts)
    return {
        "changed": False,
        "failed": not good,
        # The message is short, because newer versions of Ansible print it in a line.
        "msg": VERDICTS[word] if good or word != "plan" else FAILED_PLAN,
        "leavers": lines(facts, paths(report)["html"]),
        "_ansible_verbose_always": True,
    }


def started(options: Mapping[str, Any]) -> str:
    """The JSON file of the run that was started.

    :raises OptionError: none was.
    """
    if not options["report"]:
        raise OptionError(
            "No evidence was started in this play, so nothing is done. Run the role from its beginning: without "
            "--start-at-task, and without skipping tasks of it."
        )
    return os.path.abspath(str(options["report"]))


def brief_of(report: str) -> Facts:
    """What every organization needs to know of a run that has started.

    :raises OptionError: there is none that goes on.
    """
    brief = read_record(report, BRIEF)
    if brief is None:
        raise OptionError(f"{report} is not the evidence of a run in progress: nothing can be added to it.")
    return brief


def fingerprint(options: Mapping[str, Any]) -> str:
    """Which leavers, kinds and plan were given, so that organizations that were given others are told apart."""
    given = [
        *(options["leavers"], options["leavers_file"], sorted(set(options["credentials"]))),
        options["approved_plan"] or None,
    ]
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()


def _signature(options: Mapping[str, Any], context: Context, content: bytes) -> bytes | None:
    """The signature of these bytes; None where nothing is to be signed.

    :raises OptionError: they cannot be signed.
    """
    if not options["sign_with"]:
        return None
    try:
        return sign(content, resolved(options["sign_with"], context.basedir, "offboard_sign_with"))
    except SignatureError as error:
        raise OptionError(str(error)) from error


def _sign(report: str, options: Mapping[str, Any], context: Context) -> dict[str, str]:
    """Sign the JSON file of a run that has finished. The path of the signature, by its form."""
    try:
        signature = _signature(options, context, _content(report))
    except OptionError as error:
        raise EvidenceError(f"The evidence is complete, but it is not signed. {error}") from error
    if signature is None:
        return {}
    path = f"{report}.sig"
    with problems(f"The signature {path} cannot be written"):
        replace_all({path: signature})
    return {"signature": path}


def _indexed(report: str, context: Context) -> dict[str, Any]:
    """Make the index over all runs anew. Where that fails it is a warning: each run's own evidence is complete."""
    try:
        return {"index": update(os.path.dirname(os.path.dirname(report)), context.index_look())}
    except Exception as error:
        told = str(error) if isinstance(error, EvidenceError) else f"The index could not be written: {error!r}."
        return {"index": None, "warnings": [f"{told} The next run rebuilds the index."]}


def _content(report: str) -> bytes:
    with open(report, "rb") as file:
        return file.read()


def _joined(reports: list[str], key: str | None, asked: str, plan: bool) -> dict[str, Any] | None:
    for report in reports:
        brief = read_record(report, BRIEF)
        if brief is None or read(report).get("play") != key:
            continue
        if brief["plan"] != plan or brief["asked"] != asked:
            raise OptionError(
                "The organizations of this play were given different leavers, kinds of credentials or approved plans. "
                "Set offboard_leavers, offboard_credentials and offboard_plan for all of them alike, for example as "
                "extra variables or for the group datadog_organizations."
            )
        return {"changed": False, "report": report, "files": paths(report)}
    return None


def _require_one_place(place: str, context: Context) -> None:
    """:raises OptionError: a run of this play is under way elsewhere: each would wait for the others to come."""
    link = _link(context)
    if link is None:
        return
    with problems(f"{link} cannot be written"):
        try:
            os.symlink(place, link)
        except FileExistsError:
            known = os.readlink(link)
            if known != place:
                raise OptionError(
                    f"offboard_report_dir is another one than that of the organizations before: {place} instead of "
                    f"{known}. Set it for all of them alike, for example for the group datadog_organizations."
                ) from None


def _leave_place(context: Context) -> None:
    """The run is finished, so that the next one of this play may be elsewhere."""
    link = _link(context)
    if link is not None:
        with contextlib.suppress(OSError):
            os.unlink(link)


def _link(context: Context) -> str | None:
    """What leads all tasks of this play to the directory of its run; None outside a play."""
    key = play_key(context.play)
    return os.path.join(context.scratch, f"offboard-{key}") if key and context.scratch else None


def _mark(facts: Facts, report: str, context: Context) -> None:
    """Remember which hosts have come to their end, recorded or not."""
    ended = _ended(context)
    for number, organization in enumerate(facts["organizations"]):
        if organization["host"] in ended:
            leave_mark(report, record_name(number))


def _ended(context: Context) -> set[str]:
    """The hosts that have come to their end: this one, or where all go together its batch and those before.

    A host of an earlier batch that skipped the role does not come any more.
    """
    own = {str(context.variables.get("inventory_hostname"))}
    if _each_for_itself(context):
        return own
    batch = set(context.variables.get("ansible_play_batch") or ())
    if getattr(context.play, "order", None) not in (None, "inventory"):
        return own | batch  # the variable below has the hosts in the order of the inventory
    hosts = list(context.variables.get("ansible_play_hosts_all") or ())
    first = next((number for number, host in enumerate(hosts) if host in batch), 0)
    return own | batch | set(hosts[:first])


def _coming(facts: Facts, report: str, context: Context) -> list[str]:
    if context.play is None or play_key(context.play) != facts["play"]:
        return []  # somebody finishes a run that broke off
    active = set(context.variables.get("ansible_play_hosts") or ())
    return [
        organization["host"]
        for number, organization in enumerate(facts["organizations"])
        if not is_recorded(report, record_name(number))
        and not is_marked(report, record_name(number))
        and organization["host"] in active
    ]


def _not_yet(facts: Facts, report: str, context: Context, coming: list[str]) -> dict[str, Any]:
    """The result where organizations are still to come.

    Nobody knows whether they do: a condition may skip the role there. So what went wrong is told now. Where each host
    goes on by itself, it fails this one; where they go in batches, that would stop the others.
    """
    told: dict[str, Any] = {"changed": False, "finished": False, "success": False, "coming": coming}
    undone = _undone(facts, report, _ended(context))
    if not undone:
        return told
    problem = f"Not all leavers are dealt with in {', '.join(undone)}."
    if _each_for_itself(context) and set(coming) <= set(context.variables.get("ansible_play_batch") or ()):
        return {**told, "failed": True, "msg": f"{problem} The evidence is finished with the last organization."}
    return {
        **told,
        "warnings": [f"{problem} The evidence is not finished, and the play does not fail, before {coming[-1]}."],
    }


def _undone(facts: Facts, report: str, hosts: Collection[str]) -> list[str]:
    """Those of the hosts where somebody was not dealt with."""
    undone = []
    for number, organization in enumerate(facts["organizations"]):
        host = organization["host"]
        if host not in hosts:
            continue
        told = read_record(report, record_name(number))
        if told is not None:
            record(facts, told)
        rows = [row for row in facts["leavers"] if row["host"] in (None, host)]
        if organization["problem"] or any(row["status"] not in DEALT_WITH for row in rows):
            undone.append(host)
    return undone


def _each_for_itself(context: Context) -> bool:
    """Whether the play's strategy lets each host go on by itself."""
    return str(getattr(context.play, "strategy", "linear")).rpartition(".")[2] in FREE


def _entries(options: Mapping[str, Any], context: Context) -> list[tuple[str, Any]]:
    leavers, file = options["leavers"], options["leavers_file"]
    if file and leavers:
        # What the command line says goes before the inventory.
        by_list, by_file = (any(map(context.extra.get, names)) for names in (LISTS, FILES))
        if by_list == by_file:
            raise OptionError("offboard_leavers and offboard_leavers_file are both given. Give one of them.")
        file = None if by_list else file
    if not file:
        return listed(leavers or [])
    path = resolved(file, context.basedir, "offboard_leavers_file")
    return entries(path, context.read_file(path))


def _refuse_lost_leavers(context: Context) -> None:
    """:raises OptionError: the command line names leavers that Ansible has put elsewhere or replaced."""
    lost = lost_words(context.extra)
    if lost:
        raise OptionError(f"Ansible split the extra variables at a space and left over: {lost}. {RIGHT_FORM}")
    ways = [name for name in ONE_WAY if context.extra.get(name)]
    if len(ways) > 1:
        raise OptionError(f"The extra variables {' and '.join(ways)} both name leavers. Give one of them.")
    for name in ONE_WAY:
        if sum(_given(text, name, context) for text in context.extra_texts) > 1:
            raise OptionError(
                f"The extra variable {name} is given twice, and Ansible only takes the last. {RIGHT_FORM}"
            )


def _given(text: str, name: str, context: Context) -> int:
    """How often the text of extra variables gives this one."""
    text = text.strip()
    if text.startswith("@"):
        # As Ansible looks for it: where it was started, not beside the playbook.
        path = unfrackpath(unquote(text[1:]), follow=False)
        try:
            text = context.read_file(path).decode("utf-8-sig", "replace")
        except OptionError:  # a pipe can be read only once
            return int(name in context.loaded(path))
    elif not text.startswith(("{", "[")):
        return sum(word.partition("=")[0] == name for word in split_args(text))
    return _members(text).count(name)


def _members(text: str) -> list[str]:
    """The names in a mapping in JSON or YAML, as often as they stand there: a parser only keeps the last of each.

    Ansible has found the text valid, so what cannot be read here is no reason to stop.
    """
    try:
        pairs = json.loads(text, object_pairs_hook=tuple)
        return [name for name, _value in pairs] if isinstance(pairs, tuple) else []
    except ValueError:
        with contextlib.suppress(yaml.YAMLError):
            node = yaml.compose(text, yaml.SafeLoader)
            if isinstance(node, yaml.MappingNode):
                return [str(name.value) for name, _value in node.value]
        return []
