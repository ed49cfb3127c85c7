# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""What all modules that talk to Datadog share: options, environment, and errors that become ``fail_json``."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from ansible.module_utils.basic import AnsibleFallbackNotFound, AnsibleModule, missing_required_lib

from ._api.address import SITES, api_address
from ._api.client import Client
from ._api.credentials import TOKEN_PREFIXES, credentials
from ._api.defect import defect
from ._api.errors import INTERRUPTED, DatadogError
from ._api.third_party import REQUESTS_IMPORT_ERROR
from ._arguments import Module, check, settle_masks, without_userinfo
from ._masking import mask_results

GARBAGE = 10_000  # objects that may be garbage before anybody looks; Python's own measure is for small programs

# How owners are selected; the part ``owner`` of ``doc_fragments/removal.py``, and likewise where credentials are read.
OWNER_OPTIONS: dict[str, Any] = {
    "owner": {"type": "list", "elements": "str"},
    "owner_names": {"type": "dict"},
    "missing_owner": {"type": "str", "choices": ["fail", "report"], "default": "fail"},
}


class Task(ABC):
    """What a module does. Its result is asked for in any case, so that what was done before an error is in it."""

    @abstractmethod
    def work(self, module: AnsibleModule, client: Client) -> None:
        """Do it.

        :raises DatadogError: it fails the task.
        """

    @abstractmethod
    def result(self, module: AnsibleModule) -> dict[str, Any]:
        """The module's result, from what was done so far; with ``changed``."""

    def problem(self) -> str | None:
        """What else fails the task."""
        return None

    def end(self, problem: str | None) -> str | None:
        """The task is over, failed or not; the problem, perhaps with one more."""
        return problem


def _first_set(*names: str) -> str:
    """As Ansible's env_fallback, but an empty variable is no value: many schedulers export those."""
    for name in names:
        if os.environ.get(name):
            return os.environ[name]
    raise AnsibleFallbackNotFound


def _address_of_environment(*names: str) -> str:
    """As _first_set, but without a user and a password: they are refused, and the result tells the arguments."""
    return without_userinfo(_first_set(*names))


def _environment(*names: str) -> Any:
    return (_first_set, list(names))


def _app_key_of_environment(*names: str) -> str:
    """As _first_set, but the last variable only if it holds an access token: it may well hold something else."""
    *usual, last = names
    token = os.environ.get(last, "").startswith(TOKEN_PREFIXES)
    return _first_set(*usual, *([last] if token else []))


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
            "fallback": (_app_key_of_environment, ["DD_APP_KEY", "DATADOG_APP_KEY", "DD_BEARER_TOKEN"]),
        },
        "site": {
            "type": "str",
            "default": SITES[0],
            "choices": list(SITES),
            "fallback": _environment("DD_SITE", "DATADOG_SITE"),
        },
        "api_url": {"type": "str", "fallback": (_address_of_environment, ["DATADOG_HOST", "DD_HOST"])},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "timeout": {"type": "int", "default": 30},
        "max_retries": {"type": "int", "default": 4},
        "max_wait": {"type": "int", "default": 300},
        "concurrency": {"type": "int", "default": 8},
    }


class Done(NamedTuple):
    """How a task ended.

    :ivar result: the task's, from all that was done.
    :ivar problem: why it failed; None where it did not.
    :ivar interrupted: whether it was told to stop, so that nothing else should be begun.
    """

    result: dict[str, Any]
    problem: str | None
    interrupted: bool


def perform(module: AnsibleModule, task: Task, work: Callable[[], None]) -> Done:
    """Do a task to its end. It never raises: every error is a problem of the task, and what was done is in the result.

    :param work: does the task's work, with whatever comes before it.
    """
    result: dict[str, Any] = {"changed": True}
    problem: str | None = None
    interrupted = False
    try:
        try:
            work()
            problem = task.problem()
        except DatadogError as error:
            problem = " ".join(filter(None, [str(error), task.problem()]))
        finally:
            result = task.result(module)
    except (Exception, KeyboardInterrupt) as error:  # a traceback could hold a secret, and helps no user
        interrupted = isinstance(error, KeyboardInterrupt)
        problem = (
            f"{INTERRUPTED} What was done before is in the result; run the task again to finish."
            if interrupted
            else f"{defect(error)} What was done before is in the result; run the task again to finish."
        )
    return Done(result, task.end(problem), interrupted)


def run(options: Mapping[str, Any], task: Task, **constraints: Any) -> None:
    """Run a module: make the client, do the work, and leave through exit_json or fail_json.

    :param options: those of the module, beside ``connection_options``.
    :param constraints: as AnsibleModule takes them.
    """
    # Collecting garbage takes a tenth of a short task that holds a large listing, a last time at its end above all.
    gc.set_threshold(GARBAGE)
    atexit.register(gc.freeze)
    mask_results()
    module = Module(argument_spec={**connection_options(), **options}, supports_check_mode=True, **constraints)
    if REQUESTS_IMPORT_ERROR:
        module.fail_json(
            msg=(
                f"{missing_required_lib('requests')} The modules run with {sys.executable}; if requests is installed "
                f"only in the Python that runs Ansible, set "
                "ansible_python_interpreter: '{{ ansible_playbook_python }}'."
            ),
            exception=REQUESTS_IMPORT_ERROR,
        )
    settle_masks(module)
    client: Client | None = None

    def work() -> None:
        nonlocal client
        client = _client(module)
        task.work(module, client)

    result, problem, _interrupted = perform(module, task, work)
    if "api_version" in module.params:
        result["api_version"] = module.params["api_version"]
    result.update(
        site=client.address.name if client else None,
        waited=client.waits.waited if client else 0.0,
    )
    if problem:
        module.fail_json(msg=problem, **result)
    module.exit_json(**result)


def _client(module: Module) -> Client:
    params = module.params
    check(module)
    if params["api_url"] and "site" in module.given and "api_url" not in module.given:
        params["api_url"] = None
        module.warn(
            "site is given as an option, so the address in the environment (DATADOG_HOST or DD_HOST) is not used."
        )
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
