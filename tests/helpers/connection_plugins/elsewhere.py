# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is not the controller: its files are in the same place, but only a connection knows that."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: elsewhere
short_description: Another host, for the tests
description: Runs things here, as if they were elsewhere.
author: The keywarden.datadog contributors
extends_documentation_fragment: [connection_pipelining]
"""


class Connection(Local):
    """As the local one, by another name."""

    transport = "elsewhere"
