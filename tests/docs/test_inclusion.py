# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program can check of the community's requirements for inclusion and of the certification policy.

ansible-test, ansible-lint, antsibull-docs and Galaxy's importer check the rest; `make ci` runs them all.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.keywarden.datadog.tests.docs.pages import CHECKOUT, MODULES, documentation

GALAXY: dict[str, Any] = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
ADDRESSES = ("repository", "documentation", "homepage", "issues")
# Files that name addresses of the publisher.
PUBLIC = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob(".github/**/*.*"), *(CHECKOUT / "docs/docsite").glob("*.*")]
# Written so that tools which look for it do not take this file for one of two licenses.
MARK = "SPDX-License-" + "Identifier:"
# An empty __init__.py has no room for a licence; sanity wants those of module_utils empty.
PLUGINS = [file for file in sorted((CHECKOUT / "plugins").rglob("*.py")) if file.stat().st_size]


def test_the_metadata_of_the_collection_is_complete() -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]+", GALAXY["namespace"])
    assert re.fullmatch(r"[a-z][a-z0-9_]+", GALAXY["name"])
    assert re.fullmatch(r"[1-9]\d*\.\d+\.\d+", GALAXY["version"])
    assert GALAXY["description"]
    assert GALAXY["authors"]
    assert GALAXY["license"] == ["GPL-3.0-or-later", "BSD-2-Clause"]
    assert not GALAXY["dependencies"]
    assert all(re.fullmatch(r"[a-z][a-z0-9]{1,63}", tag) for tag in GALAXY["tags"])
    assert {"cloud", "monitoring", "security"} & set(GALAXY["tags"])
    assert all(GALAXY[name].startswith("https://") for name in ADDRESSES)


def test_the_publisher_sets_every_address_in_galaxy_yml_and_no_other_place_has_another() -> None:
    known = tuple(GALAXY[name] for name in ADDRESSES)
    for page in PUBLIC:
        for url in re.findall(r"https://example\.com[^\s)>\"'`]*", page.read_text(encoding="utf-8")):
            assert url.startswith(known), f"{page.name}: {url}"


def test_only_the_security_policy_has_a_mail_address_to_write_to() -> None:
    texts = {page.name: page.read_text(encoding="utf-8") for page in PUBLIC}
    assert [name for name, text in texts.items() if "security@" in text] == ["SECURITY.md"]
    contributing = texts["CONTRIBUTING.md"]
    listed = contributing[contributing.index("## What the publisher sets") :]
    assert all(f"`{name}`" in listed for name in (*ADDRESSES, "SECURITY.md"))


def test_the_readme_has_the_sections_of_the_certification_template() -> None:
    headings = re.findall(r"^## (.+)$", README, re.MULTILINE)
    wanted = [
        "Description",
        "Requirements",
        "Installation",
        "Use cases",
        "Testing",
        "Support",
        "Communication",
        "Release notes and roadmap",
        "Related information",
        "License",
    ]
    assert [heading for heading in headings if heading in wanted] == wanted
    assert headings.index("See it work") < headings.index("Check your credentials first") < headings.index("Use cases")


def test_the_readme_can_be_read_anywhere_for_it_has_full_addresses_only() -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", README)
    assert targets
    assert all(target.startswith("https://") for target in targets)


def test_the_readme_says_what_galaxy_and_automation_hub_ask_for() -> None:
    assert not re.search(r"pip3? install[^\n]*ansible(-core)?\b", README)
    for needed in (
        "code_of_conduct.html",
        "https://forum.ansible.com/",
        "https://semver.org/",
        "Automation Hub",
        "requirements.yml",
        "deprecated",
        "--upgrade",
    ):
        assert needed in README


def test_the_readme_names_the_versions_that_the_metadata_requires() -> None:
    runtime = yaml.safe_load((CHECKOUT / "meta/runtime.yml").read_text(encoding="utf-8"))
    requirement = (CHECKOUT / "meta/ee-requirements.txt").read_text(encoding="utf-8").splitlines()[-1]
    python = yaml.safe_load((CHECKOUT / "tests/config.yml").read_text(encoding="utf-8"))["modules"]["python_requires"]
    assert runtime["requires_ansible"] == ">=2.16.0"
    assert "ansible-core 2.16 and newer" in README
    assert (requirement, python) == ("requests >=2.25.1", ">=3.9")
    assert "| 3.9 and newer, with `requests` 2.25.1 or newer |" in README


