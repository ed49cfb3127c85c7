# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""The one guarded import of requests and urllib3.

Modules must load without them, so that a missing library becomes a sentence instead of a traceback.
"""

from __future__ import annotations

import traceback
from typing import Any

REQUESTS_IMPORT_ERROR: str | None = None

try:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.exceptions import (
        HTTPError,
        InsecureRequestWarning,
        InvalidHeader,
        MaxRetryError,
    )
    from urllib3.util import parse_url
    from urllib3.util.retry import Retry
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
    # Stand-ins that let the modules' classes be defined; nothing is sent with them.
    requests = None  # type: ignore[assignment]
    HTTPAdapter: Any = object  # type: ignore[no-redef]
    HTTPError: Any = Exception  # type: ignore[no-redef]
    InsecureRequestWarning: Any = Warning  # type: ignore[no-redef]
    InvalidHeader: Any = Exception  # type: ignore[no-redef]
    MaxRetryError: Any = Exception  # type: ignore[no-redef]
    Retry: Any = object  # type: ignore[no-redef]
    parse_url: Any = None  # type: ignore[no-redef]

__all__ = [
    "REQUESTS_IMPORT_ERROR",
    "HTTPAdapter",
    "HTTPError",
    "InsecureRequestWarning",
    "InvalidHeader",
    "MaxRetryError",
    "Retry",
    "parse_url",
    "requests",
]
