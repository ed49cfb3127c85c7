# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python loads this at its start: every process of a contender says when it ran and how much memory it took."""

from __future__ import annotations

import atexit
import json
import os
import sys
import time

STARTED = time.time()


def _peak() -> int:
    """Bytes. VmHWM instead of ru_maxrss, which a process inherits from the one that started it."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def _report() -> None:
    record = {"program": sys.argv[0], "started": STARTED, "ended": time.time(), "peak": _peak()}
    with open(os.environ["BENCH_PROBE"], "a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


if os.environ.get("BENCH_PROBE"):
    atexit.register(_report)
