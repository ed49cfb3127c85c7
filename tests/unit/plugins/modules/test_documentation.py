# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation of a module says is what its argument spec does, environment variables included."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.keywarden.datadog.plugins import modules
from ansible_collections.keywarden.datadog.plugins.module_utils._api import version

COLLECTION = Path(version.__file__).parents[3]
NAMES = sorted(file.stem for file in (COLLECTION / "plugins/modules").glob("[a-z]*.py"))
WITH_CREDENTIALS = [
    "datadog_access_token",
    "datadog_access_token_info",
    "datadog_app_key",
    "datadog_app_key_info",
    "datadog_credentials_info",
    "datadog_user_access",
    "datadog_user_access_info",
]
# Of these that have rows, by method of the fixture `modules`: the rows, and the option that takes IDs.
ROWS = {
    "datadog_access_token": ("remove_tokens", "access_tokens", "token_id"),
    "datadog_access_token_info": ("read_tokens", "access_tokens", "token_id"),
    "datadog_app_key": ("remove", "application_keys", "app_key_id"),
    "datadog_app_key_info": ("read", "application_keys", "app_key_id"),
}
SECRETS = {"api_key", "app_key", "key"}


class SpecCaughtError(Exception):
    """Ends a module as soon as it tells its options."""


def module_of(name: str) -> Any:
    return importlib.import_module(f"{modules.__name__}.{name}")


def arguments(name: str) -> dict[str, Any]:
    """What the module gives to AnsibleModule, or the options of the action plugin that stands for it."""
    if not hasattr(module_of(name), "main"):
        pytest.importorskip("ansible.errors", reason="action plugins run on the controller, which has all of Ansible")
        plugin = importlib.import_module(f"{modules.__name__.rpartition('.')[0]}.action.{name}")
        return {"argument_spec": plugin.OPTIONS}
    caught: dict[str, Any] = {}

    def catch(_self: Any, argument_spec: Any, **more: Any) -> None:
        caught.update(argument_spec=argument_spec, **more)
        raise SpecCaughtError

    with mock.patch.object(AnsibleModule, "__init__", catch), pytest.raises(SpecCaughtError):
        module_of(name).main()
    return caught


def documentation(name: str) -> dict[str, Any]:
    """The module's documentation with the options of its fragments."""
    told: dict[str, Any] = yaml.safe_load(module_of(name).DOCUMENTATION)
    for fragment in told.get("extends_documentation_fragment", []):
        file, _dot, part = fragment.removeprefix("keywarden.datadog.").partition(".")
        text = importlib.import_module(f"{modules.__name__.rpartition('.')[0]}.doc_fragments.{file}")
        for section, content in yaml.safe_load(
            getattr(text.ModuleDocFragment, part.upper() or "DOCUMENTATION")
        ).items():
            told[section] = {**content, **told.get(section, {})} if isinstance(content, dict) else content
    return told


def described(options: dict[str, Any]) -> dict[str, Any]:
    """Options in the documentation, in the words of an argument spec."""
    return {
        name: {
            "type": option["type"],
            "default": option.get("default"),
            "choices": option.get("choices"),
            "elements": option.get("elements"),
            "required": option.get("required", False),
            "aliases": option.get("aliases", []),
            "options": described(option["suboptions"]) if "suboptions" in option else None,
        }
        for name, option in options.items()
    }


def specified(spec: dict[str, Any]) -> dict[str, Any]:
    """An argument spec with what it leaves out."""
    return {
        name: {
            "type": option.get("type", "str"),
            "default": option.get("default"),
            "choices": option.get("choices"),
            "elements": option.get("elements"),
            "required": option.get("required", False),
            "aliases": option.get("aliases", []),
            "options": specified(option["options"]) if "options" in option else None,
        }
        for name, option in spec.items()
    }


def test_there_are_modules() -> None:
    assert set(WITH_CREDENTIALS) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_options_are_those_of_the_argument_spec(name: str) -> None:
    assert described(documentation(name)["options"]) == specified(arguments(name)["argument_spec"])


