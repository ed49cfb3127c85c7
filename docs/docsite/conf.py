# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The look of the documentation site; `make docs` builds it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

project = "keywarden.datadog"
project_copyright = "2026, the keywarden.datadog contributors"
title = html_title = "Datadog offboarding for Ansible"
language = "en"

extensions = ["sphinx_antsibull_ext"]
html_theme = "furo"
html_theme_options = {
    # The tables of options and return values have colours of their own, made for a light page.
    "dark_css_variables": {
        "antsibull-table-background-even": "#1c1f22",
        "antsibull-table-background-odd": "#141618",
        "antsibull-table-background-header": "#23272b",
        "antsibull-table-border": "#3c4248",
        "antsibull-narrowtable-background": "#141618",
        "antsibull-option-type": "#c792ea",
        "antsibull-option-elements": "#c792ea",
        "antsibull-option-required": "#ff7b72",
        "antsibull-option-version-added": "#7ee787",
        "antsibull-option-aliases": "#7ee787",
        "antsibull-option-default": "#79b8ff",
        "antsibull-option-sample": "#79b8ff",
        "antsibull-option-sample-header": "#79b8ff",
        "antsibull-attribute-support-full": "#7ee787",
        "antsibull-attribute-support-partial": "#ffd479",
        "antsibull-attribute-support-none": "#ff7b72",
        "antsibull-attribute-support-na": "#a0a0a0",
    },
}
html_show_sphinx = False
pygments_style = "ansible"
highlight_language = "YAML+Jinja"

# Pages of Ansible that ours point to. Sphinx could fetch Ansible's whole inventory, but then the
# site could not be built without a network.
ANSIBLE = "https://docs.ansible.com/projects/ansible/latest"
ANSIBLE_PAGES = {
    "action_plugins": "plugins/action",
    "ansible_configuration_settings": "reference_appendices/config",
    "common_return_values": "reference_appendices/common_return_values",
}
BUILTIN = "ansible_collections.ansible.builtin."


def link_to_ansible(_app: Sphinx, _env: Any, node: nodes.Element, text: nodes.Element) -> nodes.Element | None:
    """The link for a label of Ansible's documentation; None, and so a warning, for any other."""
    label = node["reftarget"]
    page = ANSIBLE_PAGES.get(label)
    if label.startswith(BUILTIN):
        page = f"collections/ansible/builtin/{label[len(BUILTIN) :]}"
    return nodes.reference("", "", text, refuri=f"{ANSIBLE}/{page}.html", internal=False) if page else None


def drop_contents(_app: Sphinx, page: nodes.document) -> None:
    """Leave out the tables of contents in the pages: the theme shows its own, and an error in place of a second one."""
    for topic in list(page.findall(nodes.topic)):
        if "contents" in topic["classes"]:
            topic.parent.remove(topic)


# The first page is ours; antsibull-docs makes one that lists everything.
LANDING = Path(__file__).with_name("landing.rst")
# A picture that was made for this build (tests/docs/screenshots.py).
FIGURE = re.compile(r"^\.\. figure:: (?P<file>\S+\.png)\n(?:(?: +.*)?\n)*", re.MULTILINE)


def write_first_page(app: Sphinx, page: str, source: list[str]) -> None:
    """Put our first page in place, and leave out pictures that could not be made on this machine."""
    if page == "index":
        source[0] = LANDING.read_text(encoding="utf-8")
    folder = (Path(app.srcdir) / page).parent
    source[0] = FIGURE.sub(lambda match: match[0] if (folder / match["file"]).is_file() else "", source[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", write_first_page)
    app.connect("missing-reference", link_to_ansible)
    app.connect("doctree-read", drop_contents)
