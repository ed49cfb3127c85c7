# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages in a real browser: for everybody, on every screen and on paper, and with nothing from elsewhere."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import forms
from .conftest import needed

if TYPE_CHECKING:
    from .browser import Browser

PAGES = [*forms.FORMS, "index"]
SCREENS = {"desktop": ("desktop", False), "desktop, dark": ("desktop", True), "phone": ("phone", False)}
# What a reader needs at once: how it went, and who did it
FIRST = {name: [".verdict", ".tiles", ".brief"] for name in forms.FORMS}
MANY = 2_000


@contextmanager
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and what it was asked for."""
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def keep_picture(browser: Browser, name: str, *, whole: bool = True) -> None:
    """For whoever wants to look: KEYWARDEN_PAGES=/some/folder."""
    if os.environ.get("KEYWARDEN_PAGES"):
        browser.picture(Path(os.environ["KEYWARDEN_PAGES"]) / f"{name}.png", whole=whole)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_the_page_on_every_screen(
    browser: Browser, pages: dict[str, Path], name: str, screen: str
) -> None:
    size, dark = SCREENS[screen]
    browser.open(pages[name], size, dark=dark)
    keep_picture(browser, f"{name} {screen}")
    assert browser.accessibility_violations() == []
    assert browser.overlaps() == []
    assert browser.overflow() <= 0


@pytest.mark.parametrize("name", forms.FORMS)
def test_the_first_screen_says_how_it_went_and_who_ran_it(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name])
    keep_picture(browser, f"{name} first screen", whole=False)
    for selector in FIRST[name]:
        assert browser.bottom(selector) <= 800, selector


@pytest.mark.parametrize("name", forms.FORMS)
def test_paper_has_every_row(browser: Browser, pages: dict[str, Path], tmp_path: Path, name: str) -> None:
    needed("poppler-utils")
    facts = forms.FORMS[name]()
    browser.open(pages[name])
    text = browser.printed(tmp_path / "page.pdf")
    rows = [*facts["credentials"], *facts["earlier"]]
    assert [row["id"] for row in rows if row["id"] not in text] == []
    assert [row["leaver"] for row in facts["leavers"] if row["leaver"] not in text] == []
    assert facts["run_id"] in text


def test_thousands_of_credentials_stay_readable_and_small(browser: Browser, tmp_path: Path) -> None:
    needed("poppler-utils")
    facts = forms.many(MANY)
    page = forms.write(tmp_path, facts)
    assert page.stat().st_size < 2_000_000
    browser.open(page)
    keep_picture(browser, "many first screen", whole=False)
    assert browser.bottom(".brief") <= 800
    assert browser.overflow() <= 0
    browser.open(page, "phone")
    assert browser.overflow() <= 0
    text = browser.printed(tmp_path / "page.pdf")
    assert [row["id"] for row in facts["credentials"] if row["id"] not in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_asks_for_nothing_but_itself(browser: Browser, pages: dict[str, Path], name: str) -> None:
    browser.requests()
    browser.open(pages[name])
    assert browser.requests() == [pages[name].as_uri()]


@pytest.mark.parametrize("element", ["img", "script", "iframe", "link"])
def test_the_pages_own_policy_stops_what_a_name_would_smuggle_in(
    browser: Browser, pages: dict[str, Path], element: str
) -> None:
    browser.open(pages["green"])
    with elsewhere() as (address, asked):
        assert browser.stopped_by(element, f"{address}/smuggled") != "let through"
        assert asked == []


def test_hostile_names_are_only_text(browser: Browser, tmp_path: Path) -> None:
    page = forms.write(tmp_path, forms.hostile())
    browser.requests()
    for screen in ("phone", "desktop"):
        browser.open(page, screen)
        assert browser.title().startswith("Offboarding evidence")
        assert browser.overflow() <= 0
        assert browser.overlaps() == []
    assert set(browser.requests()) == {page.as_uri()}
