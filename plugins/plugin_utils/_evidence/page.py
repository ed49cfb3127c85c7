# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Evidence as one page for people. How it looks is in the templates of the role; what it may hold is decided here."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timezone
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from ...module_utils._datadog.ages import parse_timestamp
from .facts import FINISHED, NOT_YET, PLAN, Facts
from .summary import guards_text, headline, holders, nowhere, remaining, remains_text, undone, verdict
from .verdicts import DELETED, KEPT, NO_ACCOUNT, TO_DELETE

MOST_REMAINING = 100  # rows of what remains; all of them are among the rest, too

# What no page may hold: control characters, halves of characters, and what Unicode calls no character. And what
# turns the direction of writing, by which a name can look like another: it shows as a replacement character.
UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


class PageError(Exception):
    """A template of the page cannot be used."""


class Moment(NamedTuple):
    """A date and a time in UTC, as they are shown."""

    date: str
    clock: str


class Look(NamedTuple):
    """How a page looks: the texts of its template and of its style."""

    template: str
    style: str


def as_html(facts: Facts, digest: str, json_name: str, look: Look) -> str:
    """The page.

    :param digest: the SHA-256 of the JSON form, and ``json_name`` its file name.
    :raises PageError: the template is broken, or names what there is not.
    """
    return rendered(
        look,
        run=facts,
        plan=facts["mode"] == PLAN,
        verdict=verdict(facts),
        headline=headline(facts),
        guards=guards_text,
        undone=undone(facts),
        nowhere=nowhere(facts),
        remaining=remaining(facts)[:MOST_REMAINING],
        more_remaining=max(0, len(remaining(facts)) - MOST_REMAINING),
        holders=holders(facts),
        remains=remains_text(facts),
        accounts=_accounts(facts),
        tiles=_tiles(facts),
        rows=_rows(facts),
        groups=_groups(facts),
        digest=digest,
        json_name=json_name,
    )


def rendered(look: Look, **values: Any) -> str:
    """A page from a template and the values that it shows. Everything is escaped but the style.

    :raises PageError: the template is broken, or names what there is not.
    """
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_fit,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=FunctionLoader({"page": look.template}.get),
    )
    environment.globals = {}
    environment.filters["moment"] = moment
    environment.filters["took"] = took
    # It stands in a <style> element, where nothing is escaped.
    style = Markup(look.style.replace("</", "<\\/"))  # noqa: S704
    try:
        return environment.get_template("page").render(**values, style=style)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line})" if line else ""
        raise PageError(f"The template of the evidence page cannot be used{where}: {error.message}") from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise PageError(f"The template of the evidence page cannot be used: {error!r}") from error


def moment(text: str, precision: str = "minutes") -> Moment | None:
    """A timestamp in UTC for the eye; None where it is none, or one that no calendar has.

    :param precision: ``minutes`` or ``milliseconds``.
    """
    found = parse_timestamp(text)
    try:
        if found is None:
            return None
        date, clock = found.astimezone(timezone.utc).replace(tzinfo=None).isoformat(" ", precision).split(" ")
    except (OverflowError, ValueError):
        return None
    return Moment(date, clock)


def took(seconds: int) -> str:
    """How long it took, such as ``1 d 3 h`` or ``12 min``."""
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes = rest // 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _fit(value: Any) -> Any:
    if isinstance(value, Markup):
        return value
    return UNFIT.sub("\ufffd", value) if isinstance(value, str) and not value.isprintable() else value


def _tiles(facts: Facts) -> list[tuple[str, int, bool]]:
    """The numbers at the head of the page: name, count, whether a count is bad."""
    found = facts["counts"]["credentials"].values()
    left = remaining(facts)
    main = TO_DELETE if facts["mode"] == PLAN else DELETED
    return [
        ("Leavers", len(facts["people"]), False),
        ("Organizations", len(facts["organizations"]), False),
        (f"Credentials {main}", sum(outcomes[main] for outcomes in found), False),
        ("Credentials that remain", len(left), any(row["outcome"] != KEPT for row in left)),
        ("Not dealt with", len(undone(facts)) + len(nowhere(facts)), True),
    ]


def _accounts(facts: Facts) -> list[str]:
    """The Datadog accounts that the modules worked with."""
    callers = [one["caller"] for one in facts["organizations"] if one["caller"]]
    return list(dict.fromkeys(str(caller.get("email") or caller.get("id")) for caller in callers))


def _rows(facts: Facts) -> list[Facts]:
    """The rows of leavers; one for all organizations together where all of them say the same of somebody unknown.

    And one as long as nothing is known of anybody. There may be thousands that say the same: nobody would see the
    others among them, and a run waits for the page.
    """
    rows: list[Facts] = facts["leavers"]
    count = len(facts["organizations"])
    waiting = facts["state"] != FINISHED and not any(map(_tells, rows))
    by_leaver: dict[str, list[Facts]] = {}
    for row in rows:
        if row["host"]:
            by_leaver.setdefault(row["leaver"], []).append(row)
    first = {leaver: its[0] for leaver, its in by_leaver.items() if len(its) == count > 1 and (waiting or _agree(its))}
    shown = []
    for row in rows:
        if not row["host"] or row["leaver"] not in first:
            shown.append(row)
        elif row is first[row["leaver"]]:
            shown.append({**row, "organization": f"all {count} organizations", "host": None})
    return shown


def _tells(row: Facts) -> bool:
    """Whether a row of a leaver in an organization says more than that it is there."""
    return bool(row["host"] and (row["message"] != NOT_YET or row["account_id"] or row["site"]))


def _agree(rows: list[Facts]) -> bool:
    """Whether these organizations all say in the same words that they do not know somebody."""
    words = rows[0]["site"], rows[0]["message"]
    return all(row["status"] == NO_ACCOUNT and (row["site"], row["message"]) == words for row in rows)


def _groups(facts: Facts) -> list[Facts]:
    """The credentials by leaver and organization, in the order of the facts."""
    names = Counter(one["name"] for one in facts["organizations"])
    found: dict[tuple[str, str], list[Facts]] = {}
    for one in facts["credentials"]:
        found.setdefault((one["leaver"], one["host"]), []).append(one)
    groups = []
    for number, ((leaver, host), rows) in enumerate(found.items(), 1):
        name = rows[0]["organization"]
        label = name if names[name] == 1 else f"{name} ({host})"
        groups.append({"anchor": f"keys-{number}", "leaver": leaver, "host": host, "organization": label, "rows": rows})
    return groups
