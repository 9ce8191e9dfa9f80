/**
 * Drawing a scene as SVG, and showing in it what has happened until a step.
 *
 * @import { Model } from "./record.js"
 * @import { Thing, Box, Item } from "./structure.js"
 * @import { Scene, Cell, Edge } from "./layout.js"
 * @typedef {{cell: Cell, g: SVGGElement, sub: SVGTextElement | null, number: SVGTSpanElement | null}} Drawn
 */
import { ACCUMULATE, ARRIVE, ERROR, FORWARD, FREE, RULE, SEED, UNBROADCAST, VISIT, gist, situation, tuple } from "./record.js";
import { isBox } from "./structure.js";
import { TITLE } from "./layout.js";

const SVG = "http://www.w3.org/2000/svg";
const WAITS = [0.24, 0.76]; // where on their edges two arrays wait that would cover each other
const INSET = 12;
const WIDEST = ["∇ −0.001234", "∇ rms 0.00123"]; // the one number of a box: of a scalar, of an array

/** @param {string} name @param {{[a: string]: string | number}} attributes @param {Element} [parent] @returns {any} */
export function svg(name, attributes, parent) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  parent?.append(element);
  return element;
}

/** A title as it stands in a box: long ones lose their middle, which the panel shows. @param {Item} item */
const caption = ({ title }) => (title.length > 42 ? `${title.slice(0, 18)}…${title.slice(-23)}` : title);

/** @param {Model} model how wide text is, measured in the page's own font */
export function measurer(model) {
  const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  const family = getComputedStyle(document.body).fontFamily;
  /** @type {Map<string, number>} */
  const known = new Map();
  const width = (/** @type {string} */ text, /** @type {string} */ font) => {
    const key = font + text;
    if (!known.has(key)) {
      pen.font = `${font} ${family}`;
      known.set(key, pen.measureText(text).width);
    }
    return /** @type {number} */ (known.get(key));
  };
  return {
    width,
    /** @param {Item} item */
    size: (item) => {
      const badge = isBox(item) && item.badge ? width(item.badge, "600 13px") + 20 : 0;
      const title = width(caption(item), "600 13px") + (isBox(item) ? 2 * Math.max(20, badge) : 0);
      const node = isBox(item) ? item.last : item;
      const many = node && model.shapeOf(node.id).some((n) => n > 1);
      const sub = width(subtitle(model, item), "12px") + 8 + width(WIDEST[many ? 1 : 0], "600 12px");
      return { w: Math.ceil(Math.max(title, sub) + 2 * INSET), h: 42 };
    },
    /** @param {Box} box */
    title: (box) => width(caption(box), "600 13px") + 40 + (box.badge ? width(box.badge, "600 13px") + 20 : 0),
  };
}

/** The operation of a module of one, and the shape. @param {Model} model @param {Item} item */
function subtitle(model, item) {
  const node = isBox(item) ? item.last : item;
  const shape = node ? tuple(model.shapeOf(node.id)) : "";
  if (isBox(item) && item.count === 1) return `${model.operation(item.ids[0])?.name} ${shape}`;
  if (isBox(item) && item.kind === "leaves") return shape;
  return isBox(item) ? `${item.count} ops ${shape}` : item.from ? `${item.from} ${shape}` : shape;
}

/** When what happens first and last, of each node and of each edge. @param {Model} model */
export function timetable(model) {
  const never = Infinity;
  const { steps, nodes, edges } = model;
  const table = () => new Float64Array(nodes.kind.length).fill(never);
  const [made, receives, visited, freed, written] = [table(), table(), table(), table(), table()];
  const pulled = new Float64Array(edges.from.length).fill(never);
  model.early.forEach((early, i) => early && (made[i] = -1));
  steps.kind.forEach((/** @type {number} */ kind, /** @type {number} */ t) => {
    const node = steps.node[t];
    const first = (/** @type {Float64Array} */ at, /** @type {number} */ i) => (at[i] = Math.min(at[i], t));
    if (kind === FORWARD) first(made, node);
    else if (kind === SEED || kind === ARRIVE) first(receives, node);
    else if (kind === VISIT) first(visited, node);
    else if (kind === FREE) first(freed, node);
    else if (kind === ACCUMULATE) first(written, node);
    else if (kind === RULE) first(pulled, steps.edge[t]);
  });
  return { made, receives, visited, freed, written, pulled };
}

