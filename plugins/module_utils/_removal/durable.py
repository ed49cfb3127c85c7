# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""A new file of lines that several threads write, and that survives whatever happens to them."""

from __future__ import annotations

import os
import threading
from contextlib import suppress


class DurableFile:
    """A file that only grows, line by line. A line that was written survives the end of this process, whatever ends it;
    a line that was synced survives the end of the machine.
    """

    def __init__(self, path: str) -> None:
        """Create it, readable by its owner only.

        :raises OSError: it exists, or cannot be created there.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
        self._file = os.open(path, flags, 0o600)
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._size = 0
        self._synced = 0
        # Without this the file itself could be missing after a crash of the machine, however often it was synced.
        with suppress(OSError):  # not every file system can sync a directory
            folder = os.open(os.path.dirname(path), os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def write(self, text: str) -> None:
        """Append whole lines, all of them or, if that fails, none.

        :raises OSError: they could not be written.
        """
        data = text.encode("ascii")
        with self._lock:
            written = 0
            try:
                while written < len(data):
                    written += os.write(self._file, data[written:])
            except OSError:
                with suppress(OSError):
                    os.ftruncate(self._file, self._size)
                raise
            self._size += written

    def sync(self) -> None:
        """Return once all that was written before this call is on the disk.

        Threads that wait for this at the same moment share one write to the disk, however many they are.

        :raises OSError: the disk did not take it.
        """
        wanted = self._size
        with self._turn:
            if self._synced < wanted:
                reached = self._size
                os.fsync(self._file)
                self._synced = reached

    def close(self) -> None:
        """Close it."""
        os.close(self._file)
