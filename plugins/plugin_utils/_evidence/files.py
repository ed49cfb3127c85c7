# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of an offboarding run: a directory of its own for each run, and whole files or none."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from .facts import FORMAT, Facts
from .page import Look, PageError, as_html
from .table import as_csv

# In the directory of a run. Records are there until it is finished, and tell an unfinished one at a glance.
JOURNALS = "journals"
RECORDS = "records"


class EvidenceError(Exception):
    """Evidence could not be written or read.

    :ivar result: what the task returns beside the message.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.result: dict[str, Any] = {}


def make_directory(directory: str) -> None:
    """Make the directory around the runs where it is missing.

    :raises EvidenceError: it cannot be made.
    """
    with problems(f"The directory {directory} cannot be created"):
        if not os.path.isdir(directory):
            os.makedirs(os.path.dirname(directory), exist_ok=True)
            os.mkdir(directory, 0o700)


def new_run(directory: str, moment: datetime, *, plan: bool, suffix: str | None = None) -> str:
    """Make the directory of a new run. The path of the run's JSON file.

    :param moment: now, in UTC.
    :param suffix: the end of its name; otherwise a random one.
    :raises EvidenceError: it cannot be made.
    """
    run_id = f"offboard{'-plan' if plan else ''}-{moment:%Y%m%dT%H%M%SZ}-{suffix or secrets.token_hex(3)}"
    home = os.path.join(directory, run_id)
    with problems(f"The directory {home} cannot be created"):
        os.mkdir(home, 0o700)
        os.mkdir(os.path.join(home, JOURNALS), 0o700)
        os.mkdir(os.path.join(home, RECORDS), 0o700)
    return os.path.join(home, f"{run_id}.json")


def runs_ending(directory: str, suffix: str) -> list[str]:
    """The JSON files of the runs whose names end so, whether they are there or not."""
    names = [name for name in os.listdir(directory) if name.startswith("offboard-") and name.endswith(f"-{suffix}")]
    return [os.path.join(directory, name, f"{name}.json") for name in sorted(names)]


def discard(report: str) -> None:
    """Take away the directories of a run that could not be started, if no file is in them."""
    home = os.path.dirname(report)
    for folder in (os.path.join(home, JOURNALS), os.path.join(home, RECORDS), home):
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def journal_path(report: str, number: int) -> str:
    """Where the module writes its journal for the organization of that number."""
    return os.path.join(os.path.dirname(report), JOURNALS, f"{number:04}.jsonl")


def read_journal(report: str, number: int) -> str | None:
    """What the journal of the organization of that number says; None where there is none.

    :raises EvidenceError: it cannot be read.
    """
    path = journal_path(report, number)
    with problems(f"{path} cannot be read"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return None


def write_record(report: str, name: str, told: Facts) -> None:
    """Write a record of a run, as a whole, once.

    :raises EvidenceError: it cannot be written, or is there already.
    """
    path = _record_path(report, name)
    with problems(f"{path} cannot be written"):
        temporary = _store(os.path.dirname(path), json.dumps(told).encode("utf-8", "backslashreplace"))
        try:
            os.link(temporary, path)
        finally:
            _remove(temporary)
        _settle(os.path.dirname(path))


def is_recorded(report: str, name: str) -> bool:
    """Whether there is a record of that name. It is there as a whole or not at all."""
    return os.path.exists(_record_path(report, name))


def leave_mark(report: str, name: str) -> None:
    """Leave a mark that nothing more will be recorded under that name.

    :raises EvidenceError: it cannot be left.
    """
    path = _mark_path(report, name)
    with problems(f"{path} cannot be written"), open(path, "wb"):
        pass


def is_marked(report: str, name: str) -> bool:
    """Whether nothing more will be recorded under that name."""
    return os.path.exists(_mark_path(report, name))


def read_record(report: str, name: str) -> Facts | None:
    """A record of a run; None where there is none.

    :raises EvidenceError: it cannot be read.
    """
    path = _record_path(report, name)
    with problems(f"{path} cannot be read"):
        try:
            with open(path, encoding="utf-8") as file:
                told: Facts = json.load(file)
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise EvidenceError(f"{path} cannot be read: {error}") from error
    return told


def drop_records(report: str) -> None:
    """Take the records away: all that is in them is in the run's JSON file, which is on disk."""
    shutil.rmtree(os.path.join(os.path.dirname(report), RECORDS), ignore_errors=True)