/** The drawing of one model; `draw` when what is visible changes, `show` at each step. */
export class Graph {
  /** @param {Model} model @param {SVGSVGElement} root @param {ReturnType<typeof measurer>} measure @param {(item: Item, again: boolean) => void} chosen */
  constructor(model, root, measure, chosen) {
    this.model = model;
    this.measure = measure;
    this.area = { w: root.clientWidth, h: root.clientHeight }; // asking at every step would cost a layout
    new ResizeObserver(() => (this.area = { w: root.clientWidth, h: root.clientHeight })).observe(root);
    this.root = root;
    this.times = timetable(model);
    this.keeps = new Set(model.kept.node);
    this.world = svg("g", { class: "world" }, root);
    /** @type {Map<Item, Drawn>} */
    this.drawn = new Map();
    /** @type {{edge: Edge, path: SVGPathElement, head: SVGPathElement}[]} */
    this.paths = [];
    /** @type {Map<number, number>} rows of the table of edges to paths */
    this.pathOf = new Map();
    /** @type {Map<number, Item>} nodes to what stands for them in the drawing */
    this.standsFor = new Map();
    /** @type {Map<number, {edge: number, from: number}[]>} */
    this.inputs = new Map();
    model.edges.to.forEach((/** @type {number} */ to, /** @type {number} */ edge) => {
      if (!this.inputs.has(to)) this.inputs.set(to, []);
      this.inputs.get(to)?.push({ edge, from: model.edges.from[edge] });
    });
    this.view = { k: 1, x: 0, y: 0 };
    this.flight = 0;
    this.gestures();
    root.addEventListener("click", (event) => {
      const item = this.itemAt(event.target);
      if (item && !this.dragged) chosen(item, !!(/** @type {Element} */ (event.target).closest(".fold")));
    });
    root.addEventListener("dblclick", (event) => {
      const item = this.itemAt(event.target);
      if (item) chosen(item, true);
    });
  }

  /** @param {EventTarget | null} target @returns {Item | undefined} */
  itemAt(target) {
    const key = /** @type {Element | null} */ (target)?.closest("[data-key]")?.getAttribute("data-key");
    return [...this.drawn.keys()].find((item) => item.key === key);
  }

  /** @param {Scene} scene */
  draw(scene) {
    this.scene = scene;
    this.standsFor = new Map([...scene.shown].map(([thing, item]) => [thing.id, item]));
    this.world.replaceChildren();
    this.drawn.clear();
    this.paths = [];
    this.pathOf.clear();
    const [frames, lines, cells] = [0, 1, 2].map(() => svg("g", {}, this.world));
    for (const cell of scene.cells) {
      const { x, y, w, h, depth } = cell;
      if (cell.open) svg("rect", { class: `ground depth${depth % 2}`, x, y, width: w, height: h, rx: 6 }, frames);
      this.drawCell(cell, cells);
    }
    for (const edge of scene.edges) {
      const g = svg("g", { class: "edge" }, lines);
      const path = svg("path", { d: edge.d }, g);
      const head = svg("path", { class: "head", d: "M0 0L-8 -3.5L-8 3.5Z" }, g);
      const end = path.getTotalLength();
      const [a, b] = [path.getPointAtLength(Math.max(0, end - 4)), path.getPointAtLength(end)];
      head.setAttribute("transform", `translate(${b.x} ${b.y}) rotate(${(Math.atan2(b.y - a.y, b.x - a.x) * 180) / Math.PI})`);
      for (const use of edge.uses) this.pathOf.set(use, this.paths.length);
      this.paths.push({ edge, path: g, head });
    }
    this.pills = svg("g", { class: "pills" }, this.world);
  }

