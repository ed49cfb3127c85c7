# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of the documentation come from what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.keywarden.datadog.tests.browser.programs import find
from ansible_collections.keywarden.datadog.tests.docs import screenshots
from ansible_collections.keywarden.datadog.tests.docs.pages import guide_pages

PICTURES = {"plan.png", "evidence.png", "survey.png"}


def test_every_picture_that_a_page_shows_is_one_that_is_made() -> None:
    pages = [page for page in guide_pages() if page.suffix == ".rst"]
    shown = {
        Path(name).name
        for page in pages
        for name in re.findall(r"figure:: (\S+\.png)", page.read_text(encoding="utf-8"))
    }
    assert shown == PICTURES


def test_the_form_asks_every_question_of_the_survey() -> None:
    page = screenshots.form()
    for question in screenshots.survey()["spec"]:
        assert question["question_name"] in page


def test_without_a_browser_no_picture_is_made_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMEWEBDRIVER", raising=False)
    screenshots.main(tmp_path)
    assert not list(tmp_path.iterdir())
    assert "no Chromium" in capsys.readouterr().out


@pytest.mark.full
def test_with_a_browser_every_picture_is_made(tmp_path: Path) -> None:
    if not find("chromium"):
        pytest.skip("there is no Chromium on this machine")
    screenshots.main(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == PICTURES
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in tmp_path.iterdir())
