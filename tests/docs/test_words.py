# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documentation names exists: variables, files, make verbs, messages, tests, pages."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.keywarden.datadog.plugins.module_utils._module import connection_options
from ansible_collections.keywarden.datadog.plugins.module_utils._removal.plan import OUTCOMES
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.verdicts import STATUSES
from ansible_collections.keywarden.datadog.tests.docs.pages import (
    CHECKOUT,
    GUIDES,
    LANDING,
    blocks,
    commands,
    guide_pages,
    text_pages,
)

FALLBACKS = {option: spec["fallback"][1] for option, spec in connection_options().items() if "fallback" in spec}
FRAGMENT = CHECKOUT / "plugins/doc_fragments/connection.py"


def test_every_environment_variable_in_the_options_is_a_real_fallback_in_that_order_and_the_reverse() -> None:
    fragment = re.search(r'DOCUMENTATION = r"""\n(.*?)"""', FRAGMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert fragment
    documented = {
        option: re.findall(r"E\((\w+)\)", " ".join(spec["description"]))
        for option, spec in yaml.safe_load(fragment[1])["options"].items()
    }
    assert {option: names for option, names in documented.items() if names} == FALLBACKS


def test_no_module_names_an_environment_variable_outside_the_fragment() -> None:
    real = {name for names in FALLBACKS.values() for name in names}
    for file in [*(CHECKOUT / "plugins").rglob("*.py"), *(CHECKOUT / "roles").rglob("*.yml")]:
        assert set(re.findall(r"\bE\((\w+)\)", file.read_text(encoding="utf-8"))) <= real, file


@pytest.mark.parametrize("page", guide_pages(), ids=lambda page: page.name)
def test_every_datadog_variable_that_a_page_names_is_a_real_fallback(page: Path) -> None:
    named = set(re.findall(r"\b(?:DD|DATADOG)_[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8")))
    assert named <= {name for names in FALLBACKS.values() for name in names}


def test_the_tables_of_credentials_name_every_variable_in_its_order() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    for option, names in FALLBACKS.items():
        assert f"| `{option}` | " + ", ".join(f"`{name}`" for name in names) in readme
    guide = (GUIDES / "guide_permissions.rst").read_text(encoding="utf-8")
    for option, names in FALLBACKS.items():
        assert f"* - ``{option}``\n    - " + ", then ".join(f":ansenvvar:`{name}`" for name in names) in guide


@pytest.mark.parametrize("page", text_pages(), ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"`[^`]*<([^>`\s]+)>`_", text)
    for target in targets:
        path = target.partition("#")[0]
        if path and "://" not in path and not path.startswith("mailto:"):
            assert (page.parent / path).exists(), f"{page.name}: {target}"


def test_every_internal_reference_of_the_guides_has_its_label() -> None:
    texts = [page.read_text(encoding="utf-8") for page in GUIDES.glob("*.rst")]
    labels = {label for text in texts for label in re.findall(r"^\.\. _([\w.]+):$", text, re.MULTILINE)}
    used = {label for text in texts for label in re.findall(r"<(ansible_collections\.[\w.]+\.docsite\.\w+)>", text)}
    assert used <= labels


def test_every_guide_is_registered_and_begins_with_its_label() -> None:
    extra = yaml.safe_load((GUIDES.parent / "extra-docs.yml").read_text(encoding="utf-8"))
    registered = [name for section in extra["sections"] for name in section["toctree"]]
    assert sorted(registered) == sorted(page.stem for page in GUIDES.glob("*.rst"))
    for name in registered:
        label = f".. _ansible_collections.keywarden.datadog.docsite.{name}:"
        assert label in (GUIDES / f"{name}.rst").read_text(encoding="utf-8")


def test_every_make_verb_that_a_page_names_exists() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    verbs = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    for page in text_pages():
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"`make ([a-z][a-z-]*)", text))
        named |= {line.split()[1] for line in commands(page) if line.startswith("make ")}
        assert named <= verbs, page


