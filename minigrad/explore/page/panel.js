/**
 * The side panel: everything that the record knows of one node or group at one step.
 *
 * @import { Model } from "./record.js"
 * @import { Item, Box } from "./structure.js"
 * @typedef {{item: Item | null, t: number, pinned: boolean, act: (what: string) => void}} Shown
 */
import { ACCUMULATE, ARRIVE, KINDS, RULE, SEED, UNBROADCAST, bytes, short, situation, tuple } from "./record.js";
import { isBox } from "./structure.js";

/** An element. @param {string} tag @param {{[a: string]: any}} [attributes] @param {(Node | string | null)[]} inner @returns {any} */
export function h(tag, attributes = {}, ...inner) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...inner.filter((e) => e !== null));
  return element;
}

const LOW = [11, 99, 165];
const HIGH = [213, 94, 0];

/** Blue below zero, orange above, the ground at zero. @param {number} v from -1 to 1 */
function shade(v) {
  const ground = document.documentElement.dataset.theme === "dark" ? [28, 34, 41] : [255, 255, 255];
  const end = v < 0 ? LOW : HIGH;
  const k = Math.sqrt(Math.min(1, Math.abs(v)));
  return ground.map((g, i) => Math.round(g + (end[i] - g) * k));
}

/** @param {Model} model @param {HTMLElement} panel @param {Shown} shown */
export function showPanel(model, panel, { item, t, pinned, act }) {
  const open = new Set([...panel.querySelectorAll("details[open]")].map((d) => d.id));
  const before = document.activeElement?.id;
  if (!item) {
    panel.replaceChildren(h("h2", {}, "Nothing runs here"), h("p", { class: "soft" }, "Choose a box, or step on."));
    return;
  }
  const button = (/** @type {string} */ id, /** @type {string} */ text, /** @type {string} */ title) => h("button", { id, title, onclick: () => act(id) }, text);
  const parts = [h("h2", {}, item.title + (isBox(item) && item.badge ? ` ${item.badge}` : ""))];
  parts.push(h("div", { class: "buttons" },
    button("producer", "↑ producer", "To what made its input (↑)"),
    button("consumer", "↓ consumer", "To what uses it (↓)"),
    button("path", "path to the loss", "Light the path to the loss (p)"),
    isBox(item) ? button("alone", "alone", "Show this group alone (e)") : null,
    isBox(item) ? button("toggle", "open or close", "Open or close (Enter)") : null,
    pinned ? button("unpin", "✕ follow time", "Let the panel follow time again (Esc)") : null,
  ));
  if (isBox(item)) parts.push(...ofGroup(model, item, t));
  else parts.push(...ofNode(model, item.id, t));
  panel.replaceChildren(...parts);
  for (const id of open) panel.querySelector(`details#${id}`)?.setAttribute("open", "");
  if (before && panel.querySelector(`#${before}`)) /** @type {HTMLElement} */ (panel.querySelector(`#${before}`)).focus();
}

/** @param {Model} model @param {Box} box @param {number} t */
function ofGroup(model, box, t) {
  const rows = new Set(box.ids);
  const blocks = new Map();
  model.kept.node.forEach((/** @type {number} */ node, /** @type {number} */ k) => rows.has(node) && blocks.set(model.kept.block[k], Math.max(model.kept.bytes[k], blocks.get(model.kept.block[k]) ?? 0)));
  const total = [...blocks.values()].reduce((a, b) => a + b, 0);
  if (box.kind === "leaves") return [h("p", { class: "soft" }, `${box.ids.length} leaves that one operation takes. Of the last:`), ...arraysOf(model, box.ids[box.ids.length - 1], t, "value")];
  const parts = [h("p", { class: "soft" }, `${box.count} operations, of which ${box.ids.filter((i) => situation(model, i, t).made).length} have run; together they keep ${bytes(total)} for the backward pass.`)];
  let around = box.parent;
  while (around && around.kind !== "module") around = around.parent;
  if (around) parts.push(h("p", {}, "in ", h("code", {}, moduleOf(model, Number(around.key.slice(1))))));
  if (box.last) parts.push(...arraysOf(model, box.last.id, t, "output"));
  return parts;
}

/** @param {Model} model @param {number} id @param {number} t @param {string} word */
function arraysOf(model, id, t, word) {
  const now = situation(model, id, t);
  const parts = [];
  if (now.value >= 0) parts.push(...array(model, now.value, word));
  else parts.push(h("p", { class: "soft" }, now.made ? `Its ${word} is not in this record.` : "It has not run yet."));
  if (now.gradient >= 0 && now.receives) {
    const steps = model.steps;
    const later = model.at[id].filter((s) => s <= t && (steps.kind[s] === ARRIVE || steps.kind[s] === SEED)).length;
    parts.push(...array(model, now.gradient, now.visited || model.nodes.kind[id] ? "gradient" : `gradient so far, ${later} ${later === 1 ? "term" : "terms"}`));
  }
  if (now.grad >= 0) parts.push(...array(model, now.grad, now.written ? ".grad" : ".grad before this pass"));
  return parts;
}

