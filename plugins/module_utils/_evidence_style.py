# Copyright (c) 2026, the keywarden.datadog contributors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

# Private to this collection: it may change in any release.
"""How the evidence page looks: on a wide and a narrow screen, light and dark, and on paper."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --ink: #1a1d24; --soft: #596070; --line: #dfe3ea; --head: #eef1f5;
  --good: #12703f; --good-bg: #e2f4ea; --bad: #ac1f2d; --bad-bg: #fde8ea;
  --wait: #855100; --wait-bg: #fdf0d6; --plan: #3a41b3; --plan-bg: #e8eafc; --calm: #4a5162; --calm-bg: #e9ecf1;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #12141a; --card: #1b1e26; --ink: #e7e9ee; --soft: #9ea5b4; --line: #2f3440; --head: #232731;
    --good: #6bd69b; --good-bg: #14331f; --bad: #ff909a; --bad-bg: #421b21;
    --wait: #f3c063; --wait-bg: #3b2c0e; --plan: #adb3ff; --plan-bg: #262a57; --calm: #b4bac8; --calm-bg: #2c313c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2.5rem 1.5rem 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif;
}
main { max-width: 78rem; margin: 0 auto; }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; }
h2 { margin: 2.75rem 0 .75rem; font-size: 1.25rem; letter-spacing: -.01em; }
h3 { margin: 1.75rem 0 .5rem; font-size: 1rem; overflow-wrap: anywhere; }
p { margin: .25rem 0; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: 3px; }
a:hover { text-decoration-color: currentColor; }
td { overflow-wrap: break-word; }
bdi, dd { overflow-wrap: anywhere; }
code, .mono { font: .86em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono", monospace; }
.soft { color: var(--soft); }
.small { display: block; font-size: .84em; color: var(--soft); }
.verdict { margin: 1.5rem 0 1rem; padding: 1.1rem 1.35rem; border-radius: 10px; border-left: 6px solid currentColor; }
.verdict strong { display: block; font-size: 1.2rem; }
.verdict p { color: var(--ink); overflow-wrap: anywhere; }
.good { color: var(--good); background: var(--good-bg); }
.bad { color: var(--bad); background: var(--bad-bg); }
.wait { color: var(--wait); background: var(--wait-bg); }
.plan { color: var(--plan); background: var(--plan-bg); }
.calm { color: var(--calm); background: var(--calm-bg); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 0; }
.tiles div { padding: .85rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tiles dt { color: var(--soft); font-size: .88em; }
.tiles dd { margin: 0; font-size: 1.75rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tiles .bad, .tiles .bad dt { color: var(--bad); }
.tag {
  display: inline-block; padding: .08rem .6rem; border-radius: 99px; font-size: .84em; font-weight: 600;
  white-space: nowrap;
}
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { width: 100%; border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums; }
th, td { padding: .55rem .85rem; text-align: left; vertical-align: top; }
th {
  position: sticky; top: 0; background: var(--head); color: var(--soft); font-size: .84em; font-weight: 600;
  white-space: nowrap;
}
th:first-child { border-radius: 9px 0 0; }
th:last-child { border-radius: 0 9px 0 0; }
tbody tr + tr td { border-top: 1px solid var(--line); }
time span { white-space: nowrap; }
.keys td:first-child { min-width: 19rem; }
.keys td:nth-child(4) { min-width: 9rem; }
.leavers td:first-child { min-width: 12rem; }
.leavers td:nth-child(2) { min-width: 10.5rem; }
.leavers td:nth-child(5) { white-space: nowrap; }
.note { min-width: 14rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.5rem; margin: 0; padding: 1rem 1.25rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; }
.end { margin-top: 1.25rem; }
ul.card { margin: 0; padding: .85rem 1.25rem .85rem 2.4rem; }
li { margin: .25rem 0; overflow-wrap: anywhere; }

@media screen and (max-width: 46rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.6rem; }
  thead { display: none; }
  table, tbody, tr, td { display: block; }
  tbody tr { padding: .6rem 1rem; }
  tbody tr + tr { border-top: 1px solid var(--line); }
  tbody tr + tr td { border-top: 0; }
  td { position: relative; padding: .18rem 0 .18rem 7.5rem; }
  td::before {
    content: attr(data-name); position: absolute; left: 0; color: var(--soft); font-size: .84em; line-height: 1.8;
  }
  td:empty { display: none; }
  td:first-child { padding-left: 0; font-weight: 600; }
  .leavers td:nth-child(n), .keys td:nth-child(n), .note { min-width: 0; }
  td:first-child::before { content: none; }
  td:first-child .small, td:first-child .soft { font-weight: 400; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: .6rem; }
}

@media print {
  @page { size: A4 landscape; margin: 13mm; }
  body { padding: 0; background: none; font-size: 8.5pt; line-height: 1.35; }
  h1 { font-size: 18pt; }
  h2 { margin-top: 16pt; }
  main { max-width: none; }
  h2, h3 { break-after: avoid; }
  tr, .verdict, .tiles div, .facts { break-inside: avoid; }
  thead { display: table-header-group; }
  th { position: static; }
  th, td { padding: 2pt 5pt; }
  .keys td:first-child { min-width: 15rem; }
  .tag { padding: 0 5pt; }
  a { text-decoration: none; }
  .good, .bad, .wait, .plan, .calm, th { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