def test_the_readme_names_everything_that_the_collection_holds() -> None:
    full = f"{GALAXY['namespace']}.{GALAXY['name']}"
    names = {f"{full}.{module.stem}" for module in MODULES}
    names |= {f"{full}.{playbook.stem}" for playbook in (CHECKOUT / "playbooks").glob("*.yml")}
    names |= {f"{full}.{role.name}" for role in (CHECKOUT / "roles").iterdir()}
    names |= {rulebook.stem for rulebook in (CHECKOUT / "extensions/eda/rulebooks").glob("*.yml")}
    contents = README[README.index("## Contents") : README.index("## Testing")]
    missing = {name for name in names if f"`{name}`" not in contents}
    # A module that only the role calls is none for a user's own tasks.
    assert {name for name in missing if not name.rpartition(".")[2].startswith("offboard_")} == set()


def test_the_changelog_has_an_entry_for_this_version_with_every_module() -> None:
    changes = yaml.safe_load((CHECKOUT / "changelogs/changelog.yaml").read_text(encoding="utf-8"))
    assert GALAXY["version"] in changes["releases"]
    # Underscores are escaped there.
    text = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8").replace("\\", "")
    assert [module.stem for module in MODULES if f".{module.stem} " not in text] == []


def test_nothing_is_ignored_of_what_ansible_test_and_ansible_lint_find() -> None:
    assert not list((CHECKOUT / "tests").glob("sanity/ignore-*"))
    assert not (CHECKOUT / ".ansible-lint-ignore").exists()
    settings = yaml.safe_load((CHECKOUT / ".ansible-lint").read_text(encoding="utf-8"))
    assert settings["profile"] == "production"
    assert not {"skip_list", "warn_list"} & set(settings)


@pytest.mark.parametrize("file", PLUGINS, ids=lambda file: str(file.relative_to(CHECKOUT)))
def test_a_plugin_begins_with_its_licence(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    spdx = re.search(rf"^# {MARK} (\S+)$", text, re.MULTILINE)
    assert spdx
    assert spdx[1] == ("BSD-2-Clause" if "module_utils" in file.parts else "GPL-3.0-or-later")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_module_documents_what_the_checklist_asks_for(module: Path) -> None:
    data = yaml.safe_load(documentation(module, "DOCUMENTATION"))
    assert data["module"] == module.stem
    assert not data["short_description"].endswith(".")
    assert re.fullmatch(r"\d+\.\d+\.\d+", data["version_added"])
    assert all(re.search(r"\(@[\w-]+\)$", author) for author in data["author"])
    assert yaml.safe_load(documentation(module, "RETURN"))
    for task in yaml.safe_load(documentation(module, "EXAMPLES")):
        actions = [key for key in task if "." in key]
        assert actions, f"no full name: {task}"
    if module.stem.endswith("_info"):
        assert data["attributes"]["check_mode"]["support"] == "full"
        assert not module.stem.endswith("_facts")
    if module.stem.startswith("datadog_"):
        links = [one["link"] for one in data.get("seealso", []) if "link" in one]
        assert any(link.startswith("https://docs.datadoghq.com/") for link in links), "no page of Datadog's"


def test_the_shared_documentation_states_what_the_modules_require() -> None:
    text = (CHECKOUT / "plugins/doc_fragments/connection.py").read_text(encoding="utf-8")
    fragment = re.search(r'DOCUMENTATION = r"""\n(.*?)"""', text, re.DOTALL)
    assert fragment
    assert yaml.safe_load(fragment[1])["requirements"] == ["python >= 3.9", "requests >= 2.25.1"]


def test_a_role_describes_its_variables_and_they_bear_its_name() -> None:
    for role in (CHECKOUT / "roles").iterdir():
        assert (role / "README.md").is_file()
        specs = yaml.safe_load((role / "meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
        options = specs["main"]["options"]
        assert all(name.startswith(f"{role.name}_") for name in options)
        defaults = yaml.safe_load((role / "defaults/main.yml").read_text(encoding="utf-8"))
        assert set(defaults) <= set(options)
