# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run from its start to its end: what each state of offboard_report does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Callable

from ...module_utils._api.errors import OptionError
from ...module_utils._datadog.ages import now, timestamp
from .facts import (
    PLAN,
    RUNNING,
    Facts,
    checked_leavers,
    checked_organizations,
    finish,
    headline,
    is_success,
    record,
    start,
)
from .files import EvidenceError, discard, new_run, paths, read, write
from .page import Look


def work(options: Mapping[str, Any], look: Callable[[], Look]) -> dict[str, Any]:
    """Bring the files to the state that was asked for. The result of the task.

    :param options: those of offboard_report.
    :param look: gives how the page is to look.
    :raises OptionError: the options cannot be used as they stand.
    :raises EvidenceError: it cannot be written; ``result`` holds what was to be recorded.
    """
    report, facts = _begin(options) if options["state"] == "started" else _resume(options)
    if options["state"] == "recorded":
        record(facts, timestamp(now()), options["organization"], options["site"], options["result"])
    elif options["state"] == "finished":
        finish(facts, timestamp(now()))
    try:
        digest = write(report, facts, look())
    except EvidenceError as error:
        if options["state"] == "started":
            discard(report)
        error.result["unsaved"] = {
            name: [row for row in facts[name] if row["organization"] == options["organization"]]
            for name in ("leavers", "application_keys")
        }
        raise
    return {
        "changed": True,
        "files": paths(report),
        "sha256": digest,
        "emails": list(dict.fromkeys(row["leaver"] for row in facts["leavers"])),
        "success": is_success(facts),
        "headline": headline(facts),
        "counts": facts["counts"],
    }


def _begin(options: Mapping[str, Any]) -> tuple[str, Facts]:
    leavers = checked_leavers(options["leavers"])
    organizations = checked_organizations(options["organizations"])
    moment = now()
    report = new_run(os.path.abspath(options["directory"]), moment, plan=options["plan"])
    run_id = os.path.splitext(os.path.basename(report))[0]
    return report, start(run_id, timestamp(moment), leavers, organizations, options["guards"], plan=options["plan"])


def _resume(options: Mapping[str, Any]) -> tuple[str, Facts]:
    report = os.path.abspath(options["report"])
    facts = read(report)
    if facts["state"] != RUNNING or (facts["mode"] == PLAN) != options["plan"]:
        raise OptionError(f"{report} is {facts['state']}, mode {facts['mode']}: nothing can be added to it now.")
    return report, facts
