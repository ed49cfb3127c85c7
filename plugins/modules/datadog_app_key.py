#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: datadog_app_key
short_description: Remove Datadog application keys
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Removes the application keys that you list, or all keys of certain owners, and reads again until they are gone.
  - A key counts as removed only if a read shows that it is gone, and as absent only if Datadog itself says so. A
    proxy's error page, a missing permission or a lost answer never counts as either.
  - All keys of a selection are collected and the guards are checked before any of them is deleted. Each owner is a plan
    of its own, and so is a list of IDs or keys. If a guard holds back one plan, the others are still carried out, and
    the task fails at the end.
  - If one key cannot be removed, the others still are, unless Datadog says that a permission is missing. Each key has
    its own outcome in the result, even when the task fails.
  - If the play that started the task is gone, because it was stopped, timed out or lost its connection, the task sends
    no further deletes. With O(journal), there is a record of what it did until then.
extends_documentation_fragment:
  - keywarden.datadog.connection
  - keywarden.datadog.connection.api_version
  - keywarden.datadog.removal
  - keywarden.datadog.removal.owner
  - keywarden.datadog.removal.keys
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
  app_key_id:
    description:
      - IDs of the application keys to remove. A single string is accepted.
      - Exactly one of O(app_key_id), O(key) and O(owner) is required. An empty list is an error.
      - O(app_key_id), O(owner), O(keep), O(only) and O(refuse_used_within) need O(api_version=v2).
    type: list
    elements: str
  key:
    description:
      - The application keys to remove. A single string is accepted.
      - Needs O(api_version=v1).
    type: list
    elements: str
seealso:
  - module: keywarden.datadog.datadog_app_key_info
  - name: API and application keys
    description: Datadog's documentation of what the keys are for.
    link: https://docs.datadoghq.com/account_management/api-app-keys/
  - name: Key management
    description: Datadog's documentation of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/key-management/
"""

EXAMPLES = r"""
- name: Remove an application key
  keywarden.datadog.datadog_app_key:
    state: absent
    app_key_id: 3f2b8c1e-6a54-4d0e-9b7a-0c5d1e2f3a4b

- name: Remove all keys of a person but one that production uses, and record each delete before it is sent
  keywarden.datadog.datadog_app_key:
    state: absent
    owner: ann@example.com
    keep:
      - 0b9a8c7d-5e4f-4a3b-8c2d-1e0f9a8b7c6d
    max_keys: 100
    journal: "{{ playbook_dir }}/removal-of-ann.jsonl"

- name: Refuse if one of the keys was used in the last week
  keywarden.datadog.datadog_app_key:
    state: absent
    owner:
      - ann@example.com
      - bob@example.com
    refuse_used_within: 7d

- name: Remove an application key through API v1
  keywarden.datadog.datadog_app_key:
    state: absent
    api_version: v1
    key: "{{ old_application_key }}"
"""

RETURN = r"""
application_keys:
  description:
    - A row for each selected key, in the order of the selection. The keys of an owner are sorted by name.
    - Unknown values are null.
  returned: always
  type: list
  elements: dict
  contains:
    id:
      description: The ID of the key. API v1 does not provide it.
      type: str
    name:
      description: The name of the key.
      type: str
    last4:
      description: The last four characters of the key.
      type: str
    created_at:
      description: When the key was created. API v1 does not provide it.
      type: str
    last_used_at:
      description: When it was last used, as far as Datadog recorded it. Null does not prove that it is unused.
      type: str
    scopes:
      description: The scopes of the key. Null means that it may do everything that its owner may do.
      type: list
      elements: str
    leaked:
      description: Where Datadog found the key in public, with C(date) and C(leak_source). Null for all other keys.
      type: dict
    owner:
      description: The owner of the key. API v1 provides only the e-mail address.
      type: dict
      contains:
        id:
          description: The ID of the user.
          type: str
        name:
          description: The name of the user.
          type: str
        email:
          description: The e-mail address of the user.
          type: str
        handle:
          description: The handle of the user.
          type: str
        title:
          description: The title of the user.
          type: str
        status:
          description: The status of the user, such as V(Active) or V(Disabled).
          type: str
        disabled:
          description: Whether the user is disabled.
          type: bool
        service_account:
          description: Whether the user is a service account.
          type: bool
        verified:
          description: Whether the user is verified.
          type: bool
    outcome:
      description:
        - V(deleted), it was there and was removed. In check mode, it is there.
        - V(absent), Datadog says that it does not exist.
        - V(kept), it is listed in O(keep).
        - V(refused), a guard prevented the removal. The task fails.
        - V(skipped), the removal was not attempted, because a guard held back the plan, the credentials turned out to
          be invalid or lack a permission, O(max_wait) ran out, the play is gone, the task was interrupted, the journal
          could not be written, or it appeared while the task was running. The task fails.
        - V(failed), it could not be read or removed, or is still there after O(verify_timeout). The task fails.
        - V(unknown), the removal was sent, and no read could determine what became of it. The task fails.
      type: str
    status_code:
      description: The HTTP status of the last answer about the key that was not a plain read.
      type: int
    requested_at:
      description: When the removal was sent, in UTC.
      type: str
    verified_at:
      description: When a read showed that the key does not exist, in UTC.
      type: str
    message:
      description: More information about the outcome.
      type: str
  sample:
    - id: 3f2b8c1e-6a54-4d0e-9b7a-0c5d1e2f3a4b
      name: deploy
      last4: 0a1b
      created_at: "2026-03-01T09:30:00.000000+00:00"
      last_used_at: null
      scopes: null
      leaked: null
      owner:
        id: 6d9c5d3e-41aa-4f0b-8c53-2f1e0d9c8b7a
        name: Ann Example
        email: ann@example.com
        handle: ann@example.com
        title: null
        status: Active
        disabled: false
        service_account: false
        verified: true
      outcome: deleted
      status_code: 204
      requested_at: "2026-04-01T08:00:00.000Z"
      verified_at: "2026-04-01T08:00:00.450Z"
      message: null
