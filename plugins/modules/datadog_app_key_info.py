#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: datadog_app_key_info
short_description: Read Datadog application keys
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Reads the application keys that you list, all keys of certain owners, or all keys of the organization.
  - A listing is read to its last page and checked against the count that Datadog states. A listing of more than one
    page is read until two consecutive readings contain the same keys, because others may create and delete keys in the
    meantime. A listing that remains inconsistent is an error, never an incomplete result.
  - The keys themselves, which are secrets, are not returned, unless you set O(return_key).
extends_documentation_fragment:
  - keywarden.datadog.connection
  - keywarden.datadog.connection.api_version
  - keywarden.datadog.attributes
  - keywarden.datadog.attributes.actiongroup_datadog
attributes:
  check_mode:
    support: full
    details: It changes nothing.
  diff_mode:
    support: N/A
    details: It changes nothing.
  idempotent:
    support: full
options:
  app_key_id:
    description:
      - IDs of the application keys to read. A single string is accepted.
      - Needs O(api_version=v2).
    type: list
    elements: str
  key:
    description:
      - The application keys to read. A single string is accepted.
      - Needs O(api_version=v1).
    type: list
    elements: str
  owner:
    description:
      - Read all the keys of these people or service accounts.
      - An e-mail address or a handle selects a person. It is matched case-insensitively, and regardless of how an
        accented letter is composed; C(ß) does not match C(ss). Several matches are an error. The UUID of a user selects
        a person or a service account.
      - Anyone whom Datadog's search does not find is looked up in the list of all users, which is read once per task,
        or instead of searching if that takes fewer requests. The list is not read if the organization has more than
        5,000 users; see O(owner_names).
      - Needs O(api_version=v2).
    type: list
    elements: str
  owner_names:
    description:
      - The display names of people in O(owner), as a mapping from their e-mail addresses or handles. List only the
        names that you know.
      - In an organization with more than 5,000 users, the module also searches for this name before it reports a person
        as unknown, so that people whose e-mail address has changed are found by their handle.
    type: dict
  filter:
    description:
      - Only keys whose name matches this text, as Datadog's own free-text filter understands it.
      - Needs O(api_version=v2).
    type: str
  created_before:
    description:
      - Only keys created before this date, in ISO 8601, or longer ago than this age, such as V(90d).
      - The units of an age are V(m) for minutes, V(h) for hours, V(d) for days and V(w) for weeks.
      - Needs O(api_version=v2).
    type: str
  created_after:
    description:
      - Only keys created after this date, in ISO 8601, or more recently than this age, such as V(90d).
      - Needs O(api_version=v2).
    type: str
  unused_for:
    description:
      - Only keys last used longer ago than this age, such as V(90d), and keys without a recorded use that were
        created longer ago than that.
      - A missing RV(application_keys[].last_used_at) does not prove that a key is unused, because Datadog records uses
        only with Audit Trail. If no key of the listing has a recorded use, the module warns.
      - Needs O(api_version=v2).
    type: str
  include:
    description:
      - Related objects to fetch. Without V(owned_by), only the ID of an owner is known.
      - Related objects exist only with O(api_version=v2).
    type: list
    elements: str
    choices: [owned_by]
    default: [owned_by]
  fields:
    description:
      - Return only these fields, and C(id), in each row. V(owner) stands for everything that is known about the owner,
        V(owner.email) for the e-mail address alone.
      - Use it for large organizations. Ansible handles every value of a result several times, which takes longer than
        reading them from Datadog.
    type: list
    elements: str
  missing_owner:
    description:
      - What to do about an owner that Datadog does not know. V(fail) fails the task, because a typing error must not
        look like somebody without keys. V(report) only reports it in RV(owners).
    type: str
    choices: [fail, report]
    default: fail
  return_key:
    description:
      - Whether to pass on the key itself, as C(key) in RV(application_keys), in the one case where Datadog sends it,
        which is O(app_key_id) in organizations that are not in One-Time Read mode.
      - Use C(no_log) on a task that sets this.
    type: bool
    default: false
seealso:
  - module: keywarden.datadog.datadog_app_key
  - name: API and application keys
    description: Datadog's documentation of what the keys are for.
    link: https://docs.datadoghq.com/account_management/api-app-keys/
  - name: Key management
    description: Datadog's documentation of the API that this module uses.
    link: https://docs.datadoghq.com/api/latest/key-management/
"""

EXAMPLES = r"""
- name: Read one application key
  keywarden.datadog.datadog_app_key_info:
    app_key_id: 3f2b8c1e-6a54-4d0e-9b7a-0c5d1e2f3a4b
  register: result

