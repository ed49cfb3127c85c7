#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: datadog_user_access
short_description: Remove the application keys and access tokens of users
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Removes all application keys and access tokens of certain users, reads again until they are gone, and then reads
    what access these users still have.
  - The module does in one task what M(keywarden.datadog.datadog_app_key), M(keywarden.datadog.datadog_access_token) and
    M(keywarden.datadog.datadog_user_access_info) do for the same users, and looks up each user only once. The guards,
    the verification and the outcomes are the same.
  - It removes one kind of credential after the other. If something goes wrong with one kind, the other kind is still
    removed, and the task fails at the end.
  - If some of the remaining access cannot be read, RV(remains) says so. This never fails the task.
  - A key or token that a user obtains while the task runs, and that this reading shows, is not removed, because no
    guard has checked it. It has the outcome V(skipped), and the task fails.
  - If the play that started the task is gone, because it was stopped, timed out or lost its connection, the task sends
    no further deletes. With O(journal), there is a record of what it did until then.
extends_documentation_fragment:
  - keywarden.datadog.connection
  - keywarden.datadog.removal
  - keywarden.datadog.removal.keys
  - keywarden.datadog.removal.tokens
  - keywarden.datadog.attributes
  - keywarden.datadog.attributes.actiongroup_datadog
attributes:
  check_mode:
    support: full
    details: It reads and evaluates the guards like the real run, and deletes nothing.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  user:
    description:
      - The users whose credentials are removed. A single string is accepted.
      - An e-mail address or a handle selects a person and is matched case-insensitively. The UUID of a user selects a
        person or a service account.
      - Each user has a separate plan for each kind of credential. A guard that holds back one plan does not affect the
        others.
    type: list
    elements: str
    required: true
  user_names:
    description:
      - The display names of people in O(user), as a mapping from their e-mail addresses or handles. List only the names
        that you know.
      - In an organization with more than 5,000 users, the module also searches for this name before it reports a person
        as unknown, so that people whose e-mail address has changed are found by their handle.
    type: dict
  missing_user:
    description:
      - What to do about a user that Datadog does not know. V(fail) fails the task, because a typing error must not
        look like "nothing to remove". V(report) only reports it in the C(owners) of each kind.
    type: str
    choices: [fail, report]
    default: fail
  credentials:
    description:
      - The kinds of credentials that are removed.
    type: list
    elements: str
    choices: [application_keys, access_tokens]
    default: [application_keys, access_tokens]
  remains:
    description:
      - Whether to read what access the users still have after their credentials are removed.
    type: bool
    default: true
notes:
  - O(keep) and O(only) take the IDs of application keys and of access tokens alike.
  - If the task may remove the credentials that it runs with (see O(allow_self)), they are removed last, after the
    credentials of the other kind, and only if nothing else failed. The remaining access cannot be read after that.
  - The module uses API v2. To remove keys by their secrets through API v1, use M(keywarden.datadog.datadog_app_key).
  - Reading the remaining access requires further permissions; see M(keywarden.datadog.datadog_user_access_info).
    Without them the task succeeds, and RV(remains) says what could not be read.
seealso:
  - module: keywarden.datadog.datadog_user_access_info
  - module: keywarden.datadog.datadog_app_key
  - module: keywarden.datadog.datadog_access_token
  - name: Datadog API reference, Key Management
    description: API keys, application keys and access tokens.
    link: https://docs.datadoghq.com/api/latest/key-management/
"""

EXAMPLES = r"""
- name: Remove all application keys and access tokens of a person
  keywarden.datadog.datadog_user_access:
    state: absent
    user: ann@example.com
  register: result

- name: Show what access the person still has
  ansible.builtin.debug:
    var: result.remains.users

- name: Refuse if a key or token was used in the last week, and record each delete before it is sent
  keywarden.datadog.datadog_user_access:
    state: absent
    user:
      - ann@example.com
      - bob@example.com
    refuse_used_within: 7d
    max_keys: 20
    max_tokens: 20
    journal: "{{ playbook_dir }}/removal.jsonl"

- name: Remove only access tokens
  keywarden.datadog.datadog_user_access:
    state: absent
    user: ann@example.com
    credentials: [access_tokens]
"""

RETURN = r"""
application_keys:
  description:
    - What M(keywarden.datadog.datadog_app_key) returns for the same users. Null if O(credentials) does not include
      this kind, or if the task failed before it began with this kind.
    - If something went wrong with this kind, it also has C(failed) and C(msg).
  returned: always
  type: dict
  contains:
    application_keys:
      description: A row for each key, as in RV(keywarden.datadog.datadog_app_key#module:application_keys).
      type: list
      elements: dict
    counts:
      description: How many keys have each outcome.
      type: dict
    owners:
      description: A row for each O(user), as in RV(keywarden.datadog.datadog_app_key#module:owners).
      type: list
      elements: dict
    listing:
      description: How many keys Datadog states, as C(total), and whether all of them were read, as C(complete).
      type: dict
    changed:
      description: Whether a key was removed.
      type: bool
access_tokens:
  description:
    - What M(keywarden.datadog.datadog_access_token) returns for the same users. Null if O(credentials) does not include
      this kind, or if the task failed before it began with this kind.
    - If something went wrong with this kind, it also has C(failed) and C(msg).
  returned: always
  type: dict
  contains:
    access_tokens:
      description: A row for each token, as in RV(keywarden.datadog.datadog_access_token#module:access_tokens).
      type: list
      elements: dict
    counts:
      description: How many tokens have each outcome.
      type: dict
    owners:
      description: A row for each O(user), as in RV(keywarden.datadog.datadog_access_token#module:owners).
      type: list
      elements: dict
    listing:
      description: How many tokens Datadog states, as C(total), and whether all of them were read, as C(complete).
      type: dict
    changed:
      description: Whether a token was removed.
      type: bool
remains:
  description:
    - What access the users still have, without those whom the organization does not know. Null with O(remains=false),
      or if the task failed before it could read this.
    - If it could not be read, it also has C(failed) and C(msg). This does not fail the task.
  returned: always
  type: dict
  contains:
    users:
      description: A row for each of them, as in RV(keywarden.datadog.datadog_user_access_info#module:users).
      type: list
      elements: dict
    not_seen:
      description: For each kind that could not be read for a user, a sentence that says why.
      type: list
      elements: str
caller:
  description:
    - The account that the credentials of this task belong to, with C(id), C(email), C(handle) and C(service_account).
      Null if Datadog did not return it, which does not fail the task.
  returned: always
  type: dict
organization:
  description: The organization, with C(id) and C(name). Null if Datadog did not return it.
  returned: always
  type: dict
site:
  description: The site, or the host of O(api_url).
  returned: always
  type: str
  sample: datadoghq.com
waited:
  description: Seconds spent waiting, for rate limits and between attempts.
  returned: always
  type: float
  sample: 0.0
"""

from ansible_collections.keywarden.datadog.plugins.module_utils._access_removal import OPTIONS, AccessRemoval
from ansible_collections.keywarden.datadog.plugins.module_utils._module import run


def main() -> None:
    """Run the module."""
    run(OPTIONS, AccessRemoval())


if __name__ == "__main__":
    main()
