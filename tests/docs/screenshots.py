# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of the documentation, made from real runs against the stand-in each time the site is built.

    python -m ansible_collections.keywarden.datadog.tests.docs.screenshots FOLDER

Without Chromium it says so and makes none; the site is then built without pictures.
"""

from __future__ import annotations

import html
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..browser.programs import find
from ..helpers.playbook import Player
from ..standin import LEAVER, NOBODY, StandIn
from .pages import GUIDES, blocks

FORM = """\
<!doctype html><meta charset="utf-8"><title>{name}</title>
<style>
body {{ font: 16px/1.5 sans-serif; margin: 2rem; max-width: 44rem; color: #151515 }}
h1 {{ font-size: 1.3rem; margin: 0 0 .2rem }} p {{ margin: 0 0 1.2rem; color: #4d4d4d }}
label {{ display: block; font-weight: 600; margin-top: 1rem }} small {{ display: block; color: #4d4d4d }}
input {{ width: 100%; font: inherit; padding: .35rem .5rem; border: 1px solid #8a8d90; border-radius: 3px }}
b {{ color: #c9190b }}
</style>
<h1>{name}</h1><p>{description}</p>{questions}
"""
QUESTION = '<label>{question_name}{star}<small>{question_description}</small><input value="{answer}"></label>'
ANSWERS = {"leavers": "ann@example.com, bob@example.com", "ticket": "HR-1201"}


def take(browser: str, page: Path, picture: Path, height: int) -> None:
    """A picture of a page as a desktop shows it."""
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"]
        size = [f"--window-size=1100,{height}", f"--screenshot={picture}"]
        subprocess.run([browser, *options, *size, page.as_uri()], check=True, capture_output=True, timeout=120)
    if not picture.is_file():
        sys.exit(f"{browser} took no picture of {page}")


def survey() -> dict[str, Any]:
    """The survey of the guide for AWX."""
    (playbook,) = [block for block in blocks(GUIDES / "guide_awx.rst") if block.file == "controller.yml"]
    tasks = [task.get("awx.awx.job_template", {}) for task in playbook.data[0]["tasks"]]
    found: dict[str, Any] = next(task["survey_spec"] for task in tasks if "survey_spec" in task)
    return found


def form() -> str:
    """The survey as a form."""

    def question(spec: dict[str, Any]) -> str:
        told = {name: html.escape(str(value)) for name, value in spec.items()}
        star = " <b>*</b>" if spec["required"] else ""
        told.setdefault("question_description", "")
        return QUESTION.format(**told, star=star, answer=html.escape(ANSWERS[spec["variable"]]))

    spec = survey()
    questions = "".join(map(question, spec["spec"]))
    return FORM.format(
        name=html.escape(spec["name"]), description=html.escape(spec["description"]), questions=questions
    )


def evidence(folder: Path) -> dict[str, Path]:
    """The pages of a plan and of its run, by the names of their pictures."""
    pages = {}
    with StandIn() as standin:
        player = Player(standin, folder)
        for name in ("plan", "evidence"):
            place = folder / name
            place.mkdir()
            variables = {
                "leavers": f"{LEAVER},{NOBODY}",
                "offboard_report_dir": str(place),
                "offboard_missing_account": "report",
            }
            run = player("keywarden.datadog.offboard", check=name == "plan", extra_vars=variables, warnings=["."])
            if run.rc:
                sys.exit(f"no picture of the {name}: the run failed\n{run.output}")
            pages[name] = next(page for page in place.rglob("offboard-*.html"))
    return pages


def main(target: Path) -> None:
    """Make all pictures in this folder."""
    browser = find("chromium")
    if not browser:
        print("No pictures: there is no Chromium on this machine. The site is built without them.")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for picture, page in evidence(folder).items():
            take(browser, page, target / f"{picture}.png", 900)
        page = folder / "survey.html"
        page.write_text(form(), encoding="utf-8")
        take(browser, page, target / "survey.png", 330)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