- name: Read all application keys of a person
  keywarden.datadog.datadog_app_key_info:
    owner: ann@example.com

- name: Find application keys that nobody seems to use
  keywarden.datadog.datadog_app_key_info:
    unused_for: 90d
    created_before: "2026-01-01"

- name: Read an application key through API v1
  keywarden.datadog.datadog_app_key_info:
    api_version: v1
    key: "{{ old_application_key }}"

- name: Read what a review of all keys needs, and no more
  keywarden.datadog.datadog_app_key_info:
    fields: [name, owner.email, created_at, last_used_at, scopes]
  register: review
"""

RETURN = r"""
application_keys:
  description: The keys that exist, in the order of the selection. Unknown values are null.
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
not_found:
  description: The IDs, or masked keys, that do not exist according to Datadog.
  returned: always
  type: list
  elements: str
  sample: []
total:
  description: The number of RV(application_keys).
  returned: always
  type: int
  sample: 1
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
      description: How many keys the user owns that match O(filter), O(created_before) and O(created_after).
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
included:
  description:
    - The related objects of O(include), which are users, roles and leaked keys, in Datadog's own format, with the
      attributes and relationships that this release knows.
  returned: with API v2
  type: list
  elements: dict
organization:
  description:
    - The organization that the credentials belong to, if an answer that was needed anyway contains it. Otherwise null.
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

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._application_keys import (
    API_VERSION,
    keys_for,
    require_version,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.application_keys import (
    NOUN,
    application_key,
    checked_secrets,
)
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.credential import CredentialKind
from ansible_collections.keywarden.datadog.plugins.module_utils._datadog.ids import checked_ids
from ansible_collections.keywarden.datadog.plugins.module_utils._module import run
from ansible_collections.keywarden.datadog.plugins.module_utils._reading import READING_OPTIONS, ReadingTask, filters_of
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.plan import Row, related
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.selection import Selection, of_owners

OPTIONS: dict[str, Any] = {
    **READING_OPTIONS,
    **API_VERSION,
    "app_key_id": {"type": "list", "elements": "str", "no_log": False},
    "key": {"type": "list", "elements": "str", "no_log": True},
    "filter": {"type": "str"},
    "created_before": {"type": "str"},
    "created_after": {"type": "str"},
    "unused_for": {"type": "str"},
    "include": {
        "type": "list",
        "elements": "str",
        "choices": ["owned_by"],
        "default": ["owned_by"],
    },
    "return_key": {"type": "bool", "default": False},
}


class KeyReading(ReadingTask):
    """Reads application keys."""

    noun = NOUN
    rows = "application_keys"
    shape = application_key()

    def selection(self, params: dict[str, Any]) -> Selection:
        """What the task selects.

        :raises OptionError: it is empty, or holds what cannot be meant.
        """
        require_version(params, "v2", "app_key_id", "owner", "filter", "created_before", "created_after", "unused_for")
        require_version(params, "v1", "key")
        if params["key"] is not None:
            return Selection(refs=checked_secrets("key", params["key"]))
        if params["app_key_id"] is not None:
            return Selection(refs=checked_ids("app_key_id", params["app_key_id"], NOUN))
        return of_owners(params, filters=filters_of(params), may_be_all=True)

    def kind(self, module: AnsibleModule, client: Client) -> CredentialKind:
        """The keys of the organization, through the version that was asked for."""
        related = self.fields.wants("owner") or self.fields.wants("leaked")
        include = module.params["include"] if related else ()
        return keys_for(module.params["api_version"], client, include=include)

    def row(self, module: AnsibleModule, row: Row) -> dict[str, Any]:
        """One of the keys that exist, with its secret where that was asked for and came."""
        facts = super().row(module, row)
        return {**facts, "key": row.secret} if module.params["return_key"] and row.secret else facts

    def result(self, module: AnsibleModule) -> dict[str, Any]:
        """The result of what was read."""
        result = super().result(module)
        if module.params["api_version"] == "v2":
            result["included"] = related(self._plans)
        return result


def main() -> None:
    """Run the module."""
    run(
        OPTIONS,
        KeyReading(),
        required_if=[("api_version", "v1", ("key",))],
        mutually_exclusive=[
            ("app_key_id", "key", "owner"),
            *[
                (named_by, option)
                for named_by in ("app_key_id", "key")
                for option in ("filter", "created_before", "created_after", "unused_for")
            ],
        ],
    )


if __name__ == "__main__":
    main()