/** The module of a node, with those around it. @param {Model} model @param {number} group */
function moduleOf(model, group) {
  const { name, kind, parent, call } = model.groups;
  const names = [];
  for (let g = group; g >= 0; g = parent[g]) names.unshift(name[g] || kind[g]);
  return `${names.join(".")} · ${kind[group]}${call[group] ? `, call ${call[group] + 1}` : ""}`;
}

/** @param {Model} model @param {number} id @param {number} t */
function ofNode(model, id, t) {
  const { nodes, steps, kept } = model;
  const op = model.operation(id);
  const kind = ["operation", "leaf: requires a gradient", "constant: no gradient"][nodes.kind[id]];
  const parts = [h("p", { class: "soft" }, `${kind} · ${tuple(model.shapeOf(id))} ${model.dtypeOf(id)}${nodes.settings[id] ? ` · ${nodes.settings[id]}` : ""}`)];
  if (nodes.group[id] >= 0) parts[0].append(h("br"), "in ", h("code", {}, moduleOf(model, nodes.group[id])));
  if (op?.torch) parts[0].append(h("br"), `PyTorch: ${op.torch}`);
  const here = t >= 0 && steps.node[t] === id;
  if (here && [RULE, UNBROADCAST, ARRIVE, ACCUMULATE].includes(steps.kind[t])) {
    parts.push(h("h3", {}, `This step: ${KINDS[steps.kind[t]]}`));
    if (steps.before[t] >= 0) parts.push(...array(model, steps.before[t], "before"));
    if (steps.term[t] >= 0 && steps.term[t] !== steps.array[t]) parts.push(...array(model, steps.term[t], "the term that is added"));
    parts.push(...array(model, steps.array[t], steps.kind[t] === RULE ? "the rule's answer" : "after"));
  }
  parts.push(...arraysOf(model, id, t, "value"));

  const line = model.line(id);
  if (line) parts.push(h("h3", {}, line.place));
  if (line?.text) parts.push(h("pre", {}, line.text));
  if (op) {
    const inputs = [];
    for (let e = 0; e < model.edges.to.length; e++) if (model.edges.to[e] === id) inputs.push(`${model.argument(e)} = ${model.name(model.edges.from[e])}`);
    if (op.rules.length) parts.push(h("h3", {}, "Its rule, where g is its gradient"));
    const argument = here && [RULE, UNBROADCAST].includes(steps.kind[t]) ? model.argument(steps.edge[t]) : "";
    for (const rule of op.rules) parts.push(h("pre", { class: argument && rule.inputs.includes(argument) ? "now" : "" }, `${rule.source.includes("\n") ? `# for ${rule.inputs.join(", ")}\n` : `${rule.inputs.join(", ")}: `}${rule.source}`));
    if (inputs.length) parts.push(h("p", { class: "soft" }, `where ${inputs.join(", ")}`));
    parts.push(h("details", { id: "forward", open: !op.forward.includes("\n") }, h("summary", {}, "Forward"), h("pre", {}, op.forward)));
    if (op.doc) parts.push(h("h3", {}, "What it does"), h("p", { class: "doc" }, op.doc.trim()));
  }
  const rows = kept.node.flatMap((/** @type {number} */ node, /** @type {number} */ k) => (node === id ? [k] : []));
  if (op && model.raw.kind) {
    const freed = nodes.freed[id];
    const until = freed >= 0 ? (freed <= t ? `freed at step ${freed + 1}` : `until step ${freed + 1}`) : "to the end of this record";
    parts.push(h("h3", {}, rows.length ? `Kept for the backward pass, ${until}` : "Keeps nothing for the backward pass"));
    if (rows.length) parts.push(h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Kept arrays" }, h("table", {},
      h("tr", {}, ...["array", "bytes", "shared with"].map((c) => h("th", { scope: "col" }, c))),
      ...rows.map((/** @type {number} */ k) => {
        const others = new Set(kept.node.flatMap((/** @type {number} */ node, /** @type {number} */ j) => (kept.block[j] !== kept.block[k] || j === k ? [] : [node === id ? kept.name[j] : model.name(node)])));
        const source = kept.source[k] >= 0 && kept.source[k] !== id ? ` (the value of ${model.name(kept.source[k])})` : "";
        return h("tr", {}, h("th", { scope: "row" }, kept.name[k] + source), h("td", {}, bytes(kept.bytes[k])), h("td", {}, [...others].slice(0, 4).join(", ") || "nobody"));
      }))));
  }
  const times = [["forward", nodes.forward_ns?.[id]], ["backward", nodes.backward_ns?.[id]]].filter(([, ns]) => ns > 0);
  if (times.length) parts.push(h("h3", {}, "Time, run again alone"), h("p", {}, times.map(([w, ns]) => `${w} ${short(ns / 1000, 3)} µs`).join(", ")));
  else if (op && model.length) parts.push(h("p", { class: "soft" }, "Time, forward and backward: ", h("code", {}, "mg.explore(times=True)")));
  const checks = model.raw.checks;
  const check = checks ? checks.node.indexOf(id) : -1;
  if (check >= 0) parts.push(h("h3", {}, "gradcheck"), h("p", { class: checks.passed[check] ? "" : "nan" }, `${checks.passed[check] ? "passed" : "failed"}: largest error ${checks.absolute[check]} (relative ${checks.relative[check]}). ${checks.worst[check]}`));
  return parts;
}

