# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run from its start to its end: what each state of offboard_report does."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

import yaml
from ansible.parsing.splitter import split_args, unquote
from ansible.utils.path import unfrackpath

from ...module_utils._api.errors import OptionError
from ...module_utils._api.secret_texts import without_telling
from ...module_utils._datadog.ages import now, parse_age, timestamp
from .approval import approved
from .context import Context
from .earlier import settle, unfinished
from .facts import FINISHED, Facts, start
from .files import (
    EvidenceError,
    discard,
    drop_records,
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
from .gathering import gather
from .guards import checked_guards
from .hosts import leave_place, mark_ended, not_yet, one_place, still_to_come
from .index import update
from .leavers import RIGHT_FORM, checked, listed, lost_words, require
from .leavers_file import entries
from .lock import alone
from .origin import play_key, process, ran_by
from .place import directory, resolved
from .screen import lines
from .signature import SignatureError, sign
from .summary import finish, headline, is_success, verdict

BRIEF = "run"  # the record with what every organization needs to know
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
    asked = fingerprint(options)
    with one_place(place, context, asked), alone(place, "start"):
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
            mark_ended(facts, report, context)
            coming = still_to_come(facts, report, context)
            if coming:
                return not_yet(facts, report, context, coming)
            gather(report, facts)
            finish(facts, timestamp(now()))
            settle(facts, facts["unfinished"])
            digest = write(report, facts, context.look())
            leave_place(context, (read_record(report, BRIEF) or {}).get("asked", ""))
            drop_records(report)
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