  /** @param {Cell} cell @param {SVGElement} parent */
  drawCell(cell, parent) {
    const { item } = cell;
    const whole = isBox(item);
    const kind = whole ? "box" : ["op", "leaf", "constant"][item.kind];
    const g = svg("g", { class: `cell ${kind}${cell.open ? " open" : ""} depth${cell.depth % 2}`, "data-key": item.key,
      transform: `translate(${cell.x} ${cell.y})`, role: "button", tabindex: -1 }, parent);
    if (whole) g.setAttribute("aria-expanded", String(cell.open));
    if (whole && !cell.open) svg("rect", { class: "stack", x: 4, y: 4, width: cell.w, height: cell.h, rx: 6 }, g);
    svg("rect", { class: "frame", width: cell.w, height: cell.h, rx: kind === "leaf" || kind === "constant" ? 21 : 6 }, g);
    const middle = cell.w / 2;
    const title = svg("text", { class: "title", x: cell.open ? INSET + 18 : middle, y: cell.open ? 19 : 17, "text-anchor": cell.open ? "start" : "middle" }, g);
    title.textContent = caption(item);
    g.append(" ");
    if (whole) {
      const fold = svg("g", { class: "fold" }, g);
      svg("rect", { width: cell.open ? cell.w : 34, height: cell.open ? TITLE : cell.h, class: "hit" }, fold);
      svg("path", { class: "chevron", d: cell.open ? "M11 11l5 6l5 -6z" : "M11 9l6 5l-6 5z" }, fold);
      if (item.badge) {
        const badge = svg("text", { class: "badge", x: cell.w - INSET, y: cell.open ? 19 : 17, "text-anchor": "end" }, g);
        badge.textContent = item.badge;
        g.append(" ");
      }
    }
    /** @type {SVGTextElement | null} */
    let sub = null;
    let number = null;
    if (!cell.open) {
      const line = svg("text", { class: "sub", x: middle, y: 33, "text-anchor": "middle" }, g);
      const what = subtitle(this.model, item);
      svg("tspan", {}, line).textContent = what;
      line.append(" "); // also for those who read the drawing as text
      number = svg("tspan", { class: "number", dx: 3 }, line);
      sub = line;
    }
    if (!whole && this.keeps.has(item.id)) svg("rect", { class: "keeps", x: cell.w - 11, y: cell.h - 11, width: 6, height: 6 }, g);
    this.drawn.set(item, { cell, g, sub, number });
  }

  /** Show the state after step t. @param {number} t @param {Item | null} selected @param {Set<number>} path rows of edges on the path to the loss */
  show(t, selected, path) {
    const { model, times } = this;
    const { steps } = model;
    const now = t >= 0 && t < model.length ? steps.node[t] : -1;
    const current = now >= 0 ? this.itemOf(now) : null;
    const onPath = new Set();
    for (const edge of path) onPath.add(this.itemOf(model.edges.from[edge])).add(this.itemOf(model.edges.to[edge]));
    for (const [item, { cell, g, number }] of this.drawn) {
      const ids = isBox(item) ? item.ids : [item.id];
      const state = cell.open ? "" : this.state(item, ids, t);
      const node = isBox(item) ? item.last : item;
      const text = cell.open || !node ? "" : this.numberOf(node.id, t);
      const classes = g.getAttribute("class")?.replace(/ (is|at)-\S+/g, "") ?? "";
      const bad = /NaN|∞/.test(text) ? " is-bad" : "";
      const marks = `${item === current ? (steps.kind[t] === ERROR ? " at-now at-fault" : " at-now") : ""}${item === selected ? " at-selected" : ""}${onPath.has(item) ? " at-path" : ""}`;
      const next = `${classes}${state ? ` is-${state}` : ""}${bad}${marks}${times.freed[node?.id ?? -1] <= t ? " is-freed" : ""}`;
      if (next !== g.getAttribute("class")) g.setAttribute("class", next);
      if (number && number.textContent !== text) number.textContent = text;
      g.setAttribute("aria-label", this.label(item, state, text, item === current));
    }
    const running = t >= 0 ? new Set(this.running(t).map((r) => this.pathOf.get(r.edge))) : new Set();
    const chosen = new Set([...path].map((edge) => this.pathOf.get(edge)));
    this.paths.forEach(({ edge, path: g }, i) => {
      const made = edge.uses.some((e) => times.made[model.edges.to[e]] <= t);
      const pulled = edge.uses.some((e) => times.pulled[e] <= t);
      const none = edge.uses.every((e) => !model.edges.wants[e]);
      const next = `edge is-${pulled ? "done" : made ? "made" : "future"}${none ? " is-dry" : ""}${running.has(i) ? " at-now" : ""}${chosen.has(i) ? " at-path" : ""}`;
      if (next !== g.getAttribute("class")) g.setAttribute("class", next);
    });
    return current;
  }

