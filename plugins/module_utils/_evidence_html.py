# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""Evidence as one page for people: no script, nothing from elsewhere, whatever the names in it are."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import timezone
from typing import Any

from ._datadog.ages import parse_timestamp
from ._evidence import (
    ABSENT,
    DELETED,
    FAILED,
    KEPT,
    NO_ACCOUNT,
    NOT_RECORDED,
    NOTHING,
    PLAN,
    REMOVED,
    RUNNING,
    TO_DELETE,
    TO_REMOVE,
    Facts,
    guards_text,
    headline,
    undone,
)
from ._evidence_style import STYLE

COLOURS = {
    REMOVED: "good",
    DELETED: "good",
    TO_REMOVE: "plan",
    TO_DELETE: "plan",
    NOTHING: "calm",
    NO_ACCOUNT: "calm",
    ABSENT: "calm",
    KEPT: "wait",
    NOT_RECORDED: "wait",
}  # all others are bad

# What no page may hold: control characters, halves of characters, and what Unicode calls no character. And what
# turns the direction of writing, by which a name can look like another: it shows as a replacement character.
UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

WORDS = (
    (REMOVED, "The listing of the leaver's keys was complete, and a second listing showed that they are gone."),
    (TO_REMOVE, "Only in a plan: the keys are there, and the real run would delete them."),
    (NOTHING, "The listing was complete, and held no key that was to be deleted."),
    (NO_ACCOUNT, "Datadog was asked, and knows no person by this e-mail in that organization."),
    (FAILED, "Something is left, or could not be found out. The message says what."),
    (NOT_RECORDED, "The run has not come so far, or broke off there."),
    (DELETED, "It was there, Datadog accepted the delete, and a later read showed that it is gone (verified)."),
    (ABSENT, "Somebody else removed it after it was listed."),
    (KEPT, "It was to be kept, so it is still there."),
    ("refused, skipped", "A guard, a limit or bad credentials stopped it: it is still there."),
    ("unknown", "The delete was sent, and no read could tell what became of the key."),
)


def as_html(facts: Facts, digest: str, json_name: str) -> str:
    """The page.

    :param digest: the SHA-256 of the JSON form, and ``json_name`` its file name.
    """
    title = "Offboarding plan" if facts["mode"] == PLAN else "Offboarding evidence"
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="robots" content="noindex">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>{title} {_plain(facts['run_id'])}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>",
        f"<header>\n<h1>{title}</h1>",
        f'<p class="soft">Datadog application keys &middot; {_time(facts["started_at"], "minutes")} UTC</p>\n</header>',
        _verdict(facts),
        _tiles(facts),
        "<h2>Leavers</h2>",
        _leavers(facts),
        _notes(facts),
        _keys(facts),
        "<h2>About this run</h2>",
        _about(facts, digest, json_name),
        "<h2>What the words mean</h2>",
        _definitions((_tag(word), _plain(meaning)) for word, meaning in WORDS),
        '<p class="soft end">All times are in UTC. This page is about application keys only: '
        "API keys, client tokens and access tokens are not removed with them.</p>",
        "</main>\n</body>\n</html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _verdict(facts: Facts) -> str:
    if facts["state"] == RUNNING:
        colour, text = "wait", "Not finished"
        if facts["mode"] == PLAN:
            text = "Not finished. This is a plan, nothing was deleted."
    elif facts["mode"] == PLAN:
        colour, text = "plan", "This is a plan. Nothing was deleted."
    elif undone(facts):
        colour, text = "bad", "Not all leavers are dealt with"
    else:
        colour, text = "good", "All leavers are dealt with"
    return f'<section class="verdict {colour}"><strong>{text}</strong><p>{_text(headline(facts))}</p></section>'


def _tiles(facts: Facts) -> str:
    keys = facts["counts"]["application_keys"]
    main = TO_DELETE if facts["mode"] == PLAN else DELETED
    tiles = [
        ("Leavers", len({row["leaver"] for row in facts["leavers"]}), ""),
        ("Organizations", len(facts["organizations"]), ""),
        (f"Keys {main}", keys[main], ""),
        ("Keys kept", keys[KEPT], ""),
        ("Not dealt with", len(undone(facts)), "bad"),
    ]
    shown = [
        f'<div class="{colour if count else ""}"><dt>{name}</dt><dd>{count}</dd></div>' for name, count, colour in tiles
    ]
    return f'<dl class="tiles">{"".join(shown)}</dl>'


def _leavers(facts: Facts) -> str:
    anchors = _anchors(facts)
    rows = []
    for row in facts["leavers"]:
        name, anchor = _text(row["leaver"]), anchors.get((row["leaver"], row["organization"]))
        account = f'<span class="mono">{_text(row["account_id"])}</span>' if row["account_id"] else ""
        listed = "" if row["listed"] is None else f"{row['listed']} of {row['listed'] if row['complete'] else '?'}"
        rows.append(
            [
                (f'<a href="#{anchor}">{name}</a>' if anchor else name) + _small(row["ticket"]),
                _text(row["organization"]) + _small(row["site"]),
                _tag(row["status"]),
                account + _small("disabled" if row["account_disabled"] else None),
                listed,
                _text(row["message"]),
            ]
        )
    return _table(("Leaver, ticket", "Organization", "Result", "Account", "Listed", "Message"), rows, "leavers")


