# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Chromium without a screen: shows a page as a desktop, a phone or paper does, and says what is wrong with it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from axe_selenium_python import Axe
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from .programs import find

# Width and height in CSS pixels, pixels of the device for each, and whether it is a phone
SCREENS = {"desktop": (1280, 800, 1, False), "phone": (390, 844, 2, True)}
WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],
}

# Every line of visible text as a rectangle. Two of them that cross are told with their texts; so is a text that sticks
# out of the element that draws a border or a background around it.
OVERLAPS = """
const boxes = [], wrong = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  if (!node.data.trim()) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  for (const box of range.getClientRects()) {
    // Lines may touch: letters do not fill the height of their box.
    if (box.width > 1 && box.height > 1) boxes.push({text: node.data.trim().slice(0, 60), node,
      left: box.left + 1, right: box.right - 1, top: box.top + box.height * .2, bottom: box.bottom - box.height * .2});
  }
  const holder = node.parentElement.closest("td, th, dd, dt, .tag, .card, .verdict, .tiles div");
  if (!holder) continue;
  const outer = holder.getBoundingClientRect(), inner = range.getBoundingClientRect();
  if (inner.left < outer.left - 1 || inner.right > outer.right + 1)
    wrong.push("sticks out: " + node.data.trim().slice(0, 60));
}
boxes.sort((one, two) => one.top - two.top);
boxes.forEach((one, index) => {
  for (let next = index + 1; next < boxes.length && boxes[next].top < one.bottom; next++) {
    const two = boxes[next];
    if (one.node !== two.node && one.left < two.right && two.left < one.right)
      wrong.push(one.text + " | " + two.text);
  }
});
return wrong;
"""
BLOCKED = """
const done = arguments[arguments.length - 1];
document.addEventListener("securitypolicyviolation", event => done(event.effectiveDirective));
const element = document.createElement(arguments[0]);
element[arguments[0] === "link" ? "href" : "src"] = arguments[1];
if (arguments[0] === "link") element.rel = "stylesheet";
document.body.append(element);
setTimeout(() => done("let through"), 3000);
"""


class Browser:
    """One Chromium, for one page after another."""

    def __init__(self) -> None:
        options = ChromeOptions()
        options.binary_location = str(find("chromium"))
        for option in (
            "headless=new",
            "hide-scrollbars",
            "disable-gpu",
            "disable-dev-shm-usage",
            "force-color-profile=srgb",
        ):
            options.add_argument(f"--{option}")
        if os.geteuid() == 0:  # as in a container
            options.add_argument("--no-sandbox")
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        self._driver = Chrome(options=options, service=Service(str(find("chromium-driver"))))
        self._driver.set_script_timeout(60)

    def close(self) -> None:
        self._driver.quit()

    def open(self, page: Path, screen: str = "desktop", *, dark: bool = False) -> None:
        """Show a page."""
        width, height, density, mobile = SCREENS[screen]
        screen_size = {"width": width, "height": height, "screenWidth": width, "screenHeight": height}
        self._tell("Emulation.setDeviceMetricsOverride", **screen_size, deviceScaleFactor=density, mobile=mobile)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._tell("Emulation.setEmulatedMedia", features=[scheme])
        self._driver.get(page.as_uri())

    def accessibility_violations(self) -> list[str]:
        """What axe-core finds by the rules of WCAG 2.1, levels A and AA."""
        axe = Axe(self._driver)
        axe.inject()
        found = axe.run(options=json.dumps(WCAG))["violations"]
        return [f"{one['id']}: {node['html'][:200]} {node['failureSummary']}" for one in found for node in one["nodes"]]

    def overlaps(self) -> list[str]:
        """Texts that lie over each other, or stick out of their boxes."""
        found: list[str] = self._driver.execute_script(OVERLAPS)
        return found

    def overflow(self) -> int:
        """How many pixels the page is wider than the screen."""
        shown = "const page = document.scrollingElement; return page.scrollWidth - page.clientWidth"
        wider: int = self._driver.execute_script(shown)
        # A phone shows a page that is too wide in small, so that it fits all the same.
        width: int = self._driver.execute_script("return window.innerWidth - screen.width")
        return max(wider, width)

    def bottom(self, selector: str) -> float:
        """How far down the end of the first such element is, in pixels."""
        script = "return document.querySelector(arguments[0]).getBoundingClientRect().bottom"
        found: float = self._driver.execute_script(script, selector)
        return found

    def title(self) -> str:
        """The title of the page, which scripts of the hostile names would change."""
        return str(self._driver.title)

    def requests(self) -> list[str]:
        """The addresses that were asked for since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance")]
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def stopped_by(self, element: str, address: str) -> str:
        """The directive of the page's policy that keeps an element of this kind from asking for an address."""
        directive: str = self._driver.execute_async_script(BLOCKED, element, address)
        return directive

    def picture(self, file: Path, *, whole: bool = True) -> None:
        """Take a picture of the page, or of what the screen shows of it at first."""
        told = self._tell(
            "Page.captureScreenshot", captureBeyondViewport=whole, **({"clip": self._clip()} if whole else {})
        )
        file.write_bytes(base64.b64decode(told["data"]))

    def printed(self, file: Path) -> str:
        """Print the page to a PDF. Its text, without white space, since paper breaks lines anywhere."""
        told = self._tell("Page.printToPDF", preferCSSPageSize=True, printBackground=False)
        file.write_bytes(base64.b64decode(told["data"]))
        command = [str(find("poppler-utils")), "-raw", "-enc", "UTF-8", str(file), "-"]
        return "".join(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())

    def _clip(self) -> dict[str, Any]:
        size = self._tell("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}

    def _tell(self, command: str, **parameters: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._driver.execute_cdp_cmd(command, parameters)
        return answer
