#!/usr/bin/python
# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: datadog_user_access_info
short_description: Read what a person still holds in a Datadog organization
version_added: 1.0.0
author:
  - The keywarden.datadog contributors (@keywarden)
description:
  - For each person, reads the account, application keys, access tokens, the API keys that the person created, OAuth
    grants, and the service accounts that share the person's e-mail address.
  - Some of this needs a person to decide. An API key belongs to the organization and stays valid when its creator
    leaves, and anyone who could read it may still have it. This module only reports, and never removes anything.
  - Each kind is reported with RV(users[].seen), which says whether all of it could be read. A kind that could not be
    read is null, never an empty list.
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
options:
  user:
    description:
      - The people to report on. A single string is accepted.
      - An e-mail address or a handle selects a person and is matched case-insensitively. The UUID of a user selects a
        person or a service account.
    type: list
    elements: str
    required: true
  missing_user:
    description:
      - What to do about a user that Datadog does not know. V(fail) fails the task, because a typing error must not look
        like somebody who has nothing. V(report) only reports it in RV(users).
    type: str
    choices: [fail, report]
    default: fail
notes:
  - Application keys and access tokens need the permission C(org_app_keys_read), API keys C(api_keys_read), OAuth grants
    C(org_authorized_apps_read), and users and service accounts C(user_access_read). Without one of these permissions,
    the other kinds are still reported.
  - Without C(org_app_keys_read), Datadog shows only the caller's own access tokens. The module reports this as V(not
    permitted).
seealso:
  - module: keywarden.datadog.datadog_user_access
  - module: keywarden.datadog.datadog_app_key
  - module: keywarden.datadog.datadog_credentials_info
  - name: Datadog API reference, Key Management
    description: API keys, application keys and access tokens.
    link: https://docs.datadoghq.com/api/latest/key-management/
  - name: Datadog API reference, Users
    description: Users and service accounts.
    link: https://docs.datadoghq.com/api/latest/users/
"""

EXAMPLES = r"""
- name: Read what a person still holds
  keywarden.datadog.datadog_user_access_info:
    user: ann@example.com
  register: result

- name: Show what could not be read
  ansible.builtin.debug:
    var: result.not_seen

- name: Show the API keys to rotate
  ansible.builtin.debug:
    msg: "{{ result.users | map(attribute='api_keys_created') | select | flatten | map(attribute='name') }}"
"""

RETURN = r"""
users:
  description: One row for each of O(user), in that order.
  returned: always
  type: list
  elements: dict
  contains:
    query:
      description: The user as given in the task.
      type: str
    status:
      description:
        - V(resolved), V(unknown) if Datadog does not know the user, V(ambiguous) if several accounts match, or
          V(failed) if the request to Datadog failed.
      type: str
    message:
      description:
        - Why the user could not be resolved, or a remark about the account. Null if there is none.
      type: str
    matches:
      description:
        - The accounts that match an ambiguous user, or those with the e-mail addresses most similar to an unknown user.
          Of the latter, only C(id), C(name) and C(email).
      type: list
      elements: dict
    user:
      description: The account. Null if the user could not be resolved.
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
          description: Whether the user is disabled. The owner of an enabled account can create new keys and tokens.
          type: bool
        service_account:
          description: Whether the user is a service account.
          type: bool
        verified:
          description: Whether the user is verified.
          type: bool
        last_login_at:
          description: When the user last logged in. Null if Datadog does not provide it.
          type: str
    application_keys:
      description:
        - The application keys of the user, by name, each as in
          RV(keywarden.datadog.datadog_app_key_info#module:application_keys) without C(owner). Null if they could not be
          read.
      type: list
      elements: dict
    access_tokens:
      description:
        - The access tokens of the user, by name, each with C(id), C(kind), C(name), C(created_at), C(expires_at),
          C(last_used_at), C(modified_at) and C(scopes). Null if they could not be read.
      type: list
      elements: dict
    api_keys_created:
      description:
        - The API keys of the organization that the user created, by name, each with C(id), C(name), C(last4),
          C(category), C(created_at), C(modified_at), C(last_used_at) and C(created_by). Null if they could not be
          read.
        - Rotate the ones that the person could read. Datadog may still list a key for some days after it was revoked.
      type: list
      elements: dict
    oauth_grants:
      description:
        - What the user allows OAuth apps to do, each with C(id), C(client), C(scopes), C(created_at), C(modified_at),
          C(last_used_at), C(disabled) and C(active). C(client) has C(id), C(name) and C(disabled). Null if they could
          not be read.
      type: list
      elements: dict
    service_accounts:
      description:
        - The service accounts that share the e-mail address of the user, each like RV(users[].user) without
          C(last_login_at), with C(message) and the numbers of its C(application_keys) and C(access_tokens), which are
          null if these could not be read. Null if the service accounts could not be read.
      type: list
      elements: dict
    seen:
      description:
        - Whether all of C(application_keys), C(access_tokens), C(api_keys_created), C(oauth_grants) and
          C(service_accounts) could be read. Each has C(status), C(permission) and C(message).
        - The C(status) is V(complete), V(not permitted) with the missing C(permission), V(not available) if this site
          or organization does not have the feature, or V(failed).
      type: dict
not_seen:
  description: A sentence for each kind that could not be read, and why. Empty if everything was read.
  returned: always
  type: list
  elements: str
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

from ansible_collections.keywarden.datadog.plugins.module_utils._module import run
from ansible_collections.keywarden.datadog.plugins.module_utils._user_access import USER_OPTIONS, UserAccess


def main() -> None:
    """Run the module."""
    run(USER_OPTIONS, UserAccess())


if __name__ == "__main__":
    main()