  /** @param {number} id @returns {Item | null} what stands for a node in the drawing */
  itemOf(id) {
    return this.standsFor.get(id) ?? null;
  }

  /** @param {Item} item @param {number[]} ids @param {number} t */
  state(item, ids, t) {
    const { made, receives, visited, written } = this.times;
    const leaf = !isBox(item) && item.kind;
    if (leaf || (isBox(item) && item.kind === "leaves")) {
      const all = (/** @type {Float64Array} */ at) => ids.every((id) => at[id] <= t);
      return all(written) ? "done" : ids.some((id) => receives[id] <= t) ? "receives" : "made";
    }
    const [first, last] = [ids[0], ids[ids.length - 1]];
    if (made[first] > t) return "future";
    if (made[last] > t) return isBox(item) ? "partly" : "future";
    if (ids.length === 1) return visited[first] <= t ? "done" : receives[first] <= t ? "receives" : "made";
    let [some, all] = [false, true];
    for (const id of ids) {
      if (receives[id] <= t) some = true;
      if (visited[id] > t && receives[id] < Infinity) all = false;
      if (some && !all) break;
    }
    return some ? (all ? "done" : "receives") : "made";
  }

  /** The one number of a box: of the gradient as soon as there is one, of the value before. @param {number} id @param {number} t */
  numberOf(id, t) {
    const { made, receives } = this.times;
    if (made[id] > t) return "";
    const now = situation(this.model, id, t);
    const array = receives[id] <= t && now.gradient >= 0 ? now.gradient : now.value;
    if (array < 0) return "";
    return `${array === now.gradient ? "∇ " : ""}${gist(this.model.stats(array))}`;
  }

  /** @param {Item} item @param {string} state @param {string} number @param {boolean} now */
  label(item, state, number, now) {
    const words = { future: "to come", partly: "under way", made: "computed", receives: "receives its gradient", done: "gradient done" };
    const visible = [item.title, isBox(item) ? item.badge : "", state || number ? `${subtitle(this.model, item)} ${number}`.trim() : ""].filter(Boolean).join(" ");
    const kind = isBox(item) ? "group" : ["operation", "leaf", "constant"][item.kind];
    return `${visible}, ${kind}${state ? `, ${words[/** @type {keyof typeof words} */ (state)]}` : ""}${now ? ", runs now" : ""}`;
  }

