# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The look of the documentation site; `make docs` builds it."""

from __future__ import annotations

project = "keywarden.datadog"
project_copyright = "2026, the keywarden.datadog contributors"
title = html_title = "Datadog application keys for Ansible"
language = "en"

extensions = ["sphinx_antsibull_ext"]
html_theme = "furo"
html_show_sphinx = False
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