def _anchors(facts: Facts) -> dict[tuple[str, str], str]:
    pairs = dict.fromkeys((key["leaver"], key["organization"]) for key in facts["application_keys"])
    return {pair: f"keys-{number}" for number, pair in enumerate(pairs, 1)}


def _notes(facts: Facts) -> str:
    notes = [
        f"<li><strong>{_text(one['name'])}:</strong> {_text(text)}</li>"
        for one in facts["organizations"]
        for text in one["warnings"]
    ]
    return f'<h2>Noted on the way</h2>\n<ul class="card">{"".join(notes)}</ul>' if notes else ""


def _keys(facts: Facts) -> str:
    anchors = _anchors(facts)
    parts = ["<h2>Application keys</h2>"] if anchors else []
    for (leaver, organization), anchor in anchors.items():
        keys = [
            key for key in facts["application_keys"] if (key["leaver"], key["organization"]) == (leaver, organization)
        ]
        plan = f" {_tag(PLAN, 'plan')}" if facts["mode"] == PLAN else ""
        parts.append(
            f'<h3 id="{anchor}">{_text(leaver)} <span class="soft">in</span> {_text(organization)}'
            f'<span class="soft">, {len(keys)}</span>{plan}</h3>'
        )
        parts.append(
            _table(
                ("Key", "Created", "Last used", "Scopes", "Outcome", "Requested", "Verified gone"),
                [_key(key) for key in keys],
                "keys",
            )
        )
    return "\n".join(parts)


def _key(key: Facts) -> list[str]:
    status = f"HTTP {key['status_code']}" if key["status_code"] else None
    last4 = f' <span class="soft mono">&hellip;{_text(key["last4"])}</span>' if key["last4"] else ""
    return [
        f'{_text(key["name"])}{last4}<span class="small mono">{_text(key["id"])}</span>',
        _time(key["created_at"], "minutes"),
        _time(key["last_used_at"], "minutes") or '<span class="soft">none recorded</span>',
        '<span class="soft">all of the owner</span>' if key["scopes"] is None else _text(" ".join(key["scopes"])),
        _tag(key["outcome"]) + _small(status) + _small(key["message"], "note"),
        _time(key["requested_at"], "milliseconds"),
        _time(key["verified_at"], "milliseconds"),
    ]


def _about(facts: Facts, digest: str, json_name: str) -> str:
    counts = {
        name: ", ".join(f"{count} {word}" for word, count in found.items()) for name, found in facts["counts"].items()
    }
    return _definitions(
        [
            ("Run", f'<span class="mono">{_text(facts["run_id"])}</span>'),
            ("Mode", _text("plan (check mode)" if facts["mode"] == PLAN else facts["mode"])),
            ("State", _text(facts["state"])),
            ("Started", f"{_time(facts['started_at'], 'milliseconds')} UTC"),
            ("Finished", f"{_time(facts['finished_at'], 'milliseconds')} UTC" if facts["finished_at"] else "not yet"),
            ("Count of leavers", _text(counts["leavers"])),
            ("Count of keys", _text(counts["application_keys"])),
            ("Guards", _text(guards_text(facts))),
            ("Written by", _text(f"{facts['collection']} {facts['version']}")),
            ("SHA-256 of the JSON file", f"<code>{_text(digest)}</code>"),
            ("To check it", f"<code>sha256sum --check {_text(json_name)}.sha256</code>"),
        ]
    )


def _definitions(pairs: Iterable[tuple[str, str]]) -> str:
    return f'<dl class="facts card">{"".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs)}</dl>'


def _table(names: Sequence[str], rows: Iterable[Sequence[str]], kind: str) -> str:
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "\n".join(f"<tr>{''.join(map(_cell, names, row))}</tr>" for row in rows)
    table = f'<table class="{kind}"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>'
    return f'<div class="card">{table}</div>'


def _cell(name: str, content: str) -> str:
    # The name stands before the content where the table has no room for a head.
    return f'<td data-name="{name}">{content}</td>'


def _tag(word: str, colour: str | None = None) -> str:
    return f'<span class="tag {colour or COLOURS.get(word, "bad")}">{_plain(word)}</span>'


def _small(value: Any, kind: str = "") -> str:
    return f'<span class="small {kind}">{_text(value)}</span>' if value else ""


def _time(text: str | None, precision: str) -> str:
    """To the eye a date and a time, with the exact text behind it."""
    if not text:
        return ""
    moment = parse_timestamp(text)
    if moment is None:
        return _text(text)
    date, clock = moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat(" ", precision).split(" ")
    return f'<time datetime="{_plain(text)}"><span>{date}</span> <span>{clock}</span></time>'


def _text(value: Any) -> str:
    """Text from elsewhere: escaped, and its direction of writing kept from what stands around it."""
    return f"<bdi>{_plain(value)}</bdi>"


def _plain(value: Any) -> str:
    return html.escape(UNFIT.sub("\ufffd", str(value)))
