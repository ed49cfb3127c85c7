# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Floor 2, what Datadog knows: application keys through API v1 and v2, access tokens, users, API keys, OAuth
grants, and dates, in one shape each.

Private to this collection: it may change in any release.
"""
