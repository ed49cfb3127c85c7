# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of a play: which have come to their end, which are still to come, and where their runs are."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from typing import Any

from ...module_utils._api.errors import OptionError
from .context import Context
from .facts import Facts, record
from .files import is_marked, is_recorded, leave_mark, read_record
from .gathering import record_name
from .origin import play_key
from .verdicts import DEALT_WITH

FREE = ("free", "host_pinned")


@contextlib.contextmanager
def one_place(place: str, context: Context, asked: str) -> Iterator[None]:
    """Inside, a run is started or joined; afterwards, all hosts of the play that are asked the same are in its place.

    :raises OptionError: such a run is under way elsewhere: each would wait for the others to come.
    """
    link = _link(context, asked)
    made = False
    if link is not None:
        try:
            os.symlink(place, link)
            made = True
        except FileExistsError:
            known = os.readlink(link)
            if known != place:
                raise OptionError(
                    f"offboard_report_dir is another one than that of the organizations before: {place} instead of "
                    f"{known}. Set it for all of them alike, for example for the group datadog_organizations."
                ) from None
        except OSError:
            pass  # not every file system has links, and this is only to say early what is wrong
    try:
        yield
    except BaseException:
        if made:
            leave_place(context, asked)
        raise


def leave_place(context: Context, asked: str) -> None:
    """The run is over, so that the next one of this play may be elsewhere."""
    link = _link(context, asked)
    if link is not None:
        with contextlib.suppress(OSError):
            os.unlink(link)


def _link(context: Context, asked: str) -> str | None:
    """What leads all tasks of this play to the directory of its run; None outside a play."""
    key = play_key(context.play)
    return os.path.join(context.scratch, f"offboard-{key}-{asked[:16]}") if key and context.scratch else None


def mark_ended(facts: Facts, report: str, context: Context) -> None:
    """Remember which hosts have come to their end, recorded or not."""
    ended = _ended(context)
    for number, organization in enumerate(facts["organizations"]):
        if organization["host"] in ended:
            leave_mark(report, record_name(number))


def _ended(context: Context) -> set[str]:
    """The hosts that have come to their end: this one, or where all go together its batch, and the batches before.

    A host of an earlier batch that skipped the role does not come any more.
    """
    ended = {str(context.variables.get("inventory_hostname"))}
    batch = set(context.variables.get("ansible_play_batch") or ())
    if not _each_for_itself(context):
        ended |= batch
    if getattr(context.play, "order", None) in (None, "inventory"):  # the order of the variable below
        hosts = list(context.variables.get("ansible_play_hosts_all") or ())
        first = next((number for number, host in enumerate(hosts) if host in batch), 0)
        ended.update(hosts[:first])
    return ended


def still_to_come(facts: Facts, report: str, context: Context) -> list[str]:
    """The organizations that this run still waits for."""
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


def not_yet(facts: Facts, report: str, context: Context, coming: list[str]) -> dict[str, Any]:
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
        if any(row["status"] not in DEALT_WITH for row in rows):
            undone.append(host)
    return undone


def _each_for_itself(context: Context) -> bool:
    """Whether the play's strategy lets each host go on by itself."""
    return str(getattr(context.play, "strategy", "linear")).rpartition(".")[2] in FREE
