# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""What is said of an error that nobody foresaw."""

from __future__ import annotations

import os


def defect(error: BaseException) -> str:
    """A sentence for the user. It names the kind of error and its place: the error's text could hold a secret."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}, line {place.tb_lineno}" if place else "?"
    return (
        f"This is a defect of the collection: {type(error).__name__} in {where}. "
        f"Please report it with the version of the collection."
    )
