# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The growth curves as a picture."""

from __future__ import annotations

import io
import re
from typing import Any

import matplotlib as mpl

from .results import Results
from .works import CLIENT, POOL, URI, US

mpl.use("svg")

from matplotlib import pyplot

# Told apart by shade and shape as well as by colour.
STYLES: dict[str, dict[str, Any]] = {
    URI: {"color": "#b5540d", "marker": "s"},
    CLIENT: {"color": "#6b6f76", "marker": "^"},
    POOL: {"color": "#2f6fb0", "marker": "D"},
    US: {"color": "#6a1fb0", "marker": "o", "linewidth": 2.5},
}
TITLES = {"listing": "List all keys", "removal": "Remove all keys of a leaver"}


def as_svg(results: Results) -> str:
    """The curves as the text of an SVG file."""
    # The same numbers give the same text.
    mpl.rcParams.update({"svg.hashsalt": "growth", "font.size": 10, "svg.fonttype": "none"})
    figure, both = pyplot.subplots(1, 2, figsize=(9.5, 4.2), sharey=True, layout="constrained")
    for axes, (kind, title) in zip(both, TITLES.items()):
        # What was not measured stays empty.
        for contender, curve in results["growth"].get(kind, {}).items():
            points = sorted((int(size), seconds) for size, seconds in curve.items())
            axes.plot(*zip(*points), label=contender, **STYLES[contender])
        axes.set(title=title, xlabel="keys", xscale="log", yscale="log")
        axes.minorticks_off()
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter("{x:,.0f}")
        axes.grid(True, which="major", color="#dddddd")
        axes.spines[["top", "right"]].set_visible(False)
    both[0].set_ylabel("seconds")
    handles, labels = max((axes.get_legend_handles_labels() for axes in both), key=lambda pair: len(pair[1]))
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    pyplot.close(figure)
    return re.sub(r"[ \t]+$", "", file.getvalue(), flags=re.MULTILINE)
