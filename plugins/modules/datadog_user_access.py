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
    what these users still hold.
  - It does what M(keywarden.datadog.datadog_app_key), M(keywarden.datadog.datadog_access_token) and
    M(keywarden.datadog.datadog_user_access_info) do for the same users, in one task that looks each user up only once.
    All that these modules promise holds here as well.
  - One kind of credential is dealt with after the other. If something goes wrong with one kind, the other one is still
    removed, and the task fails at the end.
  - What cannot be read of what remains is reported in RV(remains) and never fails the task.
  - If the play that started the task is gone, because it was stopped, timed out or lost its connection, the task sends
    no further delete. With O(journal) there is a record of what it did until then.
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
    details: It reads and looks at the guards as the real run does, and deletes nothing.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  user:
    description:
      - The users whose credentials are removed. A single string will do.
      - An e-mail address or a handle names a person and is matched case-insensitively. The UUID of a user names a
        person or a service account.
      - For each user and each kind of credential there is a plan of its own. What holds back one plan leaves the others
        alone.
    type: list
    elements: str
    required: true
  user_names:
    description:
      - The display names of people in O(user), by their e-mail addresses or handles, where you know them. Others need
        none.
      - In an organization of more than 5,000 users, Datadog's search is asked for this name too before somebody counts
        as unknown, so that people whose e-mail address has changed are found by their handle.
    type: dict
  missing_user:
    description:
      - What to do about a user that Datadog does not know. V(fail) fails the task, because a typing error must not
        read as "nothing to remove". V(report) only says so in the C(owners) of each kind.
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
      - Whether to read what the users still hold once their credentials are removed.
    type: bool
    default: true
notes:
  - O(keep) and O(only) take the IDs of application keys and of access tokens alike.
  - Where the task may remove the credentials that it runs with (see O(allow_self)), they go last, after those of the
    other kind, and only if all others were dealt with. What remains cannot be read after that.
  - The module uses API v2. To remove keys by their secrets through API v1, use M(keywarden.datadog.datadog_app_key).
  - Reading what remains needs further permissions, see M(keywarden.datadog.datadog_user_access_info). Without them the
    task goes well, and RV(remains) says what could not be seen.
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

- name: Show what the person still holds
  ansible.builtin.debug:
    var: result.remains.users

- name: Remove them unless one was used in the last week, and record each delete before it is sent
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
    - What M(keywarden.datadog.datadog_app_key) returns about the same users. Null where O(credentials) leaves out this
      kind, or the task failed before it was begun.
    - It also has C(failed) and C(msg) where something went wrong with this kind.
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
    - What M(keywarden.datadog.datadog_access_token) returns about the same users, likewise.
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
    - What the users still hold whom the organization knows. Null with O(remains=false), or where the task failed before
      it could look.
    - It also has C(failed) and C(msg) where that could not be read. This does not fail the task.
  returned: always
  type: dict
  contains:
    users:
      description: A row for each of them, as in RV(keywarden.datadog.datadog_user_access_info#module:users).
      type: list
      elements: dict
    not_seen:
      description: A sentence for each kind that could not be read of somebody, and why.
      type: list
      elements: str
caller:
  description:
    - The account that the credentials of this task belong to, with C(id), C(email), C(handle) and C(service_account).
      Null where Datadog did not tell, which does not fail the task.
  returned: always
  type: dict
organization:
  description: The organization, with C(id) and C(name). Null where Datadog did not tell.
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
