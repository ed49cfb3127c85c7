#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: datadog_credentials_info
short_description: Read what Datadog credentials may do
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - Reports which account the credentials of the task belong to, what kind of credentials they are, and which of the
    permissions that this collection uses they have.
  - The module only reads. It determines what the credentials may change from the permissions of the account and the
    scopes of the credentials, and never tries a change. If reads cannot show it, the answer is V(cannot tell).
  - The playbook C(keywarden.datadog.preflight) runs this module for every organization of the inventory.
extends_documentation_fragment:
  - keywarden.datadog.connection
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
options: {}
notes:
  - The task fails only if the credentials are not accepted, or if Datadog cannot be reached. A missing permission is an
    answer, not a failure.
seealso:
  - module: keywarden.datadog.datadog_user_access_info
  - name: Datadog role permissions
    description: What each permission is for.
    link: https://docs.datadoghq.com/account_management/rbac/permissions/
  - name: Datadog API reference, Key Management
    description: API keys, application keys and access tokens.
    link: https://docs.datadoghq.com/api/latest/key-management/
"""

EXAMPLES = r"""
- name: Read what the credentials may do
  keywarden.datadog.datadog_credentials_info:
  register: credentials

- name: Make sure that application keys can be removed
  ansible.builtin.assert:
    that: credentials.abilities[item].answer == 'yes'
    fail_msg: "{{ item }}: {{ credentials.abilities[item].answer }}. {{ credentials.abilities[item].why }}"
  loop: [org_app_keys_read, org_app_keys_write, user_access_read]
"""

RETURN = r"""
abilities:
  description:
    - What the credentials may do. Each has an C(answer), V(yes), V(no) or V(cannot tell), and C(why), which is empty
      for V(yes).
  returned: always
  type: dict
  contains:
    org_app_keys_read:
      description: Read and list all application keys of the organization.
      type: dict
    org_app_keys_write:
      description: Remove application keys of others.
      type: dict
    user_access_read:
      description: Find users by e-mail address, handle or ID.
      type: dict
    access_tokens_read:
      description: Read and list all access tokens of the organization, not only the account's own.
      type: dict
    access_tokens_revoke:
      description: Revoke personal access tokens of others.
      type: dict
    service_account_write:
      description: Revoke the access tokens of service accounts.
      type: dict
    api_keys_read:
      description: List API keys, to report who created them.
      type: dict
    org_authorized_apps_read:
      description: List OAuth apps and what people granted to them.
      type: dict
    last_used_at:
      description:
        - Whether uses of application keys are recorded and visible. If they are not, a missing C(last_used_at) says
          nothing about whether a key is in use.
      type: dict
    api_v1:
      description: Whether API v1 is available for application keys, for C(api_version=v1).
      type: dict
kind:
  description: What the credentials are, V(application key), V(personal access token) or V(service access token).
  returned: always
  type: str
scoped:
  description: Whether the credentials are scoped. Null if that cannot be determined.
  returned: always
  type: bool
scopes:
  description: The scopes. Empty if the credentials are not scoped, null if that cannot be determined.
  returned: always
  type: list
  elements: str
expires_at:
  description: When the credentials expire. Null if they do not expire, or if that cannot be determined.
  returned: always
  type: str
caller:
  description: The account that the credentials belong to, with C(id), C(email), C(handle) and C(service_account).
  returned: always
  type: dict
organization:
  description: The organization, with C(id) and C(name). The name may be null.
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

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.keywarden.datadog.plugins.module_utils._access.abilities import Abilities, unanswered
from ansible_collections.keywarden.datadog.plugins.module_utils._api.client import Client
from ansible_collections.keywarden.datadog.plugins.module_utils._module import Task, run


class CredentialsInfo(Task):
    """Finds out what the credentials may do."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._abilities: Abilities | None = None
        self._answers = unanswered()

    def work(self, module: AnsibleModule, client: Client) -> None:
        """Find it out."""
        self._abilities = Abilities(client)
        self._answers = self._abilities.find_out()

    def result(self, module: AnsibleModule) -> dict[str, Any]:
        """Whose they are, what they are, and what they may do."""
        found = self._abilities
        own = found.own if found else None
        return {
            "changed": False,
            "abilities": self._answers,
            "kind": found.kind if found else None,
            "scoped": own.scoped if own else None,
            "scopes": sorted(own.scopes) if own and own.scoped is not None else None,
            "expires_at": own.expires_at if own else None,
            **(found.account.told() if found else {"caller": None, "organization": None}),
        }


def main() -> None:
    """Run the module."""
    run({}, CredentialsInfo())


if __name__ == "__main__":
    main()
