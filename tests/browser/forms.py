# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms that the evidence of a run can take, written to files by the code that writes them in a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import facts as evidence
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence import files, index
from ansible_collections.keywarden.datadog.plugins.plugin_utils._evidence.page import Look
from ansible_collections.keywarden.datadog.tests.helpers.evidence import finished, started, told

TEMPLATES = Path(__file__).resolve().parents[2] / "roles/offboard/templates"
ANN, BOB, CARL = "ann.smith@example.com", "bob.jones@example.com", "carl.weber@example.com"
LEAVERS = (
    {"email": ANN, "name": "Ann Smith", "ticket": "HR-1201", "left_at": "2026-03-31T17:00:00Z"},
    {"email": BOB, "name": "Bob Jones", "ticket": "HR-1202", "left_at": "2026-04-01"},
)
HOSTS = {
    "production": {"id": "8dee7c38-00cb-11ea-a77b-8b5a08d3b091", "name": "Example Production"},
    "europe": {"id": "1b5c9a44-7d1e-4a0e-9f55-0242ac120002", "name": None},
}
ADMIN = {
    "id": "7a0a1c5e-8c1d-4a53-9df1-4b1d7b0c1001",
    "email": "svc-offboarding@example.com",
    "handle": "svc-offboarding@example.com",
    "service_account": True,
}
AWX = {"job_id": "4711", "job_template_name": "Datadog offboarding", "user_name": "jane"}
RAN_BY = {"user": "awx", "host": "control.example.com", "ansible": "2.19.0", "awx": AWX}
# What a name can be, and what a person sees of it
NAMES = (
    "deploy pipeline",
    "terraform-cloud (production)",
    "grafana → datadog exporter",
    "\u05e9\u05dc\u05d5\u05dd (test)",
)
LONG = "a-name-without-a-blank-that-somebody-generated-" * 4
HOSTILE = (
    "=1+1",
    ";=1+1",
    "a;=1+1",
    'a; "=1+1',
    "\t=1+1",
    "a\t=1+1",
    "a\n=1+1",
    "a\r\n@SUM(1)",
    "@SUM(1)",
    "+1",
    "-1",
    " =1+1",
    "'=1+1",
    '"=1+1"',
    '";=1+1;"',
    '=HYPERLINK("https://example.com";"click")',
    "=cmd|' /C calc'!A1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(1)",
    "<script>document.title = 'run'</script>",
    "<img src=x onerror=\"document.title = 'run'\">",
)


def look(page: str = "evidence") -> Look:
    """How the role's pages look."""
    template, style = (TEMPLATES / name for name in (f"{page}.html.j2", "evidence.css"))
    return Look(template.read_text(encoding="utf-8"), style.read_text(encoding="utf-8"))


def credential(
    number: int, owner: str, outcome: str = "deleted", *, plan: bool = False, **changes: Any
) -> dict[str, Any]:
    """A row of a module's result."""
    tried = outcome in ("deleted", "failed", "unknown") and not plan
    return {
        "id": f"6f1d2c3b-4a59-4e68-8f70-{number:012x}",
        "name": NAMES[number % len(NAMES)],
        "last4": f"{number % 65536:04x}",
        "created_at": f"2025-{number % 12 + 1:02}-{number % 28 + 1:02}T09:30:00.123456+00:00",
        "last_used_at": "2026-03-30T01:02:03.000000+00:00" if number % 3 else None,
        "scopes": ["dashboards_read", "metrics_read", "monitors_write"] if number % 4 == 1 else None,
        "owner": {"id": owner},
        "outcome": outcome,
        "status_code": {"deleted": 204, "failed": 403}.get(outcome) if tried else None,
        "requested_at": f"2026-04-01T08:00:{number % 60:02}.001Z" if tried else None,
        "verified_at": f"2026-04-01T08:01:{number % 60:02}.002Z" if outcome == "deleted" and not plan else None,
        "message": None,
        **changes,
    }


def owner(email: str, total: int) -> dict[str, Any]:
    """The row of a person whom the organization knows."""
    account = f"3c0a7d64-5b1f-4b0e-9c43-{sum(email.encode()):012x}"
    disabled = email != BOB
    known = {"status": "resolved", "id": account, "email": email, "disabled": disabled, "complete": True}
    return {"query": email, **known, "total": total, "message": None, "matches": []}


