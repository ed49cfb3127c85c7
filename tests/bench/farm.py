# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several stand-ins in one process: `python -m tests.bench.farm COUNT LATENCY SECONDS FILE`.

The file gets their addresses, a line each.
"""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

from ..standin import Organization, StandIn


def main() -> None:
    """Serve until it is ended, or for so many seconds."""
    count, latency, seconds, file = sys.argv[1:]
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(StandIn(Organization.empty(), float(latency))) for _number in range(int(count))]
        # As a whole or not at all: somebody waits for it.
        part = Path(f"{file}.part")
        part.write_text("\n".join(server.url for server in servers), encoding="utf-8")
        part.replace(file)
        time.sleep(float(seconds))


if __name__ == "__main__":
    main()
