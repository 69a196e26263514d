"""How the page looks: light, dark and on paper, by the reader's own setting."""

from __future__ import annotations

import base64
import hashlib

CSS = """
:root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1c2230;--soft:#667085;--line:#e4e2dc;
--grid:#ecebe6;
--good:#157f5b;--good-back:#e2f4ec;--open:#8a5a00;--open-back:#fbf0d9;--tier:#7a8699;--beyond:#d9480f18;
--margin:#c2410c;
--mode-0:#0e9384;--mode-1:#2f6fde;--mode-2:#8b4fc6;--mode-3:#c9661b;--mode-4:#b83280;
--share-0:#9fd8cb;--share-1:#a9c7f5;--share-2:#cdb6ec;--share-3:#f5c99b;--share-4:#f0abc9;--share-5:#d8d18c;
--share-6:#b4c0cf;--share-7:#e2a59a;--on:#1c2230}
@media (prefers-color-scheme:dark){:root{--paper:#14171d;--card:#1c2028;--ink:#e7e9ee;--soft:#98a2b3;
--line:#2e343f;
--grid:#272c36;--good:#5fd3a5;--good-back:#143528;--open:#f0c36a;--open-back:#3a2e14;--tier:#93a0b5;
--beyond:#f9731620;
--margin:#fb923c;--mode-0:#2dd4bf;--mode-1:#6ea8ff;--mode-2:#c08cf5;--mode-3:#f59e56;--mode-4:#f472b6}}
@media print{:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--grid:#ddd}
.prompts details:not([open])>*:not(summary){display:none}section,figure,.card,tr{break-inside:avoid}nav{
display:none}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",
sans-serif}
main{max-width:1000px;margin:0 auto;padding:40px 24px 80px}
h1{font-size:34px;line-height:1.15;letter-spacing:-.02em;margin:0 0 6px}
h2{font-size:22px;letter-spacing:-.01em;margin:52px 0 6px}
.card h3+div{white-space:nowrap}
h3{font-size:16px;margin:24px 0 6px}
p{margin:6px 0 12px;max-width:75ch}
.soft,.legend,figcaption{color:var(--soft);font-size:14px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:16px;margin:24px 0 8px}
.card{background:var(--card);border:1px solid var(--line);border-top:4px solid var(--tint,var(--line));
border-radius:12px;
padding:18px 20px}
.card h3{margin:0;color:var(--tint)}
.big{font-size:44px;line-height:1.1;font-weight:700;letter-spacing:-.03em;margin:8px 0 0}
.card dl{display:grid;grid-template-columns:auto 1fr;gap:2px 12px;margin:12px 0;font-size:14px}
.card dt{color:var(--soft)}.card dd{margin:0;text-align:right;font-variant-numeric:tabular-nums}
.chip{display:block;border-radius:8px;padding:6px 10px;font-size:13px;line-height:1.4}
.chip.good{color:var(--good);background:var(--good-back)}.chip.open{color:var(--open);
background:var(--open-back)}
figure{margin:14px 0;background:var(--card);border:1px solid var(--line);border-radius:12px;
padding:18px 18px 10px;
overflow-x:auto}
svg{display:block;width:100%;min-width:640px;height:auto;font:12px system-ui,-apple-system,"Segoe UI",
sans-serif}
svg text{fill:var(--ink)}svg .tick,svg .axis{fill:var(--soft)}svg .strong{font-weight:650}svg .on{
fill:var(--on);
font-weight:600}
.grid{stroke:var(--grid)}.zero{stroke:var(--soft)}.margin{stroke:var(--margin);stroke-dasharray:5 4}
.beyond{fill:var(--beyond)}.frontier{fill:none;stroke:var(--ink);stroke-opacity:.35;stroke-width:2;
stroke-linejoin:round}.curve{fill:none;stroke-width:2.2;stroke-linejoin:round}
.whisker{fill:none;stroke-width:2.2}.spread{stroke-width:2;stroke-opacity:.38}
.mark{stroke:var(--card);stroke-width:1.2}.mark.tier{fill:var(--tier)}.mark.ring{fill:none;
stroke:var(--ink);
stroke-width:1.8}
.legend span{display:inline-block;margin:0 16px 4px 0}.legend i{display:inline-block;width:12px;height:12px;
border-radius:3px;margin-right:6px;vertical-align:-1px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}
th:first-child,td:first-child,.left{text-align:left}
thead th{color:var(--soft);font-weight:600}table.sorts thead th{cursor:pointer}
tbody th{font-weight:550}
details{border-bottom:1px solid var(--line)}
summary{cursor:pointer;padding:8px 4px;list-style-position:outside}
summary .soft{margin-left:8px}
td .soft{display:block;font-size:12px;white-space:nowrap}td,dd{white-space:nowrap}td.left,td:first-child{
white-space:normal}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--paper);border:1px solid var(--line);
border-radius:8px;
padding:10px 12px;margin:6px 0;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;max-height:420px;
overflow:auto}
.inner{padding:4px 4px 16px 18px}
li{margin:3px 0}
nav a{color:inherit;margin-right:16px;font-size:14px;color:var(--soft)}
"""

SCRIPT = """
for (const table of document.querySelectorAll("table.sorts")) {
  table.querySelectorAll("thead th").forEach((head, place) => head.addEventListener("click", () => {
    const body = table.tBodies[0], value = row => row.cells[place].dataset.v ?? row.cells[place].textContent;
    const down = head.dataset.down = head.dataset.down === "1" ? "0" : "1";
    [...body.rows].sort((a, b) => {
      const x = value(a), y = value(b), order = isNaN(x - y) ? x.localeCompare(y) : x - y;
      return down === "1" ? -order : order;
    }).forEach(row => body.append(row));
  }));
}
"""


def policy() -> str:
    """Return the page's content policy: this style, this script, and nothing from anywhere."""
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
