#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: offboard_report
short_description: Write the evidence of an offboarding run
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Writes down what M(keywarden.datadog.datadog_app_key) did about the application keys of leavers, as JSON for
    machines, as CSV for auditors and as one HTML page for people, all with the same facts.
  - The role P(keywarden.datadog.offboard#role) uses it. It starts the evidence before the first key is removed, so that
    where nothing can be written, nothing is removed. It records each organization as soon as it is done, so that a run
    that breaks off leaves what was done until then, marked as not finished.
  - Each run has a directory of its own, named for its time and a random suffix. No file of an earlier run is touched.
    Directories that it makes have the mode 0700, files 0600. A file is replaced as a whole or not at all.
  - It runs on the controller, wherever the play runs. It asks Datadog nothing and takes no credentials.
  - The page is made from C(evidence.html.j2) and C(evidence.css) of the role. A file of the same name in
    C(templates/offboard/) beside the playbook takes its place.
extends_documentation_fragment:
  - keywarden.datadog.attributes
  - keywarden.datadog.attributes.controller
attributes:
  check_mode:
    support: full
    details:
      - It writes nothing in check mode. To write down a plan, set O(plan=true), and C(check_mode=false) on the task.
  diff_mode:
    support: none
  idempotent:
    support: none
    details: Each run has files of its own.
options:
  state:
    description:
      - V(started) begins a new run and needs O(directory), O(leavers) and O(organizations).
      - V(recorded) takes in what happened in one organization and needs O(report), O(organization) and O(result).
      - V(finished) closes the run and needs O(report). It does not fail because of a leaver who was not dealt with.
        See RV(success).
    type: str
    choices: [started, recorded, finished]
    required: true
  plan:
    description:
      - Whether the run is a plan, in which nothing is removed. The evidence says so in names and content.
      - It must be the same for all tasks of a run.
    type: bool
    default: false
  directory:
    description:
      - Where the directory of the run is made.
    type: path
  leavers:
    description:
      - The leavers, each an e-mail or a mapping of C(email) and C(ticket). One who is named twice, in whatever case, is
        one leaver.
    type: list
    elements: raw
  organizations:
    description:
      - The names of all organizations of the run.
    type: list
    elements: str
  guards:
    description:
      - What is to be held back, as the evidence shows it.
    type: dict
    default: {}
  report:
    description:
      - The JSON file of the run, RV(files.json) of O(state=started).
    type: path
  organization:
    description:
      - The name of the organization that O(result) is about.
    type: str
  site:
    description:
      - The site of the organization, where O(result) does not tell it.
    type: str
  result:
    description:
      - The registered result of M(keywarden.datadog.datadog_app_key), also where it failed.
      - Only what it shows counts as dealt with. Where it says nothing of a leaver, the leaver has failed.
    type: dict
seealso:
  - module: keywarden.datadog.datadog_app_key
"""

EXAMPLES = r"""
- name: Start the evidence
  keywarden.datadog.offboard_report:
    state: started
    directory: ~/offboard-evidence
    leavers:
      - email: ann@example.com
        ticket: HR-1234
    organizations:
      - Production
  register: run

- name: Remove their application keys
  keywarden.datadog.datadog_app_key:
    state: absent
    owner: "{{ run.emails }}"
    missing_owner: report
  register: removal
  ignore_errors: true

- name: Record what happened
  keywarden.datadog.offboard_report:
    state: recorded
    report: "{{ run.files.json }}"
    organization: Production
    result: "{{ removal }}"

- name: Finish the evidence
  keywarden.datadog.offboard_report:
    state: finished
    report: "{{ run.files.json }}"
"""

RETURN = r"""
files:
  description: The files of the run.
  returned: success
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
sha256:
  description: The SHA-256 of the JSON file as it is now. The CSV file and the HTML page name it too.
  returned: success
  type: str
emails:
  description: The e-mails of the leavers, each once.
  returned: success
  type: list
  elements: str
  sample: [ann@example.com]
success:
  description: Whether the run is finished, and every leaver dealt with in every organization.
  returned: success
  type: bool
headline:
  description: How it went, for people.
  returned: success
  type: str
  sample: "1 leaver in 1 organization: 51 application keys deleted."
counts:
  description: How many leavers have each status, and how many application keys each outcome.
  returned: success
  type: dict
  contains:
    leavers:
      description: Leavers by status. A leaver counts once in each organization.
      type: dict
    application_keys:
      description: Keys by outcome.
      type: dict
unsaved:
  description: What was to be recorded and could not be written.
  returned: on failure of O(state=recorded)
  type: dict
"""
