# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of ``module_utils/_module.py``."""

    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - The API key of the organization.
      - Required, except where O(app_key) is an access token.
      - If it is not set, the environment variable E(DD_API_KEY) is used, then E(DATADOG_API_KEY).
    type: str
  app_key:
    description:
      - The application key that this task authenticates with, or a personal or service access token
        (V(ddpat_...) or V(ddsat_...)).
      - If it is not set, the environment variable E(DD_APP_KEY) is used, then E(DATADOG_APP_KEY), then
        E(DD_BEARER_TOKEN) if that holds an access token.
    type: str
    aliases: [application_key]
  site:
    description:
      - The Datadog site of the organization.
      - Only these sites are accepted, because a mistyped site would send the credentials to a stranger. To use a site
        that is newer than this release, set O(api_url).
      - If it is not set, the environment variable E(DD_SITE) is used, then E(DATADOG_SITE).
    type: str
    default: datadoghq.com
    choices:
      - datadoghq.com
      - us3.datadoghq.com
      - us5.datadoghq.com
      - ap1.datadoghq.com
      - ap2.datadoghq.com
      - uk1.datadoghq.com
      - datadoghq.eu
      - ddog-gov.com
      - us2.ddog-gov.com
  api_url:
    description:
      - The address of the API, such as V(https://api.datadoghq.com). It overrides O(site).
      - Only V(https) is accepted, except for a loopback address.
      - If it is not set, the environment variable E(DATADOG_HOST) is used, then E(DD_HOST). If the task sets O(site),
        these variables are ignored with a warning.
    type: str
  validate_certs:
    description:
      - Whether to verify the certificate of the server. Without verification, whoever answers gets the credentials.
    type: bool
    default: true
  ca_path:
    description:
      - A file or directory with the certificate authorities to trust instead of the default ones.
      - If this option is not set, the environment variable C(REQUESTS_CA_BUNDLE) is used. Proxies are also taken from
        the environment. A C(.netrc) file is not used.
    type: path
  timeout:
    description:
      - The number of seconds that a request and its answer may take together, from 1 to 3600.
    type: int
    default: 30
  max_retries:
    description:
      - How many times a request is repeated after a connection error, a lost answer, or one of the statuses 408, 429,
        500, 502, 503, 504 and 512. Waits between attempts grow and are jittered.
      - From 0 to 100.
    type: int
    default: 4
  max_wait:
    description:
      - The total number of seconds that the task may spend waiting, for rate limits and between attempts, from 0 to
        86400.
      - If a rate limit resets later than this allows, the task does not wait for it. It fails immediately, says how
        long to wait, and reports what is left undone.
    type: int
    default: 300
  concurrency:
    description:
      - How many requests can be under way at the same time, from 1 to 32.
    type: int
    default: 8
requirements:
  - python >= 3.9
  - requests >= 2.25.1
"""

    API_VERSION = r"""
options:
  api_version:
    description:
      - The version of Datadog's API.
      - V(v2) addresses a key by its ID, V(v1) by the key itself.
      - Datadog has disabled V(v1) for organizations in One-Time Read mode, which include all organizations created
        since August 2025 and many others, and on the sites V(ddog-gov.com) and V(us2.ddog-gov.com).
    type: str
    default: v2
    choices: [v1, v2]
"""
