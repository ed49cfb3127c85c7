# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One process at a time: runs that share a directory, and the hosts of a play that share a run."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from .files import EvidenceError, problems

PATIENCE = 60  # seconds that another process may take for the same


@contextlib.contextmanager
def alone(directory: str, purpose: str) -> Iterator[None]:
    """One process at a time in a directory, for one purpose. Where the file system has no locks, it goes on without.

    :param purpose: a word for the lock file's name.
    :raises EvidenceError: the directory cannot be used, or another process is alone in it for longer than PATIENCE.
    """
    with problems(f"The directory {directory} cannot be used"):
        handle = _opened(directory, f".{purpose}.lock")
    try:
        deadline = time.monotonic() + PATIENCE
        while not _locked(handle):
            if time.monotonic() > deadline:
                raise EvidenceError(
                    f"The directory {directory} has been in use by another run for more than {PATIENCE} s."
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _opened(directory: str, name: str) -> int:
    """A lock file, because NFS locks only what is open for writing; the directory where that file is another user's."""
    try:
        return os.open(os.path.join(directory, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return os.open(directory, os.O_RDONLY | os.O_CLOEXEC)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass  # there are no locks here
    return True
