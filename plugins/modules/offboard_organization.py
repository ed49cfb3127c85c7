#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: offboard_organization
short_description: Remove the credentials of leavers from one organization and record the result
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Runs M(keywarden.datadog.datadog_user_access) for the leavers of a run that M(keywarden.datadog.offboard_report)
    has started, and records what it did in a file of its own, so that many organizations can be processed in parallel.
  - The module runs where the task is delegated to. The record is written on the controller.
  - For leavers who have an account in the organization, the module then reads what they still hold. This is recorded
    too, and never fails the task.
  - With an approved plan, the module runs twice. The first run only reads, so that nothing is removed with the
    credentials of another organization.
  - If the module works or waits for more than ten seconds, a line about every ten seconds shows its progress. If the
    module does not run on the controller, or only reads, the line shows only the time that has passed.
  - If the module is killed, the record includes what its journal shows, and the leavers count as failed.
  - The host of the task is the organization. If a leaver fails, the task fails and says why. What was done is still
    recorded.
extends_documentation_fragment:
  - keywarden.datadog.attributes
  - keywarden.datadog.attributes.controller
  - keywarden.datadog.attributes.actiongroup_datadog
attributes:
  check_mode:
    support: full
    details:
      - The module runs in check mode, and the record of the plan is written. O(plan) must be set.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  report:
    description:
      - The JSON file of the run, as M(keywarden.datadog.offboard_report) returns it.
    type: path
    required: true
  plan:
    description:
      - Whether the run is a plan. It must be the same as check mode.
    type: bool
    default: false
  name:
    description:
      - What the evidence calls the organization. The default is the name of the host, or C(Datadog) for the single
        organization of the environment.
    type: str
  leavers:
    description:
      - The leavers as passed to M(keywarden.datadog.offboard_report). If they differ, the task fails.
    type: raw
  approved_plan:
    description:
      - The approved plan as passed to M(keywarden.datadog.offboard_report). If it differs, the task fails.
    type: str
  leavers_file:
    description:
      - The file with the leavers, as passed to M(keywarden.datadog.offboard_report).
    type: str
  connection:
    description:
      - The connection of this organization. If O(connection.app_key) is set, nothing is taken from the environment or
        from C(module_defaults). Otherwise, they supply everything that is not set here.
      - O(connection.app_key) is optional only for an organization that is the only one of its run and is not in the
        group C(datadog_organizations).
    type: dict
    default: {}
    suboptions:
      app_key:
        description:
          - The application key or the access token to use.
        type: str
      api_key:
        description:
          - The API key. It is not needed with an access token.
        type: str
      site:
        description:
          - The Datadog site. If O(connection.app_key) is set, the default is V(datadoghq.com).
        type: str
      api_url:
        description:
          - The address of the API, instead of O(connection.site).
        type: str
  credentials:
    description:
      - The kinds of credentials that are removed.
    type: list
    elements: str
    choices: [application_keys, access_tokens]
    default: [application_keys, access_tokens]
  guards:
    description:
      - The guards for this organization, with the names of the options of M(keywarden.datadog.datadog_user_access),
        which are C(keep), C(max_keys), C(managed_keys) and C(refuse_used_within).
      - C(max_keys) limits access tokens too.
    type: dict
    default: {}
  api_key:
    description:
      - As in M(keywarden.datadog.datadog_user_access), for C(module_defaults).
    type: str
  app_key:
    description:
      - As in M(keywarden.datadog.datadog_user_access), for C(module_defaults).
    type: str
    aliases: [application_key]
  site:
    description:
      - As in M(keywarden.datadog.datadog_user_access), for C(module_defaults).
    type: str
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
      - As in M(keywarden.datadog.datadog_user_access), for C(module_defaults).
    type: str
  validate_certs:
    description:
      - As in M(keywarden.datadog.datadog_user_access).
    type: bool
  ca_path:
    description:
      - As in M(keywarden.datadog.datadog_user_access).
    type: path
  timeout:
    description:
      - As in M(keywarden.datadog.datadog_user_access).
    type: int
  max_retries:
    description:
      - As in M(keywarden.datadog.datadog_user_access).
    type: int
  max_wait:
    description:
      - As in M(keywarden.datadog.datadog_user_access).
    type: int
  concurrency:
    description:
      - As in M(keywarden.datadog.datadog_user_access).
    type: int
requirements:
  - python >= 3.9, on the host that the module runs on
  - requests >= 2.25.1, on the host that the module runs on
seealso:
  - module: keywarden.datadog.offboard_report
  - module: keywarden.datadog.datadog_user_access
"""

EXAMPLES = r"""
- name: Remove the credentials of the leavers and record the result
  keywarden.datadog.offboard_organization:
    report: "{{ run.report }}"
    plan: "{{ ansible_check_mode }}"
    leavers: "{{ leavers }}"
    connection:
      site: datadoghq.eu
      app_key: "{{ vault_europe_app_key }}"
      api_key: "{{ vault_europe_api_key }}"
  delegate_to: localhost
  ignore_errors: true
"""

RETURN = r"""
msg:
  description: How many leavers failed.
  returned: failure
  type: str
reasons:
  description: Which leavers failed, and why, wrapped to the width of a screen.
  returned: failure
  type: list
  elements: str
unsaved:
  description: What should have been recorded and could not be written.
  returned: if the record cannot be written
  type: dict
"""
