# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Floor 3, decisions: selection, filters, plans, guards, deletion and verification.

Private to this collection: it may change in any release.
"""
