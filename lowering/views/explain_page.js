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
    node.classList.toggle("picked", node.dataset.places.split("\n").includes(state.place));
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
    : row.dataset.place !== undefined ? [row.dataset.place] : row.dataset.places.split("\n");
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
