# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of a process and all those below it, looked at from outside once a second."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EVERY = 1.0  # seconds


@contextmanager
def sampled(root: int) -> Iterator[list[int]]:
    """Look while the work inside goes on.

    :param root: the process ID.
    :returns: bytes, one number per look.
    """
    over = threading.Event()
    seen: list[int] = []

    def look() -> None:
        while not over.wait(EVERY):
            seen.append(sum(map(_held, _family(root))))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _family(root: int) -> set[int]:
    """The process and its descendants, whatever session they are in."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                # The name of a program may hold blanks and brackets.
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    family, found = {root}, {root}
    while found:
        found = {child for child, parent in parents.items() if parent in found} - family
        family |= found
    return family


def _held(process: int) -> int:
    """Bytes; pages that several processes share count in part for each. 0 for one that has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
