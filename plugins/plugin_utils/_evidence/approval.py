# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Four eyes: the plan that somebody approved, and what a run may do because of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._api.errors import OptionError
from ...module_utils._datadog.ages import now, parse_age
from ...module_utils._datadog.dates import parse_date
from ...module_utils._datadog.names import folded
from .facts import FINISHED, FORMAT, PLAN, Facts
from .verdicts import TO_DELETE


def approved(path: str, max_age: str, people: Sequence[Mapping[str, Any]], hosts: Sequence[str]) -> Facts:
    """What a run may do because of the plan in a file.

    :param max_age: how old the plan may be, such as ``7d``.
    :param people: the leavers of this run, and ``hosts`` its organizations.
    :returns: ``{run_id, sha256, finished_at, ran_by, file, organizations}``, where ``organizations`` has for each host
        its Datadog ``id``, and in ``only`` the IDs of each kind.
    :raises OptionError: it is no plan, was changed, is too old, or is about other leavers or organizations.
    """
    plan, digest = _read(path)
    finished = parse_date(plan["finished_at"])
    if finished is None or now() - finished > parse_age("offboard_plan_max_age", max_age):
        raise OptionError(
            f"offboard_plan {path} was made at {plan['finished_at']}, which is longer ago than offboard_plan_max_age "
            f"({max_age}). Make a new plan with --check, and have it approved."
        )
    _same("leavers", path, [one["query"] for one in plan["people"]], [one["query"] for one in people])
    _same("organizations", path, [one["host"] for one in plan["organizations"]], list(hosts))
    return {
        "run_id": plan["run_id"],
        "sha256": digest,
        "finished_at": plan["finished_at"],
        "ran_by": plan["ran_by"],
        "file": path,
        "organizations": {
            one["host"]: {
                "id": one["id"],
                "only": {
                    kind: [
                        row["id"]
                        for row in plan["credentials"]
                        if (row["host"], row["of"], row["outcome"]) == (one["host"], kind, TO_DELETE)
                    ]
                    for kind in plan["kinds"]
                },
            }
            for one in plan["organizations"]
        },
    }


def _read(path: str) -> tuple[Facts, str]:
    try:
        with open(path, "rb") as file:
            content = file.read()
        with open(f"{path}.sha256", encoding="utf-8") as file:
            told = file.read().split()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OptionError(f"offboard_plan {path} or its .sha256 file cannot be read: {reason}.") from error
    digest = hashlib.sha256(content).hexdigest()
    if not told or told[0] != digest:
        raise OptionError(
            f"offboard_plan {path} was changed since it was made: its SHA-256 is not that of {os.path.basename(path)}"
            f".sha256. Nothing is removed."
        )
    try:
        plan = json.loads(content)
    except ValueError:
        plan = None
    if not isinstance(plan, dict) or plan.get("format") != FORMAT:
        raise OptionError(f"offboard_plan {path} is not the JSON file of a run with --check.")
    if plan["mode"] != PLAN or plan["state"] != FINISHED:
        raise OptionError(
            f"offboard_plan {path} is the evidence of a run in mode {plan['mode']}, state {plan['state']}. "
            f"It must be that of a finished run with --check."
        )
    return plan, digest


def _same(what: str, path: str, planned: Sequence[str | None], here: Sequence[str | None]) -> None:
    was = {folded(str(one)): str(one) for one in planned}
    now_ = {folded(str(one)): str(one) for one in here}
    if was.keys() != now_.keys():
        missing = ", ".join(was[name] for name in was if name not in now_) or "none"
        new = ", ".join(now_[name] for name in now_ if name not in was) or "none"
        raise OptionError(
            f"offboard_plan {path} is for other {what} than this run. Only in the plan: {missing}. "
            f"Only in this run: {new}."
        )
