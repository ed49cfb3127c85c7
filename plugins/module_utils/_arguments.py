# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""The arguments of a module as they come in: masked before anything else, then held to what can be meant."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ansible.module_utils.basic import AnsibleModule

from ._api.answers import UUID
from ._api.credentials import SHORTEST_SECRET
from ._api.errors import OptionError
from ._api.secret_texts import credentials_in

TOO_SHORT = "(too short)"
HIDDEN = "(not shown)"

# What a secret can be made of; Ansible splits lists at commas, and people use other separators.
RUN = re.compile(rf"[A-Za-z0-9_-]{{{SHORTEST_SECRET},}}")

PATHS = ("api_url", "ca_path", "journal")
# Whatever stands before the last @ of an address: a user and a password, even where no parser can take it apart.
USERINFO = re.compile(r"//.*@", re.DOTALL)

# The least and the most of every option that is a number.
BOUNDS = {
    "timeout": (1, 3600),
    "max_retries": (0, 100),
    "max_wait": (0, 86_400),
    "concurrency": (1, 32),
    "verify_timeout": (0, 3600),
    "max_keys": (0, 1_000_000),
    "max_tokens": (0, 1_000_000),
}


class Module(AnsibleModule):  # type: ignore[misc]
    """AnsibleModule, but it knows the secrets before it looks at anything, whatever they are wrapped in.

    Ansible itself masks the value of a secret option as it is given. A comma-separated text is one secret to it then,
    and a mapping's key is none; and where the arguments are not valid, it says so with the value in the message.

    :ivar given: the options that the task sets, as opposed to defaults and the environment.
    :ivar misshapen: the secret options that are not a string, or not a list of strings, but something nested.
    """

    given: set[str]
    misshapen: list[str]

    def _load_params(self) -> None:
        super()._load_params()
        self.given = {name for name, value in self.params.items() if value is not None}
        self.misshapen = []
        for name in [name for name in self.params if credentials_in(str(name))]:
            # Ansible names an option that it does not know in its message.
            self.no_log_values.update(credentials_in(str(name)))
            self.params["********"] = self.params.pop(name)
        secret = {
            name: spec["type"]
            for option, spec in self.argument_spec.items()
            if spec.get("no_log")
            for name in (option, *spec.get("aliases", ()))
        }
        for name, value in self.params.items():
            if name == "api_url" and isinstance(value, str):
                value = self.params[name] = without_userinfo(value)
            if name not in secret:
                found = (credentials_in(text, path=_is_path(name)) for text in _texts(value))
                self.no_log_values.update(piece for pieces in found for piece in pieces)
                self.params[name] = _with_masked_names(value)
                continue
            self.no_log_values.update(_secrets(value))
            inner = value if isinstance(value, list) and secret[name] == "list" else [value]
            if any(isinstance(item, (list, dict)) for item in inner):
                self.misshapen.append(name)
                # Ansible would put it into the message that says so, and it masks no mapping's keys.
                self.params[name] = HIDDEN


def without_userinfo(url: str) -> str:
    """The address with asterisks in place of a user and a password, which are going to be refused."""
    return USERINFO.sub("//********@", url)


def _is_path(option: str) -> bool:
    """Whether an option is a path or an address. Ansible has some of its own."""
    return option in PATHS or option.startswith("_ansible_")


def _with_masked_names(value: Any) -> Any:
    """The value, but with asterisks for a mapping's keys that hold a credential: Ansible masks values only."""
    if isinstance(value, dict):
        return {
            "********" if any(map(credentials_in, _texts(key))) else key: _with_masked_names(item)
            for key, item in value.items()
        }
    return [_with_masked_names(item) for item in value] if isinstance(value, list) else value


def _texts(value: Any) -> Iterator[str]:
    """The texts and numbers in a value, however nested, as texts; a mapping's keys too."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _secrets(value: Any) -> Iterator[str]:
    """All that may be a secret in the value of a secret option, in each form in which it could be printed."""
    for text in _texts(value):
        pieces = {text, text.strip(), *(piece.strip() for piece in text.split(",")), *RUN.findall(text)}
        for piece in pieces:
            if len(piece) >= SHORTEST_SECRET:
                yield from (piece, repr(piece)[1:-1], json.dumps(piece)[1:-1], *_encoded(piece))


def _encoded(secret: str) -> Iterator[str]:
    """What a server may make of a secret before it tells it in a name: in hexadecimal, in base64, in another case."""
    data = secret.encode("utf-8", "surrogatepass")
    yield from (data.hex(), secret.lower(), secret.upper(), quote(secret, safe=""))
    # Whatever stands before the secret shifts it by 0, 1 or 2 bytes, and the characters at the ends vary.
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(b" " * shift + data).decode().rstrip("=")[(0, 2, 3)[shift] : -2]


def settle_masks(module: AnsibleModule) -> None:
    """Mask what must not be told, and only that.

    What is too short to be a secret is going to be refused, and masking it would garble the sentence that says so;
    so it is taken out of the arguments instead. A secret that stands where an id belongs is masked like any other.
    """
    # From the environment Ansible knows them as they stand there only.
    module.no_log_values.update(_secrets([module.params["api_key"], module.params["app_key"]]))
    short = {value for value in module.no_log_values if len(value) < SHORTEST_SECRET}
    module.no_log_values -= short
    for option, value in module.params.items():
        if isinstance(value, list):
            module.params[option] = [TOO_SHORT if item in short else item for item in value]
        elif isinstance(value, str) and value in short:
            module.params[option] = TOO_SHORT
    for option in ("app_key_id", "token_id", "keep", "only"):
        for item in module.params.get(option) or ():
            if len(item) >= SHORTEST_SECRET and not UUID.fullmatch(item):
                module.no_log_values.add(item)


def check(module: Module) -> None:
    """:raises OptionError: an option has a value that cannot be meant, whatever the module does with it."""
    for option in module.misshapen:
        kind = (
            "a string or a list of strings"
            if module.argument_spec.get(option, {}).get("type") == "list"
            else "a string"
        )
        raise OptionError(f"{option} must be {kind}, and nothing nested.")
    for option, (least, most) in BOUNDS.items():
        value = module.params.get(option)
        if value is not None and not least <= value <= most:
            raise OptionError(f"{option} is {_brief(value)}. It must be between {least} and {most}.")
    for option, value in module.params.items():
        if module.argument_spec.get(option, {"no_log": True}).get("no_log"):
            continue
        for number, text in enumerate(_texts(value), 1):
            found = credentials_in(text, path=_is_path(option))
            if found:
                # In a list that was given as one text, Ansible has masked the whole only.
                module.no_log_values.update(found)
                place = f"item {number}" if isinstance(value, list) else "the value"
                raise OptionError(
                    f"{option}: {place} looks like a credential. Only api_key, app_key and key take credentials; "
                    f"anywhere else they could end up in a log."
                )


def _brief(value: int) -> str:
    return str(value) if abs(value) < 10**12 else "a number of more than 12 digits"