def test_the_ansible_versions_and_the_collection_in_commands_are_real() -> None:
    collection = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    runtime = yaml.safe_load((CHECKOUT / "meta/runtime.yml").read_text(encoding="utf-8"))
    lowest = ".".join(runtime["requires_ansible"].removeprefix(">=").split(".")[:2])
    assert f"ansible-core {lowest} and newer" in (CHECKOUT / "README.md").read_text(encoding="utf-8")
    name = f"{collection['namespace']}.{collection['name']}"
    installs = [line for page in guide_pages() for line in commands(page) if "collection install" in line]
    assert installs
    wanted = {line.split("install ")[1] for line in installs}
    version = collection["version"]
    assert wanted == {name, "awx.awx", f"{name} --upgrade", f"{name}:=={version}"}


def words_of_the_code() -> str:
    """The texts of all string literals of the modules, with … for what is filled in."""

    def text(node: ast.AST) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.JoinedStr):
            return "".join(text(part) for part in node.values)
        return "…"

    literals = []
    for file in sorted((CHECKOUT / "plugins").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        # What documents the code is not what the code says.
        documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        documents |= {
            id(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign)
            and getattr(node.targets[0], "id", "") in ("DOCUMENTATION", "EXAMPLES", "RETURN")
        }
        for node in ast.walk(tree):
            if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in documents:
                literals.append(text(node))
    for file in sorted((CHECKOUT / "roles").rglob("tasks/*.yml")):
        literals.append(" ".join(file.read_text(encoding="utf-8").split()))
    return "\n".join(literals)


def test_every_message_that_troubleshooting_explains_is_one_of_the_code() -> None:
    text = (GUIDES / "troubleshooting.rst").read_text(encoding="utf-8")
    terms = [
        message for line in text.splitlines() if line.startswith("``") for message in re.findall(r"``(.+?)``", line)
    ]
    assert len(terms) > 30
    code = words_of_the_code()
    for term in terms:
        # Permissions, names of options and what a credential is called are filled in.
        pattern = re.sub(
            r"\b(org_app_keys_\w+|service_account_write|api_key|app_key|max_keys|max_tokens)\b",
            "(?:\\1|…|{permission})",
            re.escape(term),
        )
        for noun in ("application key", "access token"):
            pattern = pattern.replace(re.escape(noun), f"(?:{re.escape(noun)}|…)")
        assert re.search(pattern, code), term


def test_the_reference_of_outcomes_is_complete() -> None:
    text = (GUIDES / "outcomes.rst").read_text(encoding="utf-8")
    table = text[text.index("Key and token outcomes") : text.index("What counts as absent")]
    assert tuple(re.findall(r"^  \* - ``(\w+)``", table, re.MULTILINE)) == OUTCOMES


def test_the_guide_explains_every_status_of_a_leaver() -> None:
    text = (GUIDES / "guide_offboarding.rst").read_text(encoding="utf-8")
    evidence = text[text.index("The evidence\n") : text.index("Every night\n")]
    assert sorted(re.findall(r"^``([a-z ]+)``$", evidence, re.MULTILINE)) == sorted(STATUSES)


def test_the_promises_name_tests_that_exist() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (CHECKOUT / "tests").rglob("test_*.py"))
    existing = set(re.findall(r"^def (test_\w+)", code, re.MULTILINE))
    for page in (GUIDES / "promises.rst", CHECKOUT / "SECURITY.md"):
        named = set(re.findall(r"`(test_\w+)`", page.read_text(encoding="utf-8")))
        assert named, page
        assert named <= existing, page


def test_every_block_of_data_can_be_read() -> None:
    for page in guide_pages():
        for block in blocks(page):
            if block.language == "json":
                json.loads(block.text)
            assert block.language not in ("yaml", "yaml+jinja") or block.data, block


