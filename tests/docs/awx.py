# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A controller that exists on paper: what AWX refuses when it is set up, and what it passes on when a job starts.

The rules are those of AWX's API as its source states them (credential types, surveys, prompts, recurrence rules), in
our own words and only as far as the guide needs them. No server is needed.
"""

from __future__ import annotations

import dataclasses
import json
import re
import string
import zoneinfo
from pathlib import Path
from typing import Any, NoReturn

import jinja2
import jinja2.sandbox
import jsonschema
import yaml

MODULES: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(
    Path(__file__).with_name("awx_modules.yml").read_text(encoding="utf-8")
)

# A module that takes the documented options and appends what it was given to a file.
_RECORDER = string.Template('''\
#!/usr/bin/python
DOCUMENTATION = """
module: $name
short_description: Records its options
description: [Records its options.]
author: [The tests]
options: {}
"""
import json
import os
from ansible.module_utils.basic import AnsibleModule

def main():
    module = AnsibleModule(argument_spec=json.loads("""$options"""))
    given = {name: value for name, value in module.params.items() if value is not None}
    with open(os.environ["AWX_RECORD"], "a") as record:
        record.write(json.dumps({"module": "$name", "options": given}) + "\\n")
    module.exit_json(changed=True)

main()
''')

_NAME = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
CREDENTIAL_INPUTS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "required": {"type": "array", "items": {"type": "string"}},
        "fields": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "label"],
                "additionalProperties": False,
                "properties": {
                    "id": {**_NAME, "not": {"const": "tower"}},
                    "label": {"type": "string"},
                    "help_text": {"type": "string"},
                    "type": {"enum": ["string", "boolean"]},
                    "format": {"enum": ["ssh_private_key", "url"]},
                    "choices": {"type": "array", "minItems": 1, "items": {"type": "string"}, "uniqueItems": True},
                    "multiline": {"type": "boolean"},
                    "secret": {"type": "boolean"},
                    "ask_at_runtime": {"type": "boolean"},
                    "default": {},
                },
            },
        },
    },
}
_INJECTED = {"type": "object", "propertyNames": _NAME, "additionalProperties": {"type": "string"}}
CREDENTIAL_INJECTORS = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "file": {
            "type": "object",
            "propertyNames": {"pattern": r"^template(\.[A-Za-z_][A-Za-z0-9_]*)?$"},
            "additionalProperties": {"type": "string"},
        },
        "env": {
            **_INJECTED,
            "propertyNames": {"allOf": [_NAME, {"not": {"pattern": "^ANSIBLE_"}}, {"not": {"enum": ["PATH"]}}]},
            "additionalProperties": {"type": "string", "pattern": "^[\\x00-\\x7f]*$"},
        },
        "extra_vars": _INJECTED,
    },
}
_TEXT = {"type": "string"}
_LIMIT = {"type": ["integer", "null"]}
SURVEY = {
    "type": "object",
    "required": ["name", "description", "spec"],
    "properties": {
        "name": _TEXT,
        "description": _TEXT,
        "spec": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["question_name", "variable", "type", "required"],
                "properties": {
                    "question_name": _TEXT,
                    "question_description": _TEXT,
                    "variable": _TEXT,
                    "type": {
                        "enum": ["text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float"]
                    },
                    "required": {"type": "boolean"},
                    "min": _LIMIT,
                    "max": _LIMIT,
                },
                "allOf": [
                    {
                        "if": {"properties": {"type": {"enum": ["multiplechoice", "multiselect"]}}},
                        "then": {"required": ["choices"]},
                    },
                    {
                        "if": {"properties": {"type": {"enum": ["text", "textarea", "password"]}}},
                        "then": {"properties": {"default": _TEXT}},
                    },
                ],
            },
        },
    },
}
WEBHOOK = {
    "type": "object",
    "required": ["url", "http_method", "headers", "disable_ssl_verification", "username", "password"],
    "additionalProperties": False,
    "properties": {
        "url": {"type": "string", "minLength": 1},
        "http_method": {"enum": ["POST", "PUT"]},
        "headers": {"type": "object"},
        "disable_ssl_verification": {"type": "boolean"},
        "username": _TEXT,
        "password": _TEXT,
    },
}


class RefusedError(Exception):
    """The controller does not take this."""


def refuse(why: str) -> NoReturn:
    """:raises RefusedError: always."""
    raise RefusedError(why)


def _shape(value: Any, schema: dict[str, Any], what: str) -> None:
    for error in jsonschema.Draft202012Validator(schema).iter_errors(value):
        refuse(f"{what}: {error.json_path}: {error.message}")


def check_rrule(rule: str) -> None:
    """A schedule has one start with a time zone and one rule that states its interval."""
    match = re.fullmatch(r"DTSTART(?:;TZID=(?P<zone>[^:]+))?:\d{8}T\d{6}(?P<utc>Z?) RRULE:(?P<parts>\S+)", rule)
    if not match:
        refuse(f"not one DTSTART and one RRULE: {rule}")
    if match["zone"] and match["zone"] not in zoneinfo.available_timezones():
        refuse(f"no time zone: {match['zone']}")
    if bool(match["zone"]) is bool(match["utc"]):
        refuse("neither a time zone nor UTC, or both")
    parts = dict(part.split("=", 1) for part in match["parts"].split(";"))
    if "INTERVAL" not in parts:
        refuse("INTERVAL is required")
    if parts.get("FREQ") not in ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        refuse(f"no such frequency: {parts.get('FREQ')}")
    if {"BYYEARDAY", "BYWEEKNO"} & set(parts) or re.match(r"[-+\d]", parts.get("BYDAY", "")):
        refuse("a part that schedules do not support")
    if "COUNT" in parts and ("UNTIL" in parts or int(parts["COUNT"]) > 999):
        refuse("COUNT with UNTIL, or above 999")


def check_answer(question: dict[str, Any], answers: dict[str, Any]) -> None:
    """One answer to a survey: present if required, of the question's type, within its limits."""
    variable = question["variable"]
    if variable not in answers:
        if question["required"]:
            refuse(f"{variable}: value missing")
        return
    answer = answers[variable]
    if question["type"] in ("text", "textarea", "password"):
        if not isinstance(answer, str):
            refuse(f"{variable}: expected to be a string")
        length = len(answer)
        if length < (question.get("min") or 0) or length > (question.get("max") or length):
            refuse(f"{variable}: its length is not within the limits")
    else:
        raise NotImplementedError(question["type"])