def nobody(email: str, *similar: str) -> dict[str, Any]:
    """The row of a person whom the organization does not know."""
    message = f"Datadog knows nobody by {email} in this organization."
    matches = [{"email": one} for one in similar]
    return {"query": email, "status": "unknown", "message": message, "matches": matches}


def result(host: str, owners: Sequence[dict[str, Any]], rows: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """The result of a module; the rows of application keys."""
    about = {
        "caller": ADMIN,
        "organization": HOSTS[host],
        "site": {"europe": "datadoghq.eu"}.get(host, "datadoghq.com"),
    }
    return {"owners": list(owners), "application_keys": list(rows), **about, **more}


def tokens(known: dict[str, Any]) -> dict[str, Any]:
    """The result of the other module for the same people: one token of the first of them that has an account."""
    mine = [row for row in known["owners"] if row.get("id")][:1]
    where = list(HOSTS.values()).index(known["organization"])
    rows = [credential(900 + where, row["id"], last4=None, kind="personal") for row in mine]
    owners = [{**row, "total": len(rows) if row in mine else 0} if row.get("id") else row for row in known["owners"]]
    return {
        **{name: known[name] for name in ("caller", "organization", "site")},
        "owners": owners,
        "access_tokens": rows,
    }


def run(name: str, **settings: Any) -> dict[str, Any]:
    """The facts of a run that has just started."""
    usual = {
        "ran_by": RAN_BY,
        "kinds": ["application_keys", "access_tokens"],
        "guards": {"keep": ["6f1d2c3b-4a59-4e68-8f70-0000000000aa"], "max_keys": 20, "refuse_used_within": "1h"},
        "sla": "24h",
    }
    leavers = settings.pop("leavers", LEAVERS)
    facts = started(leavers, list(HOSTS), plan=name == "plan", **{**usual, **settings})
    facts["run_id"] = f"offboard-{'plan-' * (name == 'plan')}20260401T080000Z-{sum(name.encode()):06x}"
    return facts


def record(facts: dict[str, Any], host: str, known: dict[str, Any], *, both: bool = True, **more: Any) -> None:
    """Take the results of an organization's modules into the facts."""
    results = {"application_keys": known, **({"access_tokens": tokens(known)} if both else {})}
    evidence.record(facts, told(host, known, results=results, guards=facts["guards"], **more))


def plan() -> dict[str, Any]:
    """A rehearsal."""
    facts = run("plan")
    ann, bob = owner(ANN, 3), owner(BOB, 1)
    rows = [*(credential(number, ann["id"], plan=True) for number in range(3)), credential(7, bob["id"], plan=True)]
    rows[1].update(outcome="kept", message="It is named in keep.")
    record(facts, "production", result("production", [ann, bob], rows))
    record(facts, "europe", result("europe", [owner(ANN, 0), nobody(BOB, "bob.jones@partner.example.com")], []))
    return finished(facts)


def green() -> dict[str, Any]:
    """A run after which nothing is left."""
    facts = run(
        "green", approved_plan={"run_id": "offboard-plan-20260401T070000Z-0001b8", "sha256": "9f86d081884c7d65" * 4}
    )
    ann, bob = owner(ANN, 3), owner(BOB, 1)
    rows = [*(credential(number, ann["id"]) for number in range(3)), credential(7, bob["id"], "absent")]
    record(facts, "production", result("production", [ann, bob], rows))
    record(facts, "europe", result("europe", [owner(ANN, 0), nobody(BOB)], []))
    return finished(facts)


def amber() -> dict[str, Any]:
    """A run in which somebody was found nowhere."""
    facts = run("amber", leavers=[*LEAVERS, {"email": CARL, "ticket": "HR-1203"}])
    ann = owner(ANN, 2)
    rows = [credential(number, ann["id"]) for number in range(2)]
    carl = nobody(CARL, "karl.weber@example.com", "carl.webber@example.com")
    record(facts, "production", result("production", [ann, owner(BOB, 0), carl], rows))
    record(facts, "europe", result("europe", [nobody(ANN), nobody(BOB), carl], []))
    return finished(facts)


def red() -> dict[str, Any]:
    """A run that left something, after one that broke off; one organization could not be asked at all."""
    facts = run("red", leavers=[*LEAVERS, "ann.smith@example,com"])
    ann, bob = owner(ANN, 6), owner(BOB, 1)
    outcomes = ("deleted", "kept", "failed", "unknown", "absent", "refused")
    messages = {
        "kept": "It is named in keep.",
        "failed": "Datadog refused to delete it: HTTP 403 Forbidden. The permission org_app_keys_write is missing.",
        "unknown": "The reply to the delete was lost, and no read could tell what became of it.",
        "refused": "Datadog manages it for an integration. Reconnect the integration as someone else first.",
    }
    rows = [
        credential(number, ann["id"], outcome, message=messages.get(outcome)) for number, outcome in enumerate(outcomes)
    ]
    rows[2]["name"] = LONG
    rows.append(credential(7, bob["id"]))
    warning = "The site is given twice: datadoghq.com as an option, and another in the environment. The option counts."
    record(facts, "production", result("production", [ann, bob], rows, msg="Not all is gone.", warnings=[warning]))
    refused = {
        "msg": "Datadog does not accept these credentials at datadoghq.eu: HTTP 403 Forbidden. Look at the site."
    }
    evidence.record(facts, told("europe", refused, results={"application_keys": refused, "access_tokens": refused}))
    facts["notes"].append("The member department is not known here; it was ignored.")
    for number, settled in enumerate(("gone", "failed in this run")):
        row = credential(number, ann["id"], "unknown")
        kept = ("id", "name", "outcome", "requested_at", "verified_at", "message")
        before = {"run_id": "offboard-20260331T180000Z-0a1b2c", "started_at": "2026-03-31T18:00:00.000Z"}
        about = {"leaver": ANN, "organization": "production", "kind": "application key", "settled": settled}
        facts["earlier"].append({**before, **{name: row[name] for name in kept}, **about})
    return finished(facts)


def interrupted() -> dict[str, Any]:
    """A run of which the start and the first organization are on disk."""
    facts = run("interrupted")
    ann, bob = owner(ANN, 2), owner(BOB, 0)
    record(
        facts, "production", result("production", [ann, bob], [credential(number, ann["id"]) for number in range(2)])
    )
    evidence.count(facts)
    return facts


def many(count: int) -> dict[str, Any]:
    """A run of this many credentials, half of them of each leaver."""
    facts = run("many")
    owners = [owner(ANN, count // 2), owner(BOB, count - count // 2)]
    rows = [credential(number, owners[number % 2]["id"]) for number in range(count)]
    record(facts, "production", result("production", owners, rows), both=False)
    record(facts, "europe", result("europe", [nobody(ANN), nobody(BOB)], []), both=False)
    return finished(facts)


def hostile() -> dict[str, Any]:
    """A run in which all that people can name is made to be taken for something else."""
    leavers = [{"email": ANN, "name": HOSTILE[0], "ticket": HOSTILE[1]}, {"email": BOB, "name": HOSTILE[4]}]
    facts = run("hostile", leavers=leavers)
    ann = owner(ANN, len(HOSTILE))
    rows = [
        credential(number, ann["id"], "failed", name=name, message=name, scopes=[name])
        for number, name in enumerate(HOSTILE)
    ]
    record(
        facts, "production", result("production", [ann, owner(BOB, 0)], rows, warnings=list(HOSTILE)), name=HOSTILE[2]
    )
    record(facts, "europe", result("europe", [nobody(ANN), nobody(BOB)], []), name=HOSTILE[3])
    return finished(facts)


FORMS = {form.__name__: form for form in (plan, green, amber, red, interrupted)}


def write(directory: Path, facts: dict[str, Any]) -> Path:
    """Write a run as the action plugin does. The path of its page."""
    home = directory / facts["run_id"]
    home.mkdir(parents=True)
    report = home / f"{home.name}.json"
    files.write(str(report), facts, look())
    return Path(files.paths(str(report))["html"])


def write_index(directory: Path) -> Path:
    """Write the index over all runs of a directory. The path of its page."""
    return Path(index.update(str(directory), look("index")))