  /**
   * The arrays on the move at step t: along which edge, and from where to where on it.
   * @param {number} t @returns {{edge: number, array: number, from: number, to: number}[]}
   */
  running(t) {
    const { steps, nodes } = this.model;
    const kind = steps.kind[t];
    if (kind === FORWARD) {
      const out = [];
      for (const { edge, from } of this.inputs.get(steps.node[t]) ?? []) out.push({ edge, array: situation(this.model, from, t).value, from: 0, to: 1 });
      return out;
    }
    if (kind !== RULE && kind !== UNBROADCAST && kind !== ARRIVE) return [];
    const all = [];
    /** @type {Map<number, number>} */
    const waiting = new Map();
    for (let s = t; s >= 0 && steps.kind[s] !== VISIT && steps.kind[s] !== SEED; s--) if (steps.kind[s] !== FORWARD || nodes.kind[steps.node[s]]) all.push(s);
    for (const s of all.reverse()) {
      if (s === t) break;
      if (steps.kind[s] === ARRIVE) waiting.delete(steps.edge[s]);
      else if (steps.edge[s] >= 0) waiting.set(steps.edge[s], steps.array[s]);
    }
    const edge = steps.edge[t];
    const moving = { edge, array: kind === ARRIVE ? (steps.term[t] >= 0 ? steps.term[t] : (waiting.get(edge) ?? steps.array[t])) : steps.array[t],
      from: kind === RULE ? 1 : 0.5, to: kind === ARRIVE ? 0 : 0.5 };
    waiting.delete(edge);
    return [moving, ...[...waiting].map(([e, array]) => ({ edge: e, array, from: 0.5, to: 0.5 }))];
  }

  /** Let the arrays of step t run along their edges. @param {number} t @param {number} duration in ms; 0: show only where they end */
  animate(t, duration) {
    cancelAnimationFrame(this.flight);
    this.pills.replaceChildren();
    if (t < 0 || t >= this.model.length) return;
    /** @type {((part: number) => void)[]} */
    const pills = [];
    /** @type {{x: number, y: number, w: number, run: {to: number}}[]} where those that wait will be */
    const places = [];
    const taken = new Set(); // paths of several edges, where arrays would cover each other
    for (const run of this.running(t)) {
      const i = this.pathOf.get(run.edge);
      if (i === undefined || run.array < 0 || taken.has(i)) continue;
      taken.add(i);
      const moves = run.to !== 0.5;
      if (!duration && moves) continue;
      const path = /** @type {SVGPathElement} */ (this.paths[i].path.firstChild);
      const stats = this.model.stats(run.array);
      const g = svg("g", { class: `pill${this.model.steps.kind[t] === FORWARD ? "" : " back"}` }, this.pills);
      const text = svg("text", { "text-anchor": "middle", y: 4 }, g);
      text.textContent = stats.count === 1 ? gist(stats) : tuple(stats.shape);
      let w = this.measure.width(text.textContent, "600 12px") + 14;
      const [a, b] = [path.getPointAtLength(0), path.getPointAtLength(path.getTotalLength())];
      if (Math.abs(b.x - a.x) > Math.abs(b.y - a.y) && Math.abs(b.x - a.x) < w + 8) {
        text.remove(); // no room beside the boxes
        w = 14;
      }
      g.prepend(svg("rect", { x: -w / 2, y: -Math.min(10, w / 2), width: w, height: Math.min(20, w), rx: 10 }));
      const length = path.getTotalLength();
      if (run.to === 0.5) {
        const { x, y } = path.getPointAtLength(length / 2);
        const near = places.find((p) => Math.abs(p.x - x) < (p.w + w) / 2 && Math.abs(p.y - y) < 20);
        if (near) [near.run.to, run.to] = [WAITS[0], WAITS[1]]; // one nearer to either end
        places.push({ x, y, w, run });
      }
      pills.push((/** @type {number} */ part) => {
        const at = run.from + (run.to - run.from) * part;
        const p = path.getPointAtLength(length * at);
        g.setAttribute("transform", `translate(${p.x} ${p.y})`);
        if (part === 1 && moves) g.remove();
      });
    }
    const start = performance.now();
    const frame = (/** @type {number} */ time) => {
      const part = duration ? Math.min(1, Math.max(0, time - start) / duration) : 1;
      for (const pill of pills) pill(part * part * (3 - 2 * part));
      if (part < 1) this.flight = requestAnimationFrame(frame);
    };
    frame(start);
  }

  /** Show the view as it is now. @param {boolean} [fitted] does it still show all, as `fit` left it? */
  transform(fitted = false) {
    this.fitted = fitted;
    const { k, x, y } = this.view;
    this.world.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
  }

