# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What accounts hold and what credentials may do: reports, reads only. Beside ``_removal``, which it knows nothing of.

Private to this collection: it may change in any release.
"""
