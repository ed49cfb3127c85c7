# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process at a time, and a run that goes on where no lock can be had."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import index, lock, page
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.files import EvidenceError


def test_who_comes_second_waits_for_a_while_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    with lock.alone(str(tmp_path), "start"):
        second = pytest.raises(EvidenceError, match=r"has been in use by another run for more than 0\.2 s")
        with second, lock.alone(str(tmp_path), "start"):
            pytest.fail("two were alone")
        with lock.alone(str(tmp_path), "index"):
            pass  # another purpose
    with lock.alone(str(tmp_path), "start"):
        pass  # free again


def test_the_index_waits_for_another_run_that_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.2)
    with lock.alone(str(tmp_path), "index"), pytest.raises(EvidenceError, match="in use by another run"):
        index.update(str(tmp_path), page.Look("", ""))


def test_what_is_locked_is_open_for_writing_as_nfs_wants_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flock = fcntl.flock
    locked = []

    def as_nfs(handle: int, operation: int) -> None:
        if fcntl.fcntl(handle, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flock(handle, operation)
        locked.append(stat.S_IMODE(os.fstat(handle).st_mode))

    monkeypatch.setattr(lock.fcntl, "flock", as_nfs)
    with lock.alone(str(tmp_path), "start"):
        assert locked == [0o600]


@pytest.mark.parametrize("trouble", ["the lock file is another user's", "the file system has no locks"])
def test_a_lock_that_cannot_be_had_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    if trouble == "the file system has no locks":

        def none(*_arguments: Any) -> None:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

        monkeypatch.setattr(lock.fcntl, "flock", none)
    else:
        (tmp_path / ".start.lock").mkdir()  # nobody can open that for writing, not even root
    with lock.alone(str(tmp_path), "start"):
        pass


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    named = pytest.raises(EvidenceError, match="gone cannot be used: No such file or directory")
    with named, lock.alone(str(tmp_path / "gone"), "start"):
        pytest.fail("alone in no directory")
