"""The page of an explanation: HTML, CSS and JavaScript in one file, which loads nothing."""

from __future__ import annotations

import json
from typing import Any


def page(title: str, data: dict[str, Any]) -> str:
    """The page of `data` of `explain.Explanation`. No text in `data` can end the page's script."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    shown = title.replace("&", "&amp;").replace("<", "&lt;")
    return (
        PAGE.replace("@TITLE@", shown)
        .replace("@STYLE@", STYLE)
        .replace("@SCRIPT@", SCRIPT.replace("@DATA@", text))
    )


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>@TITLE@</title>
<link rel="icon" href="data:,"><style>@STYLE@</style></head><body>
<nav><h1>@TITLE@</h1><input id="search" type="search" placeholder="search (/)">
<label><input id="changes" type="checkbox"> only what changed</label><ol id="steps"></ol>
<p class="hint">↑ ↓ other passes. Point at a line: where it comes from. Click: all that comes from
the same source line.</p></nav>
<main><header><h2 id="name"></h2><span id="summary"></span>
<span id="tabs"></span></header>
<section id="panes"><div class="pane" id="before"></div><div class="pane" id="after"></div>
</section>
<section id="other"></section><footer id="detail"></footer></main>
<script>@SCRIPT@</script></body></html>
"""

STYLE = """
:root { color-scheme: light dark; --bg: #fff; --fg: #1d2330; --line: #d9dee8; --soft: #f4f6fa;
  --new: #d9f5df; --gone: #fbdcdc; --changed: #fdf0cc; --pick: #cfe2ff; --dim: #7a8394; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171d; --fg: #dbe0ea; --line: #313744;
  --soft: #1c2028; --new: #173d22; --gone: #4a2024; --changed: #453a16; --pick: #1e3a66;
  --dim: #8a93a5; } }
* { box-sizing: border-box; }
body { margin: 0; display: flex; height: 100vh; background: var(--bg); color: var(--fg);
  font: 14px system-ui, sans-serif; }
nav { width: 19em; flex: none; border-right: 1px solid var(--line); padding: 12px; overflow: auto;
  background: var(--soft); }
h1 { font-size: 16px; overflow-wrap: anywhere; } h2 { font-size: 16px; margin: 0 12px 0 0; }
nav input[type=search] { width: 100%; margin-bottom: 8px; padding: 4px; }
ol { padding: 0; list-style: none; counter-reset: n; }
ol li { padding: 4px 6px; border-radius: 4px; cursor: pointer; display: flex; gap: 6px; }
ol li::before { counter-increment: n; content: counter(n); color: var(--dim); width: 1.6em; }
ol li.idle { color: var(--dim); } ol li.here { background: var(--pick); }
ol li b { font-weight: 500; flex: 1; } ol li i { font-style: normal; color: var(--dim); }
.hint, #summary { color: var(--dim); font-size: 12px; }
main { flex: 1; display: flex; flex-direction: column; min-width: 0; }
header { padding: 10px 12px; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap;
  align-items: baseline; }
#tabs { margin-left: auto; } #tabs button { margin-left: 4px; } #tabs .here { font-weight: bold; }
#panes { flex: 1; display: flex; min-height: 0; } #other { flex: 1; overflow: auto; padding: 12px; }
.pane { flex: 1; overflow: auto; min-width: 0; border-right: 1px solid var(--line);
  padding: 6px 0; } .pane::before { content: attr(data-title); padding: 0 8px; color: var(--dim);
  font-size: 12px; }
.pane div, #other .source div { font: 12px/1.5 ui-monospace, monospace; white-space: pre;
  padding: 0 8px; width: max-content; min-width: 100%; }
.new { background: var(--new); } .gone { background: var(--gone); }
.changed { background: var(--changed); } .picked { background: var(--pick) !important; }
.found { outline: 1px solid #d08a00; } .fold { color: var(--dim); }
footer { border-top: 1px solid var(--line); padding: 8px 12px; min-height: 4.5em; font-size: 13px; }
table { border-collapse: collapse; } td, th { padding: 3px 10px; text-align: left;
  border-bottom: 1px solid var(--line); vertical-align: top; }
svg rect { fill: var(--soft); stroke: var(--dim); } svg .argument rect { fill: var(--pick); }
svg .stored rect { fill: var(--changed); } svg .shared rect { stroke-dasharray: 4 3; }
svg path { fill: none; stroke: var(--dim); } svg text { font: 12px ui-monospace, monospace;
  fill: var(--fg); } svg g.picked rect { stroke-width: 3; stroke: #2f6fdd; }
.error { color: #c0392b; padding: 8px 12px; }
"""