@dataclasses.dataclass
class Job:
    """A job that was started: its extra variables, run or check, on which hosts, and what was asked for in vain."""

    variables: dict[str, Any]
    job_type: str
    limit: str
    ignored: list[str]


class Controller:
    """What was created, by kind and name. Everything refused raises RefusedError."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in MODULES}

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """The thing of this kind and name."""
        if name not in self.things[kind]:
            refuse(f"there is no {kind} {name!r} (yet)")
        return self.things[kind][name]

    def create(self, module: str, options: dict[str, Any]) -> None:
        """What one task of the playbook sends."""
        for option, kind in (
            ("inventory", "inventory"),
            ("project", "project"),
            ("execution_environment", "execution_environment"),
            ("default_environment", "execution_environment"),
            ("credential_type", "credential_type"),
            ("unified_job_template", "job_template"),
        ):
            if option in options:
                self.get(kind, options[option])
        getattr(self, f"_check_{module}", lambda _options: None)(options)
        self.things[module][options["name"]] = options

    def _check_credential_type(self, options: dict[str, Any]) -> None:
        if options["kind"] not in ("cloud", "net"):
            refuse("a custom credential type is of kind cloud or net")
        _shape(options["inputs"], CREDENTIAL_INPUTS, "inputs")
        _shape(options["injectors"], CREDENTIAL_INJECTORS, "injectors")
        fields = options["inputs"]["fields"]
        ids = [field["id"] for field in fields]
        if len(ids) != len(set(ids)):
            refuse("the ids of the fields are not unique")
        for field in fields:
            if field.get("type") == "boolean" and {"choices", "multiline", "format", "secret"} & set(field):
                refuse(f"{field['id']}: not for a boolean")
            kind = bool if field.get("type") == "boolean" else str
            if not isinstance(field.get("default", kind()), kind):
                refuse(f"{field['id']}: the default is of another type")
        if not set(options["inputs"].get("required", [])) <= set(ids):
            refuse("a required field does not exist")
        self.injected(options, dict.fromkeys(ids, "EXAMPLE"), jinja2.StrictUndefined)

    def _check_credential(self, options: dict[str, Any]) -> None:
        inputs = self.get("credential_type", options["credential_type"])["inputs"]
        if not set(options["inputs"]) <= {field["id"] for field in inputs["fields"]}:
            refuse("an input that the credential type does not have")
        for name in inputs.get("required", []):
            if not options["inputs"].get(name):
                refuse(f"{name} is required")

    def _check_group(self, options: dict[str, Any]) -> None:
        for name in options.get("hosts", []):
            if self.get("host", name)["inventory"] != options["inventory"]:
                refuse(f"{name} is in another inventory")

    def _check_notification_template(self, options: dict[str, Any]) -> None:
        assert options["notification_type"] == "webhook"
        _shape(options["notification_configuration"], WEBHOOK, "notification_configuration")

    def _check_job_template(self, options: dict[str, Any]) -> None:
        types = [self.get("credential", name)["credential_type"] for name in options.get("credentials", [])]
        if len(types) != len(set(types)):
            refuse("two credentials of one type")
        for name in options.get("notification_templates_error", []):
            self.get("notification_template", name)
        if "survey_spec" in options:
            _shape(options["survey_spec"], SURVEY, "survey_spec")
            questions = options["survey_spec"]["spec"]
            if len({question["variable"] for question in questions}) != len(questions):
                refuse("two questions for one variable")

    def _check_schedule(self, options: dict[str, Any]) -> None:
        check_rrule(options["rrule"])
        prompts = {name: options[name] for name in ("job_type", "limit", "forks", "inventory") if name in options}
        job = self.launch(options["unified_job_template"], options.get("extra_data", {}), **prompts)
        if job.ignored:
            refuse(f"the template does not prompt for {', '.join(job.ignored)}")

    def launch(self, name: str, extra_vars: dict[str, Any], **prompts: Any) -> Job:
        """Start a job template. What it does not prompt for is no error: the job starts without it.

        :raises RefusedError: an answer to the survey is missing or wrong.
        """
        template = self.get("job_template", name)
        accepted = {prompt: prompts[prompt] for prompt in prompts if template.get(f"ask_{prompt}_on_launch")}
        variables = dict(template.get("extra_vars", {}))
        left = dict(extra_vars)
        if template.get("survey_enabled"):
            for question in template["survey_spec"]["spec"]:
                check_answer(question, extra_vars)
                if question.get("default") is not None:
                    variables[question["variable"]] = question["default"]
                if question["variable"] in left:
                    variables[question["variable"]] = left.pop(question["variable"])
        if template.get("ask_variables_on_launch"):
            variables |= left
            left = {}
        return Job(
            variables,
            accepted.get("job_type", template["job_type"]),
            accepted.get("limit", ""),
            [*left, *(prompt for prompt in prompts if prompt not in accepted)],
        )

    @staticmethod
    def injected(
        credential_type: dict[str, Any], values: dict[str, str], undefined: type[jinja2.Undefined] = jinja2.Undefined
    ) -> dict[str, str]:
        """The environment variables that a credential of this type adds to a job."""
        engine = jinja2.sandbox.ImmutableSandboxedEnvironment(undefined=undefined)
        templates = credential_type["injectors"].get("env", {})
        try:
            return {name: engine.from_string(text).render(values) for name, text in templates.items()}
        except jinja2.UndefinedError as error:
            refuse(f"injectors: {error}")

    def environment(self, name: str) -> dict[str, str]:
        """The environment variables that all credentials of a job template add to its jobs."""
        found: dict[str, str] = {}
        for credential in map(self.things["credential"].get, self.get("job_template", name)["credentials"]):
            assert credential
            found |= self.injected(self.get("credential_type", credential["credential_type"]), credential["inputs"])
        return found

    def inventory(self, name: str) -> dict[str, Any]:
        """The inventory as Ansible reads it."""

        def inside(kind: str) -> list[dict[str, Any]]:
            return [one for one in self.things[kind].values() if one["inventory"] == name]

        groups = {
            group["name"]: {"hosts": {host: {} for host in group.get("hosts", [])}, "vars": group.get("variables", {})}
            for group in inside("group")
        }
        hosts = {host["name"]: host.get("variables", {}) for host in inside("host")}
        return {"all": {"hosts": hosts, "children": groups}}


def install_recorder(collections: Path) -> None:
    """Make a collection awx.awx whose modules record what they are given to the file in AWX_RECORD."""
    folder = collections / "ansible_collections/awx/awx/plugins/modules"
    folder.mkdir(parents=True)
    for name, options in MODULES.items():
        text = _RECORDER.substitute(name=name, options=json.dumps(options))
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