@pytest.mark.parametrize("name", NAMES)
def test_every_documented_environment_variable_is_a_fallback_in_that_order_and_the_reverse(name: str) -> None:
    told = {
        option: re.findall(r"E\(([A-Z_]+)\)", " ".join(text["description"]))
        for option, text in documentation(name)["options"].items()
    }
    real = {
        option: list(spec["fallback"][1]) if "fallback" in spec else []
        for option, spec in arguments(name)["argument_spec"].items()
    }
    assert told == real


@pytest.mark.parametrize("name", WITH_CREDENTIALS)
def test_the_credentials_have_the_environment_variables_of_the_contract(name: str) -> None:
    spec = arguments(name)["argument_spec"]
    assert {option: spec[option]["fallback"][1] for option in spec if "fallback" in spec[option]} == {
        "api_key": ["DD_API_KEY", "DATADOG_API_KEY"],
        "app_key": ["DD_APP_KEY", "DATADOG_APP_KEY", "DD_BEARER_TOKEN"],
        "site": ["DD_SITE", "DATADOG_SITE"],
        "api_url": ["DATADOG_HOST", "DD_HOST"],
    }


@pytest.mark.parametrize("name", WITH_CREDENTIALS)
def test_exactly_the_secrets_are_masked(name: str) -> None:
    spec = arguments(name)["argument_spec"]
    assert {option for option in spec if spec[option].get("no_log")} == SECRETS & set(spec)


@pytest.mark.parametrize("name", WITH_CREDENTIALS)
def test_both_modules_say_that_they_support_check_mode_and_do(name: str) -> None:
    assert documentation(name)["attributes"]["check_mode"]["support"] == "full"
    assert arguments(name)["supports_check_mode"] is True


def test_the_action_group_has_every_module_that_takes_credentials_and_no_other() -> None:
    runtime = yaml.safe_load((COLLECTION / "meta/runtime.yml").read_text(encoding="utf-8"))
    taking = [name for name in NAMES if "app_key" in arguments(name)["argument_spec"]]
    assert runtime["action_groups"]["datadog"] == taking
    # It hands them to the modules, which look into the environment themselves.
    assert [name for name in taking if name != "offboard_organization"] == WITH_CREDENTIALS
    for name in WITH_CREDENTIALS:
        assert documentation(name)["attributes"]["action_group"]["membership"] == ["keywarden.datadog.datadog"]


@pytest.mark.parametrize("name", NAMES)
def test_the_documented_results_are_well_formed(name: str) -> None:
    def check(results: dict[str, Any]) -> None:
        for result, text in results.items():
            assert {"description", "type"} <= set(text), result
            check(text.get("contains", {}))

    returned = yaml.safe_load(module_of(name).RETURN)
    check(returned)
    assert all("returned" in text for text in returned.values())


@pytest.mark.parametrize("name", ROWS)
def test_every_result_is_documented_and_every_documented_result_comes(name: str, modules: Any, standin: Any) -> None:
    method, rows, option = ROWS[name]
    organization = standin.organization
    of_bob = organization.tokens_of if option == "token_id" else organization.keys_of
    run = getattr(modules, method)(**{option: of_bob("bob@example.com")[0].id})
    returned = yaml.safe_load(module_of(name).RETURN)
    assert set(run.result) - {"changed", "invocation"} == set(returned)
    documented = returned[rows]["contains"]
    assert set(run.rows[0]) <= set(documented)
    # The secret comes only where return_key is set and Datadog sends it.
    assert set(documented) - set(run.rows[0]) <= {"key"}
    assert set(run.rows[0]["owner"]) == set(documented["owner"]["contains"])
    owned = getattr(modules, method)(owner="bob@example.com")
    assert set(owned.result["owners"][0]) == set(returned["owners"]["contains"])
    assert set(owned.result["listing"]) == set(returned["listing"]["contains"])
