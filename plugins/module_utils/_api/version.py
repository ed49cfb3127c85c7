# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The collection's version, for the User-Agent. A unit test holds it equal to galaxy.yml."""

from __future__ import annotations

VERSION = "1.0.0"