  /** All of it, however large the paper is: only the printer knows. @param {boolean} on */
  paper(on) {
    const { w, h } = /** @type {Scene} */ (this.scene);
    if (on) {
      this.root.setAttribute("viewBox", `-4 -4 ${w + 8} ${h + 8}`);
      this.world.removeAttribute("transform");
    } else {
      this.root.removeAttribute("viewBox");
      this.transform(this.fitted);
    }
  }

  fit() {
    if (this.root.hasAttribute("viewBox")) return this.paper(true);
    const { clientWidth: w, clientHeight: h } = this.root;
    const scene = /** @type {Scene} */ (this.scene);
    const place = (/** @type {number} */ high) => {
      const k = Math.min(1.4, (w - 8) / scene.w, (high - 8) / scene.h);
      this.view = { k, x: (w - scene.w * k) / 2, y: (high - scene.h * k) / 2 };
    };
    place(h);
    const tools = this.root.parentElement?.querySelector("#tools")?.getBoundingClientRect();
    const { left, top } = this.root.getBoundingClientRect();
    const { k, x, y } = this.view;
    const under = (/** @type {Cell} */ c) => tools && (c.x + c.w) * k + x + left > tools.left && (c.y + c.h) * k + y + top > tools.top;
    if (tools && scene.cells.some(under)) place(tools.top - top); // nothing under the buttons
    this.transform(true);
  }

  /** Move by as little as shows all, along a side on which there is room for all. */
  settle() {
    const { w, h } = /** @type {Scene} */ (this.scene);
    const { k, x, y } = this.view;
    const within = (/** @type {number} */ at, /** @type {number} */ room) => (room < 0 ? at : Math.min(Math.max(at, 0), room));
    this.view = { k, x: within(x, this.root.clientWidth - w * k), y: within(y, this.root.clientHeight - h * k) };
    this.transform();
  }

  /** @param {number} factor @param {number} [px] @param {number} [py] in the drawing area */
  zoom(factor, px = this.root.clientWidth / 2, py = this.root.clientHeight / 2) {
    const k = Math.min(4, Math.max(0.05, this.view.k * factor));
    const f = k / this.view.k;
    this.view = { k, x: px - (px - this.view.x) * f, y: py - (py - this.view.y) * f };
    this.transform();
  }

  /** Move what is drawn so that an item can be seen. @param {Item | null} item */
  reveal(item) {
    const cell = item && this.drawn.get(item)?.cell;
    if (!cell) return;
    const { k, x, y } = this.view;
    const { w, h } = this.area;
    const [l, t, r, b] = [cell.x * k + x, cell.y * k + y, (cell.x + cell.w) * k + x, (cell.y + cell.h) * k + y];
    if (l >= 0 && t >= 0 && r <= w && b <= h) return;
    this.view.x += w / 2 - (l + r) / 2;
    this.view.y += h / 2 - (t + b) / 2;
    this.transform();
  }

  /** Drag to pan, wheel or two fingers to zoom. */
  gestures() {
    /** @type {Map<number, {x: number, y: number}>} */
    const fingers = new Map();
    this.dragged = false;
    this.root.addEventListener("pointerdown", (event) => {
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      this.dragged = false;
    });
    window.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const [dx, dy] = [event.clientX - before.x, event.clientY - before.y];
      if (!this.dragged && Math.hypot(dx, dy) < 4) return;
      this.dragged = true;
      const apart = () => {
        const [a, b] = [...fingers.values()];
        return b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
      };
      const was = apart();
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const r = this.root.getBoundingClientRect();
      if (was) this.zoom(apart() / was, event.clientX - r.x, event.clientY - r.y);
      else {
        this.view.x += dx;
        this.view.y += dy;
        this.transform();
      }
    });
    for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, (event) => fingers.delete(/** @type {PointerEvent} */ (event).pointerId));
    this.root.addEventListener(
      "wheel",
      (event) => {
        if (window.top !== window && !event.ctrlKey && !event.metaKey) return; // a notebook scrolls
        event.preventDefault();
        const r = this.root.getBoundingClientRect();
        this.zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - r.x, event.clientY - r.y);
      },
      { passive: false },
    );
  }
}
