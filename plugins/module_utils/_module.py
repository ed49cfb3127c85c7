# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""What both modules share on Ansible's side: options, environment, and errors that become ``fail_json``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, Callable

from ansible.module_utils.basic import AnsibleFallbackNotFound, AnsibleModule, missing_required_lib

from ._api.address import SITES, api_address
from ._api.answers import UUID
from ._api.client import Client
from ._api.credentials import SHORTEST_SECRET, credentials
from ._api.errors import DatadogError, OptionError
from ._api.third_party import REQUESTS_IMPORT_ERROR
from ._datadog.application_keys import NOUN
from ._datadog.application_keys_v1 import KeysV1
from ._datadog.application_keys_v2 import OWNED_BY, KeysV2
from ._datadog.credential import CredentialKind
from ._removal.plan import Plan, failure

LARGEST_CONCURRENCY = 32
TOO_SHORT = "(too short)"

Work = Callable[[AnsibleModule, Client, list[Plan]], None]
Present = Callable[[AnsibleModule, list[Plan]], dict[str, Any]]


def _first_set(*names: str) -> str:
    """As Ansible's env_fallback, but an empty variable is no value: many schedulers export those."""
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    raise AnsibleFallbackNotFound


def _environment(*names: str) -> Any:
    return (_first_set, list(names))


def connection_options() -> dict[str, Any]:
    """The options of ``doc_fragments/connection.py``."""
    return {
        "api_key": {
            "type": "str",
            "no_log": True,
            "fallback": _environment("DD_API_KEY", "DATADOG_API_KEY"),
        },
        "app_key": {
            "type": "str",
            "no_log": True,
            "aliases": ["application_key"],
            "fallback": _environment("DD_APP_KEY", "DATADOG_APP_KEY"),
        },
        "site": {
            "type": "str",
            "default": SITES[0],
            "choices": list(SITES),
            "fallback": _environment("DD_SITE", "DATADOG_SITE"),
        },
        "api_url": {"type": "str", "fallback": _environment("DATADOG_HOST", "DD_HOST")},
        "api_version": {"type": "str", "default": "v2", "choices": ["v1", "v2"]},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "timeout": {"type": "int", "default": 30},
        "max_retries": {"type": "int", "default": 4},
        "max_wait": {"type": "int", "default": 300},
        "concurrency": {"type": "int", "default": 8},
    }


def run(options: Mapping[str, Any], work: Work, present: Present, *, shortfall: str, **constraints: Any) -> None:
    """Run a module: make the client, do the work, and leave through exit_json or fail_json.

    :param work: fills the list of plans, so that what was done before an error is in the result.
    :param present: the module's result from these plans.
    :param shortfall: what is said of keys that went wrong, such as "could not be read".
    :param constraints: as AnsibleModule takes them.
    """
    module = AnsibleModule(argument_spec={**connection_options(), **options}, supports_check_mode=True, **constraints)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(
            msg=(
                f"{missing_required_lib('requests')} The modules run with {sys.executable}; if requests is installed "
                f"beside Ansible only, set ansible_python_interpreter: '{{{{ ansible_playbook_python }}}}'."
            ),
            exception=REQUESTS_IMPORT_ERROR,
        )
    _settle_masks(module)
    plans: list[Plan] = []
    client: Client | None = None
    result: dict[str, Any] = {"changed": True}
    try:
        try:
            client = _client(module)
            work(module, client, plans)
            problem = failure(plans, NOUN, shortfall)
        except DatadogError as error:
            problem = " ".join(filter(None, [str(error), failure(plans, NOUN, shortfall)]))
        finally:
            result = present(module, plans)
    except Exception as error:  # a traceback could hold a secret, and helps no user
        problem = _internal_error(error)
    result.update(
        api_version=module.params["api_version"],
        site=client.address.name if client else None,
        waited=client.waits.waited if client else 0.0,
    )
    if problem:
        module.fail_json(msg=problem, **result)
    module.exit_json(**result)


def keys_for(module: AnsibleModule, client: Client) -> CredentialKind:
    """The dialect of the version that was asked for.

    :raises OptionError: API v1 does not serve application keys at this site.
    """
    if module.params["api_version"] == "v1":
        return KeysV1(client)
    return KeysV2(client, include=module.params.get("include", OWNED_BY))


def require_version(module: AnsibleModule, version: str, *options: str) -> None:
    """:raises OptionError: one of the options is set, and only another version of the API has it."""
    for option in options:
        if module.params["api_version"] != version and module.params[option] is not None:
            way_out = (
                "API v1 knows a key only by its secret (option key)"
                if version == "v2"
                else "API v2 knows a key by its id (option app_key_id)"
            )
            raise OptionError(f"{option} needs api_version: {version}. {way_out}.")


def at_least(module: AnsibleModule, lowest: int, *options: str) -> None:
    """:raises OptionError: one of the options is set and smaller."""
    for option in options:
        value = module.params[option]
        if value is not None and value < lowest:
            raise OptionError(f"{option} is {value}. It must be {lowest} or more.")


def _settle_masks(module: AnsibleModule) -> None:
    """Mask what must not be told, and only that.

    What is too short to be a secret is going to be refused, and masking it would garble the sentence that says so;
    so it is taken out of the arguments instead. A secret that stands where an id belongs is masked like any other.
    """
    short = {value for value in module.no_log_values if len(value) < SHORTEST_SECRET}
    module.no_log_values -= short
    for option, value in module.params.items():
        if isinstance(value, list):
            module.params[option] = [TOO_SHORT if item in short else item for item in value]
        elif isinstance(value, str) and value in short:
            module.params[option] = TOO_SHORT
    for option in ("app_key_id", "keep"):
        for item in module.params.get(option) or ():
            if len(item) >= SHORTEST_SECRET and not UUID.fullmatch(item):
                module.no_log_values.add(item)


def _client(module: AnsibleModule) -> Client:
    params = module.params
    at_least(module, 1, "timeout", "concurrency")
    at_least(module, 0, "max_retries", "max_wait")
    if params["concurrency"] > LARGEST_CONCURRENCY:
        raise OptionError(f"concurrency is {params['concurrency']}. It must be {LARGEST_CONCURRENCY} or less.")
    client = Client(
        api_address(params["site"], params["api_url"]),
        credentials(params["api_key"], params["app_key"]),
        timeout=params["timeout"],
        max_retries=params["max_retries"],
        max_wait=params["max_wait"],
        concurrency=params["concurrency"],
        validate_certs=params["validate_certs"],
        ca_path=params["ca_path"],
    )
    if not params["validate_certs"]:
        module.warn(
            "validate_certs is false: whoever answers in Datadog's place gets the credentials. "
            "For a private authority use ca_path instead."
        )
    return client


def _internal_error(error: Exception) -> str:
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{os.path.basename(place.tb_frame.f_code.co_filename)}, line {place.tb_lineno}" if place else "?"
    return (
        f"This is a defect of the collection: {type(error).__name__} in {where}. Please report it with the "
        f"version of the collection. What was done before stands in the result; run the task again to finish."
    )