/** Numbers, heat map or picture, histogram and statistics of one array. @param {Model} model @param {number} a @param {string} word */
function array(model, a, word) {
  if (a < 0) return [];
  const s = model.stats(a);
  const parts = [h("h3", {}, `${word} `, h("span", {}, `${tuple(s.shape)} ${s.dtype}`))];
  if (s.count === 1) {
    parts.push(h("div", { class: `big${Number.isFinite(s.mean) ? "" : " nan"}` }, short(s.nan ? NaN : s.inf && Number.isFinite(s.mean) ? Infinity : s.mean, 8)));
    return parts;
  }
  if (!s.count) return [...parts, h("p", { class: "soft" }, "empty: it has no elements")];
  const numbers = model.numbers(a);
  const heat = model.heat(a);
  if (numbers) parts.push(grid(numbers, s.shape, word));
  else if (heat) parts.push(...map(heat, word));
  const bars = model.histogram(a);
  if (bars && !numbers) {
    const top = Math.max(1, ...bars.counts);
    const n = bars.counts.length;
    const picture = `<svg class="bars" viewBox="0 0 ${n} 100" preserveAspectRatio="none" role="img" aria-label="histogram of ${word}, from ${short(bars.low)} to ${short(bars.high)}">${bars.counts.map((c, i) => `<rect x="${i + 0.05}" width="0.9" y="${100 - (98 * c) / top}" height="${(98 * c) / top}"></rect>`).join("")}</svg>`;
    const div = h("div");
    div.innerHTML = picture;
    parts.push(div, h("div", { class: "scale" }, h("span", {}, short(bars.low)), h("span", {}, short(bars.high))));
  }
  const facts = [["mean", short(s.mean)], ["std", short(s.std)], ["min", short(s.min)], ["max", short(s.max)], ["zeros", `${short(100 * s.zeros, 3)} %`]];
  parts.push(h("dl", { class: "stats" }, ...facts.flatMap(([k, v]) => [h("dt", {}, k), h("dd", {}, v)]),
    ...[["NaN", s.nan], ["infinite", s.inf]].filter(([, n]) => n).flatMap(([k, n]) => [h("dt", { class: "nan" }, String(k)), h("dd", { class: "nan" }, String(n))])));
  return parts;
}

/** @param {number[]} numbers @param {number[]} shape @param {string} word */
function grid(numbers, shape, word) {
  const columns = shape[shape.length - 1] || 1;
  const scale = Math.max(...numbers.filter(Number.isFinite).map(Math.abs), 0) || 1;
  const rows = [];
  for (let i = 0; i < numbers.length; i += columns) {
    rows.push(h("tr", {}, ...numbers.slice(i, i + columns).map((x) => {
      const [r, g, b] = shade((x / scale) * 0.35);
      return Number.isFinite(x) ? h("td", { style: `background:rgb(${r},${g},${b})` }, short(x, columns > 4 ? 3 : 4)) : h("td", { class: "nan" }, short(x));
    })));
  }
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `numbers of ${word}` }, h("table", {}, ...rows));
}

/** @param {NonNullable<ReturnType<Model["heat"]>>} heat @param {string} word */
function map({ rows, columns, of, scale, picture, bytes: pixels }, word) {
  const canvas = h("canvas", { role: "img", width: columns, height: rows, "aria-label": `${picture ? "picture" : "heat map"} of ${word}, from ${short(-scale)} to ${short(scale)}` });
  canvas.style.height = `${Math.max(24, Math.min(260, (322 * rows) / columns, rows * 16))}px`;
  if (picture) canvas.style.width = `${Math.min(322, (260 * columns) / rows)}px`;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(columns, rows);
  const low = pixels.reduce((a, v) => (v === -128 ? a : Math.min(a, v)), 0);
  const light = (/** @type {number} */ v) => Math.round((255 * (v - low)) / (127 - low));
  const step = picture || 1; // bytes a pixel
  for (let i = 0; i < rows * columns; i++) {
    const [v, v1, v2] = pixels.slice(step * i, step * i + 3);
    const rgb = v === -128 ? [230, 0, 30] : picture === 3 ? [v, v1, v2].map(light) : picture ? [light(v), light(v), light(v)] : shade(v / 127);
    image.data.set([...rgb, 255], 4 * i);
  }
  pen.putImageData(image, 0, 0);
  const css = (/** @type {number} */ v) => `rgb(${shade(v).join()})`;
  const bar = picture ? "#000, #fff" : `${css(-1)}, ${css(-0.25)}, ${css(0)}, ${css(0.25)}, ${css(1)}`;
  return [canvas, h("div", { class: "scale" }, h("span", {}, short((picture ? low / 127 : -1) * scale)), h("i", { style: `background:linear-gradient(90deg, ${bar})` }), h("span", {}, short(scale))), of ? h("div", { class: "soft" }, of) : null].filter((e) => e !== null);
}
