# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of offboarding runs, made as the action plugins make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import facts as evidence
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import leavers as people
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import summary

NOW = "2026-04-01T08:00:00.000Z"
RAN_BY = {"user": "ops", "host": "control.example.com", "ansible": "2.19.0", "awx": None}


def started(leavers: Sequence[Any], hosts: Sequence[str], *, plan: bool = False, **settings: Any) -> dict[str, Any]:
    """The facts of a run in which nothing was done yet."""
    checked, notes = people.checked(people.listed(list(leavers)))
    known = {
        "process": {},
        "play": None,
        "ran_by": RAN_BY,
        "kinds": ["application_keys"],
        "guards": {"keep": [], "max_keys": 9},
        "missing_account": "fail",
        "sla": None,
        "approved_plan": None,
        "unfinished": [],
        "notes": notes,
        **settings,
    }
    return evidence.start("offboard-1", NOW, checked, hosts, known, plan=plan)


def told(host: str, result: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The record of an organization, from what the module tells of application keys."""
    return {
        "host": host,
        "name": host,
        "site": "datadoghq.eu",
        "recorded_at": NOW,
        "guards": {},
        "results": {"application_keys": result},
        **more,
    }


def finished(facts: dict[str, Any], moment: str = NOW) -> dict[str, Any]:
    """The same facts, once nothing more will be recorded."""
    summary.finish(facts, moment)
    return facts