counts:
  description: How many keys have each outcome.
  returned: always
  type: dict
  sample: {deleted: 1, absent: 0, kept: 0, refused: 0, skipped: 0, failed: 0, unknown: 0}
owners:
  description: A row for each O(owner).
  returned: always
  type: list
  elements: dict
  contains:
    query:
      description: The owner as given in the task.
      type: str
    status:
      description:
        - V(resolved), V(unknown), V(ambiguous), or V(failed) if the request to Datadog failed.
        - If Datadog does not state whether an account is a service account, the status is V(ambiguous) too.
      type: str
    id:
      description: The ID of the user.
      type: str
    email:
      description: The e-mail address of the user.
      type: str
    disabled:
      description: Whether the user is disabled.
      type: bool
    total:
      description: How many keys the user owns.
      type: int
    complete:
      description: Whether the listing of these keys is complete.
      type: bool
    matches:
      description:
        - The accounts that match an ambiguous owner, or those with the e-mail addresses most similar to an unknown
          owner. Of the latter, only C(id), C(name) and C(email); otherwise, each is like RV(application_keys[].owner).
      type: list
      elements: dict
    message:
      description: Why the owner could not be processed, or who may be meant instead. Null if there is no problem.
      type: str
listing:
  description:
    - For a listing, the number of keys that Datadog states, and whether all of them were read. Null if keys were
      selected by ID or by the key itself.
  returned: always
  type: dict
  contains:
    total:
      description: The number that Datadog states.
      type: int
    complete:
      description: Whether all were read.
      type: bool
caller:
  description:
    - The account that the credentials of this task belong to. Null if it could not be determined, which does not fail
      the task.
  returned: always
  type: dict
  contains:
    id:
      description: The ID of the user or service account.
      type: str
    email:
      description: The e-mail address of the account.
      type: str
    handle:
      description: The handle of the account.
      type: str
    service_account:
      description: Whether it is a service account.
      type: bool
  sample:
    id: 0c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f
    email: offboarding-automation@example.com
    handle: 0c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f
    service_account: true
organization:
  description:
    - The organization that the credentials belong to. Null if it could not be determined.
  returned: always
  type: dict
  contains:
    id:
      description: Datadog's own ID of the organization.
      type: str
    name:
      description: The name of the organization. Null if Datadog does not provide it.
      type: str
  sample:
    id: 5a6b7c8d-9e0f-4a1b-8c2d-3e4f5a6b7c8d
    name: Example
site:
  description: The site, or the host of O(api_url).
  returned: always
  type: str
  sample: datadoghq.com
api_version:
  description: The version of the API.
  returned: always
  type: str
  sample: v2
waited:
  description: Seconds spent waiting, for rate limits and between attempts.
  returned: always
  type: float
  sample: 0.0
"""

from typing import Any

from ansible_collections.keywarden.datadog.plugins.module_utils._application_keys import API_VERSION
from ansible_collections.keywarden.datadog.plugins.module_utils._key_removal import KEY_OPTIONS, KeyRemoval
from ansible_collections.keywarden.datadog.plugins.module_utils._managing import REMOVAL_OPTIONS
from ansible_collections.keywarden.datadog.plugins.module_utils._module import OWNER_OPTIONS, run

OPTIONS: dict[str, Any] = {
    **REMOVAL_OPTIONS,
    **OWNER_OPTIONS,
    **KEY_OPTIONS,
    **API_VERSION,
    "app_key_id": {"type": "list", "elements": "str", "no_log": False},
    "key": {"type": "list", "elements": "str", "no_log": True},
}


def main() -> None:
    """Run the module."""
    selectors = ("app_key_id", "key", "owner")
    run(OPTIONS, KeyRemoval(), mutually_exclusive=[selectors], required_one_of=[selectors])


if __name__ == "__main__":
    main()
