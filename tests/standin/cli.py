# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the stand-in."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import threading
from pathlib import Path
from typing import Any

from .builders import API_KEY, APP_KEY
from .control import NAMED, organization_from
from .organization import Organization
from .server import StandIn


def _organization(text: str) -> Organization:
    if text in NAMED:
        return NAMED[text]()
    try:
        return organization_from(json.loads(Path(text).read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None


def _write_atomically(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal or `--max-seconds` ends it."""
    parser = argparse.ArgumentParser(prog="standin", description="A stand-in for Datadog's application-key API.")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--organization", type=_organization, default="demo", help="demo, empty or a JSON file")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds per answer")
    parser.add_argument("--max-seconds", type=float, default=3600.0, help="end by itself (default: %(default)s)")
    parser.add_argument("--url-file", type=Path, help="where to write the URL")
    parser.add_argument("--env-file", type=Path, help="where to write a shell's commands that set URL and credentials")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="serve https with these PEM files")
    options = parser.parse_args(arguments)

    ended = threading.Event()

    def end(_signal: int, _frame: Any) -> None:
        ended.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    tls = tuple(options.tls) if options.tls else None
    with StandIn(options.organization, options.latency, tls, options.host, options.port) as standin:
        print(standin.url, flush=True)
        if options.url_file:
            _write_atomically(options.url_file, standin.url + "\n")
        if options.env_file:
            # This variable counts before all others that hold an address.
            variables = {"DATADOG_HOST": standin.url, "DD_API_KEY": API_KEY, "DD_APP_KEY": APP_KEY}
            lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
            _write_atomically(options.env_file, "".join(lines))
        ended.wait(options.max_seconds)
    return 0
