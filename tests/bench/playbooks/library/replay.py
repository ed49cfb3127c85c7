# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends requests again, side by side, and does nothing with the answers. Returns a result that was kept, if any."""

from __future__ import annotations

import atexit
import gc
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import requests
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Run the module."""
    spec = {
        "file": {"type": "path", "required": True},
        "url": {"type": "str", "required": True},
        "api_key": {"type": "str", "required": True, "no_log": True},
        "app_key": {"type": "str", "required": True, "no_log": True},
        "concurrency": {"type": "int", "required": True},
        "result": {"type": "path"},
    }
    module = AnsibleModule(argument_spec=spec)
    params = module.params
    with open(params["file"], encoding="utf-8") as file:
        wanted = json.load(file)
    common = {"DD-API-KEY": params["api_key"], "DD-APPLICATION-KEY": params["app_key"]}
    local = threading.local()

    def send(one: list[str]) -> None:
        method, path = one
        if not hasattr(local, "session"):
            local.session = requests.Session()
            local.session.trust_env = False
        request = requests.Request(method, params["url"] + path, headers=common).prepare()
        local.session.send(request, timeout=30).content  # noqa: B018

    with ThreadPoolExecutor(params["concurrency"]) as pool:
        list(pool.map(send, wanted))
    atexit.register(gc.freeze)
    if params["result"]:
        # As it is: AnsibleModule would look into each of its values.
        with open(params["result"], encoding="utf-8") as file:
            print(file.read())
        sys.exit(0)
    module.exit_json(changed=True)


if __name__ == "__main__":
    main()