def _record_path(report: str, name: str) -> str:
    return os.path.join(os.path.dirname(report), RECORDS, f"{name}.json")


def _mark_path(report: str, name: str) -> str:
    return os.path.join(os.path.dirname(report), RECORDS, f"{name}.over")


def paths(report: str) -> dict[str, str]:
    """The files of a run by their form, from the path of its JSON file."""
    stem = os.path.splitext(report)[0]
    return {"json": report, "csv": f"{stem}.csv", "html": f"{stem}.html", "sha256": f"{report}.sha256"}


def read(report: str) -> Facts:
    """The facts in a run's JSON file.

    :raises EvidenceError: it cannot be read, or it is no such file.
    """
    with problems(f"{report} cannot be read"), open(report, encoding="utf-8") as file:
        try:
            facts = json.load(file)
        except ValueError:
            facts = None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise EvidenceError(f"{report} is not evidence that this version can continue.")
    return facts


def as_json(facts: Facts) -> str:
    """The JSON form: a line for each fact of the run, and for each entry of its lists.

    ``json.dumps`` with ``indent`` uses an encoder in Python, which is many times slower.
    """
    told = [f" {json.dumps(name)}: {_by_lines(value)}" for name, value in facts.items()]
    return "{\n" + ",\n".join(told) + "\n}\n"


def _by_lines(value: Any) -> str:
    if not (value and isinstance(value, list)):
        return json.dumps(value)
    return "[\n  " + ",\n  ".join(map(json.dumps, value)) + "\n ]"


def write(report: str, facts: Facts, look: Look) -> str:
    """Write all forms of a run, all of them or none. The SHA-256 of the JSON file.

    The forms are rendered and stored beside the old ones before the first of them is replaced: a full disk
    leaves what was there.

    :param look: how the page is to look.
    :raises EvidenceError: they cannot be written.
    """
    text = as_json(facts)
    digest = hashlib.sha256(text.encode()).hexdigest()
    name = os.path.basename(report)
    try:
        page = as_html(facts, digest, name, look)
    except PageError as error:
        raise EvidenceError(str(error)) from error
    # JSON goes first: if the machine dies in between, the others say less than it, not more.
    forms = {
        "json": text,
        "sha256": f"{digest}  {name}\n",
        "csv": as_csv(facts, digest),
        "html": page,
    }
    with problems(f"The evidence {report} cannot be written"):
        replace_all({paths(report)[form]: _encoded(content) for form, content in forms.items()})
    return digest


def _encoded(text: str) -> bytes:
    # JSON may carry lone surrogates, which UTF-8 has no place for.
    return text.encode("utf-8", "backslashreplace")


def replace_all(contents: Mapping[str, bytes]) -> None:
    """Replace files of one directory, all of them or none: each is on disk beside the old one before the first moves.

    :raises OSError: they cannot be written; what was there is left.
    """
    stored: dict[str, str] = {}
    try:
        for path, content in contents.items():
            stored[path] = _store(os.path.dirname(path), content)
        for path, temporary in list(stored.items()):
            os.replace(temporary, path)
            del stored[path]
    finally:
        for temporary in stored.values():
            _remove(temporary)
    _settle(os.path.dirname(next(iter(contents))))


def _store(directory: str, content: bytes) -> str:
    """A new file of mode 0600, on disk."""
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=directory)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        _remove(temporary)
        raise
    return temporary


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def _settle(directory: str) -> None:
    # Some file systems cannot sync a directory; the files are on disk all the same.
    with contextlib.suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def problems(what: str) -> Iterator[None]:
    """Turn an error of the file system into one that says what could not be done.

    :raises EvidenceError: in its place.
    """
    try:
        yield
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise EvidenceError(f"{what}: {error.strerror or error}{where}.") from error