RULEBOOKS = sorted((CHECKOUT / "extensions/eda/rulebooks").glob("*.yml"))


def rule(rulebook: Path) -> Any:
    """The one rule of a rulebook that acts on an event from outside."""
    (rules,) = yaml.safe_load(rulebook.read_text(encoding="utf-8"))
    return rules["rules"][0]


@pytest.mark.parametrize("rulebook", RULEBOOKS, ids=lambda file: file.stem)
@pytest.mark.parametrize(
    ("email", "ticket", "let_through"),
    [
        ("ann@example.com", "HR-1201", True),
        ("o'neill+datadog@eu.example.com", "2026/17#3", True),
        ("ann@example.com,bob@example.com", "HR-1201", False),
        ("ann@example.com bob@example.com", "HR-1201", False),
        ("ann@example.com\nbob@example.com", "HR-1201", False),
        ("{{ 7*7 }}@example.com", "HR-1201", False),
        ("ann@{% raw %}.example.com", "HR-1201", False),
        ("ann@example.com", "{{ lookup('pipe', 'id') }}", False),
        ("ann@example.com", "", False),
        ("*", "HR-1201", False),
        ("", "HR-1201", False),
    ],
)
def test_the_rulebook_lets_through_one_address_and_nothing_that_is_a_template(
    rulebook: Path, email: str, ticket: str, let_through: bool
) -> None:
    patterns = re.findall(r'event\.payload\.(\w+) is match\("(.+?)"\)', rule(rulebook)["condition"])
    assert [name for name, _pattern in patterns] == ["email", "ticket"]
    values = {"email": email, "ticket": ticket}
    passed = all(re.match(pattern, values[name]) for name, pattern in patterns)
    assert passed is let_through


def test_the_rulebook_runs_the_playbook_of_this_collection_for_that_person() -> None:
    action = rule(CHECKOUT / "extensions/eda/rulebooks/offboard.yml")["action"]["run_playbook"]
    namespace, collection, playbook = action["name"].split(".")
    assert f"{namespace}.{collection}" == "keywarden.datadog"
    assert (CHECKOUT / f"playbooks/{playbook}.yml").is_file()
    assert action["extra_vars"] == {
        "leavers": [{"email": "{{ event.payload.email }}", "ticket": "{{ event.payload.ticket }}"}]
    }


def test_both_rulebooks_listen_and_decide_alike() -> None:
    first, second = (next(iter(yaml.safe_load(file.read_text(encoding="utf-8")))) for file in RULEBOOKS)
    assert first["sources"] == second["sources"]
    assert [one["condition"] for one in first["rules"]] == [one["condition"] for one in second["rules"]]


# What Datadog documents, and a page of ours only touches.
DATADOGS = re.compile(r"Audit Trail|OAuth apps|rate limits|personal access token|service account", re.IGNORECASE)
# Pages about Ansible, which name these only in passing.
OURS = {"guide_awx", "guide_events", "benchmark"}


@pytest.mark.parametrize("page", sorted(GUIDES.glob("*.rst")), ids=lambda page: page.stem)
def test_a_page_about_what_datadog_documents_links_to_its_documentation(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if DATADOGS.search(text) and page.stem not in OURS:
        assert "<https://docs.datadoghq.com/" in text


def test_the_sidebar_begins_with_the_start_and_ends_with_the_release_notes() -> None:
    text = LANDING.read_text(encoding="utf-8")
    groups = re.findall(r"^   :caption: (.+)\n\n((?:   .+\n)+)", text, re.MULTILINE)
    assert [name for name, _pages in groups] == ["Start", "Guides", "Reference", "Releases"]
    assert groups[-1][1].split() == ["Release", "notes", "<changelog>"]
    listed = re.findall(r"^   docsite/(\w+)$", text, re.MULTILINE)
    assert sorted(listed) == sorted(page.stem for page in GUIDES.glob("*.rst"))
