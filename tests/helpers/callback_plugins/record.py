# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task's result as a line of JSON into the file that RECORD_FILE names."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: Record results for the tests
description: Writes a line of JSON for each result.
"""


class CallbackModule(CallbackBase):
    """Only for the tests: see playbook.py beside this folder."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"

    def _record(self, status, outcome, ignored=False, item=False):
        # ansible-core 2.19 renamed the attributes.
        result = outcome.result if hasattr(outcome, "result") else outcome._result
        task = outcome.task if hasattr(outcome, "task") else outcome._task
        host = outcome.host if hasattr(outcome, "host") else outcome._host
        line = {
            "task": task.get_name(),
            "host": host.get_name(),
            "status": status,
            "ignored": ignored,
            "item": item,
            "result": result,
        }
        with open(os.environ["RECORD_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._record("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record("failed", result, ignored=ignore_errors)

    def v2_runner_on_skipped(self, result):
        self._record("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._record("unreachable", result)

    def v2_runner_item_on_ok(self, result):
        self._record("ok", result, item=True)

    def v2_runner_item_on_failed(self, result):
        self._record("failed", result, item=True)

    def v2_runner_item_on_skipped(self, result):
        self._record("skipped", result, item=True)
