#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: offboard_report
short_description: Start and finish the evidence of an offboarding run
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Writes what M(keywarden.datadog.offboard_organization) did about the credentials of leavers, as JSON for machines,
    as CSV for auditors, and as an HTML page for people, all with the same facts.
  - The role P(keywarden.datadog.offboard#role) uses it. It starts the evidence before anything is removed, so that
    nothing is removed if nothing can be written.
  - Each run has a directory of its own, named after its time with a suffix. Files of earlier runs are not changed.
    Directories have mode 0700, and files have mode 0600. A file is replaced completely or not at all.
  - If a run was interrupted, the next run for the same people reports what the interrupted run did, and what its own
    listings show of it now.
  - It always runs on the controller. It does not contact Datadog and takes no credentials.
  - The page is made from C(evidence.html.j2) and C(evidence.css) in the role. A file of the same name in
    C(templates/offboard/) next to the playbook replaces them.
extends_documentation_fragment:
  - keywarden.datadog.attributes
  - keywarden.datadog.attributes.controller
attributes:
  check_mode:
    support: full
    details:
      - It writes nothing in check mode. To write a plan, set O(plan=true), and C(check_mode=false) on the task.
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Each run has files of its own.
options:
  state:
    description:
      - V(started) begins a new run and needs O(organizations). Other hosts or batches of the same play join that run.
      - V(finished) closes the run and needs O(report). It does not fail if a leaver failed; see RV(success). If
        organizations of the play are still to come, it leaves the run open; see RV(finished).
      - V(told) says how a finished run went, and fails unless it went well. It needs O(report).
      - V(finished) also closes an interrupted run, with what its records and journals contain.
    type: str
    choices: [started, finished, told]
    required: true
  plan:
    description:
      - Whether the run is a plan, in which nothing is removed. The names and the content of the evidence show this.
      - It must be the same for all tasks of a run.
    type: bool
    default: false
  directory:
    description:
      - Where the directory of the run is created. It must exist, unless it is the default.
      - A relative path starts at the playbook's directory, or at the current directory if the playbook is part of a
        collection. It cannot be inside a collection.
      - In an execution environment, it must contain a file C(.offboard-evidence), which marks it as a volume that
        outlives the container.
    type: str
    default: ~/offboard-evidence
  leavers:
    description:
      - The leavers, as a list or a string separated by commas. Each item is an e-mail address, a handle, a user ID, or
        a mapping with C(email) or C(id), and optionally C(name), C(ticket) and C(left_at). Duplicates count once,
        regardless of case.
      - An entry that cannot be used counts as a failed leaver, and does not stop the others.
    type: raw
  leavers_file:
    description:
      - A file with the leavers, instead of O(leavers). CSV (C(.csv)) with a header, JSON (C(.json)) or YAML (C(.yml),
        C(.yaml)) with a list, or anything else with one leaver per line.
    type: str
  ticket:
    description:
      - The ticket for every leaver who has none of their own.
    type: str
  allow_nobody:
    description:
      - Whether a run without leavers is allowed.
    type: bool
    default: false
  organizations:
    description:
      - The hosts of all organizations of the run.
    type: list
    elements: str
  credentials:
    description:
      - The kinds of credentials that are removed.
    type: list
    elements: str
    choices: [application_keys, access_tokens]
    default: [application_keys, access_tokens]
  guards:
    description:
      - The guards, as the evidence shows them. They are those of M(keywarden.datadog.offboard_organization).
    type: dict
    default: {}
  missing_account:
    description:
      - What to do if no organization knows a leaver. V(fail) fails, because it may be a typing error. V(report) only
        reports it.
    type: str
    choices: [fail, report]
    default: fail
  approved_plan:
    description:
      - The JSON file of an approved plan, which a run with C(--check) writes. Only what it lists is removed, from the
        same organizations and for the same leavers.
    type: str
  plan_max_age:
    description:
      - How old O(approved_plan) may be.
    type: str
    default: 7d
  sla:
    description:
      - An age such as V(24h). A removal that takes place later than this after C(left_at) is marked as late.
      - A C(left_at) without a time zone is UTC, and one without a time is the beginning of that day.
    type: str
  sign_with:
    description:
      - An SSH private key, or the public key if an SSH agent holds the private key. The JSON file of the run gets a
        detached signature, which C(ssh-keygen -Y verify) checks with the namespace V(keywarden.datadog).
      - This needs OpenSSH 8.1 or newer on the controller. If the key cannot sign, the run does not start.
      - Set it both with O(state=started) and with O(state=finished).
    type: str
  report:
    description:
      - The JSON file of the run, RV(report) of O(state=started).
    type: path
seealso:
  - module: keywarden.datadog.offboard_organization
"""

EXAMPLES = r"""
- name: Start the evidence
  keywarden.datadog.offboard_report:
    state: started
    plan: "{{ ansible_check_mode }}"
    leavers:
      - email: ann@example.com
        ticket: HR-1234
        left_at: "2026-01-31T17:00:00Z"
    organizations: "{{ ansible_play_hosts_all }}"
  check_mode: false
  register: run

- name: Remove the credentials of the leavers and record the result
  keywarden.datadog.offboard_organization:
    report: "{{ run.report }}"
    plan: "{{ ansible_check_mode }}"
    leavers:
      - email: ann@example.com
        ticket: HR-1234
        left_at: "2026-01-31T17:00:00Z"
  ignore_errors: true

- name: Finish the evidence
  keywarden.datadog.offboard_report:
    state: finished
    plan: "{{ ansible_check_mode }}"
    report: "{{ run.report }}"
  check_mode: false

- name: Report the result
  keywarden.datadog.offboard_report:
    state: told
    report: "{{ run.report }}"
  check_mode: false
"""

RETURN = r"""
report:
  description: The JSON file of the run.
  returned: O(state=started)
  type: str
files:
  description: The files of the run.
  returned: O(state=started), or O(state=finished) and RV(finished)
  type: dict
  contains:
    json:
      description: The JSON file.
      type: str
    csv:
      description: The CSV file.
      type: str
    html:
      description: The HTML page.
      type: str
    sha256:
      description: The SHA-256 of the JSON file, as C(sha256sum --check) reads it.
      type: str
    signature:
      description: The signature of the JSON file. It exists only with O(sign_with) and RV(finished).
      type: str
index:
  description: The rebuilt index page of all runs in the directory. Null if it could not be written.
  returned: O(state=started) and O(state=finished)
  type: str
finished:
  description: Whether the run is closed. It is not closed if organizations of the play are still to come.
  returned: O(state=finished)
  type: bool
success:
  description:
    - Whether the run is closed, every leaver was found in an organization, and nothing failed.
  returned: O(state=finished)
  type: bool
headline:
  description: The result, for people.
  returned: O(state=finished) and RV(finished)
  type: str
  sample: "1 leaver in 1 organization: 51 application keys deleted."
coming:
  description: The hosts of the organizations that are still to come.
  returned: O(state=finished) and not RV(finished)
  type: list
  elements: str
msg:
  description: The result, in a sentence.
  returned: O(state=told)
  type: str
  sample: All leavers are dealt with.
leavers:
  description: A line for each leaver in each organization, with the reasons, and the headline.
  returned: O(state=told)
  type: list
  elements: str
counts:
  description: How many leavers have each status, and how many credentials of each kind have each outcome.
  returned: O(state=finished) and RV(finished)
  type: dict
  contains:
    leavers:
      description: Leavers by status. A leaver counts once in each organization.
      type: dict
    credentials:
      description: Credentials by kind and outcome.
      type: dict
sha256:
  description: The SHA-256 of the JSON file. The CSV file and the HTML page show it too.
  returned: O(state=finished) and RV(finished)
  type: str
"""