SCRIPT = """
"use strict";
const data = @DATA@;
const STATES = ["", "new", "changed", "gone", "same"];
const $ = id => document.getElementById(id);
const state = { step: 0, tab: "program", place: null, find: "" };

function element(tag, text, kind) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

const changes = step => step.after.filter(l => l[1] === 1 || l[1] === 2).length
  + step.before.filter(l => l[1] === 3).length;

// Far from any change, lines are folded when only changes are to be shown.
function near(lines, at) {
  for (let k = Math.max(0, at - 2); k <= at + 2 && k < lines.length; k++)
    if (lines[k][1] > 0 && lines[k][1] < 4) return true;
  return false;
}

function fill(pane, lines) {
  pane.replaceChildren();
  let folded = 0;
  const flush = () => {
    if (folded) pane.append(element("div", `⋯ ${folded} lines`, "fold"));
    folded = 0;
  };
  lines.forEach((line, at) => {
    if ($("changes").checked && !near(lines, at)) { folded++; return; }
    flush();
    const [text, mark, origin] = line;
    const row = element("div", data.texts[text] || " ", STATES[mark]);
    row.dataset.origin = origin;
    pane.append(row);
  });
  flush();
}

function mark() {
  for (const row of document.querySelectorAll("[data-origin]")) {
    const places = data.origins[row.dataset.origin][0];
    row.classList.toggle("picked", state.place !== null && places.includes(state.place));
    row.classList.toggle("found", state.find !== "" && row.textContent.includes(state.find));
  }
  for (const row of document.querySelectorAll("[data-place]"))
    row.classList.toggle("picked", row.dataset.place === state.place);
  for (const node of document.querySelectorAll("[data-places]"))
    node.classList.toggle("picked", node.dataset.places.split("\\n").includes(state.place));
}

function detail(row) {
  const [places, rules, rule] = data.origins[row.dataset.origin];
  const box = $("detail");
  box.replaceChildren();
  if (rule) box.append(element("div", `made in this pass by ${rule}`));
  if (rules.length) box.append(element("div", "rules, the latest first: " + rules.join(" ← ")));
  for (const place of places.slice(0, 4)) {
    const at = place.lastIndexOf(":");
    const text = (data.sources[place.slice(0, at)] || [])[+place.slice(at + 1) - 1];
    box.append(element("div", place + (text === undefined ? "" : "   " + text.trim())));
  }
}

function table(head, rows) {
  const made = element("table"), top = element("tr");
  head.forEach(name => top.append(element("th", name)));
  made.append(top);
  for (const row of rows) {
    const line = element("tr");
    row.forEach(cell => line.append(element("td", cell)));
    made.append(line);
  }
  return made;
}

const TABS = {
  program: () => [],
  graph: step => Object.entries(step.graphs).flatMap(([name, picture]) => {
    const box = element("div");
    box.innerHTML = picture; // made by letgrad, with all texts escaped
    return [element("h3", "@" + name), box];
  }),
  kernels: step => step.kernels.length
    ? [table(["kernel", "loops", "results", "flops", "from"], step.kernels)]
    : [element("p", "There are no kernels after this pass.")],
  rules: step => [table(["rule", "times"], Object.entries(step.rules))],
  remarks: step => step.remarks.length
    ? [table(["pass", "kind", "rule", "at", "remark"], step.remarks.map(r =>
        [r.pass, r.kind, r.rule, r.file === null ? "" : `${r.file}:${r.line}`, r.text]))]
    : [element("p", "This pass made no remarks.")],
  source: () => Object.entries(data.sources).flatMap(([name, lines]) => {
    const box = element("div", undefined, "source");
    lines.forEach((text, at) => {
      const row = element("div", `${String(at + 1).padStart(4)}  ${text}`);
      row.dataset.place = `${name}:${at + 1}`;
      box.append(row);
    });
    return [element("h3", name), box];
  }),
};

function show() {
  const step = data.steps[state.step];
  [...$("steps").children].forEach((li, k) => li.classList.toggle("here", k === state.step));
  $("tabs").replaceChildren(...Object.keys(TABS).map(name => {
    const button = element("button", name, name === state.tab ? "here" : "");
    button.onclick = () => { state.tab = name; show(); };
    return button;
  }));
  if (!step) {
    $("panes").style.display = "none";
    $("other").replaceChildren(...TABS.source());
    return;
  }
  $("name").textContent = step.name;
  $("summary").textContent = step.after.length
    ? `${step.ops[0]} → ${step.ops[1]} ops, ${step.ms} ms, ${changes(step)} lines changed`
    : `failed after ${step.ms} ms`;
  $("panes").style.display = state.tab === "program" ? "" : "none";
  $("other").style.display = state.tab === "program" ? "none" : "";
  if (state.tab === "program") { fill($("before"), step.before); fill($("after"), step.after); }
  else $("other").replaceChildren(...TABS[state.tab](step));
  $("detail").replaceChildren();
  mark();
}

function go(to) {
  state.step = Math.max(0, Math.min(data.steps.length - 1, to));
  show();
  const here = $("steps").children[state.step];
  if (here) here.scrollIntoView({ block: "nearest" });
}

data.steps.forEach((step, k) => {
  const li = element("li", undefined, changes(step) ? "" : "idle");
  li.append(element("b", step.name), element("i", changes(step) ? `±${changes(step)}` : ""));
  li.onclick = () => go(k);
  $("steps").append(li);
});
$("before").dataset.title = "before";
$("after").dataset.title = "after";
$("changes").onchange = show;
$("search").oninput = event => { state.find = event.target.value; mark(); };
document.addEventListener("mouseover", event => {
  const row = event.target.closest("[data-origin]");
  if (row) detail(row);
});
document.addEventListener("click", event => {
  const row = event.target.closest("[data-origin], [data-place], [data-places]");
  if (!row) return;
  const places = row.dataset.origin !== undefined ? data.origins[row.dataset.origin][0]
    : row.dataset.place !== undefined ? [row.dataset.place] : row.dataset.places.split("\\n");
  state.place = places[0] === state.place || !places.length || !places[0] ? null : places[0];
  mark();
});
document.addEventListener("keydown", event => {
  if (event.target.tagName === "INPUT") return;
  const by = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
  if (by) { event.preventDefault(); go(state.step + by); }
  if (event.key === "/") { event.preventDefault(); $("search").focus(); }
});
if (data.error) document.querySelector("main").prepend(element("div", data.error, "error"));
go(Math.max(0, data.steps.findIndex(changes)));
"""
