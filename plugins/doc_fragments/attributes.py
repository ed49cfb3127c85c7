# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What a module promises to Ansible, apart from what differs between modules."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the status that the real run would have.
  diff_mode:
    description: Returns what changed, or in check mode what would change, when in diff mode.
  idempotent:
    description: When run a second time in a row, it changes nothing.
  platform:
    description: The target that the module can run on.
    support: full
    platforms: posix
"""

    ACTIONGROUP_DATADOG = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/keywarden.datadog.datadog) in C(module_defaults) to set credentials once for all modules.
    support: full
    membership:
      - keywarden.datadog.datadog
"""

    CONTROLLER = r"""
options: {}
attributes:
  action:
    description: Runs on the controller, through an action plugin of the same name.
    support: full
  bypass_host_loop:
    description: Runs once for all hosts of the play.
    support: none
"""
