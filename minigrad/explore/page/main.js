/**
 * The page: what is open, which step it is, what is chosen; and the keys.
 *
 * @import { Item, Box, Thing } from "./structure.js"
 */
import { FORWARD, read, tuple } from "./record.js";
import { boxesAround, isBox, structure } from "./structure.js";
import { lay } from "./layout.js";
import { Graph, measurer } from "./graph.js";
import { h, showPanel } from "./panel.js";
import { showTraining } from "./training.js";
import { showPrograms } from "./program.js";
import { legend } from "./legend.js";

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);

/** What belongs to the graph of a step. */
const STEP = ["stage", "panel", "time", "search", "not-finite"];

/** The page around one record. */
class Page {
  /** @param {import("./record.js").Raw} raw */
  constructor(raw) {
    const step = raw.kind === "training" ? raw.last : raw.kind === "program" ? null : raw;
    document.title = raw.title || document.title;
    $("title").textContent = raw.title;
    const notes = [...(raw.lacks ?? [])];
    if (raw.error) notes.unshift(`${raw.error.type}: ${raw.error.message}`);
    $("lacks").textContent = notes.join(" ");
    $("lacks").hidden = !notes.length;
    this.tabs(raw, step);
    if (!step) {
      for (const id of STEP) $(id).hidden = true;
      return;
    }
    this.model = read(step);
    const { root, things } = structure(this.model);
    this.root = this.alone = root;
    this.things = things;
    /** @type {Set<Box>} */
    this.open = new Set();
    /** @type {Item | null} */
    this.selected = null;
    /** @type {Set<number>} */
    this.path = new Set();
    /** @type {Item[]} */
    this.found = [];
    this.t = raw.error ? Math.max(0, raw.error.step) : step.kind === "structure" ? -1 : 0;
    this.measure = measurer(this.model);
    this.graph = new Graph(this.model, $("graph"), this.measure, (item, fold) => this.choose(item, fold));
    this.wire();
    if (!$("stage").hidden) this.begin();
  }

  begin() {
    this.begun = true;
    this.openWell();
    this.graph?.fit();
    this.step(this.t ?? 0, 0);
  }

  ratio() {
    const { clientWidth: w, clientHeight: h } = $("graph");
    return { w: w || 900, h: h || 600, ratio: (w || 900) / (h || 600) };
  }

  layout() {
    const { root, open, measure } = this;
    const { ratio } = this.ratio();
    return lay(/** @type {Box} */ (this.alone ?? root), open ?? new Set(), (i) => /** @type {any} */ (measure).size(i), (b) => /** @type {any} */ (measure).title(b), ratio);
  }

  /** Open as much, level by level, as can still be read when all of it is on the screen. */
  openWell() {
    const { w, h } = this.ratio();
    const least = w < 500 ? 0.75 : 0.64;
    const until = performance.now() + 250;
    let scene = this.layout();
    /** @type {Box[]} */
    let level = this.alone?.children.filter(isBox) ?? [];
    const fits = (/** @type {Box[]} */ boxes) => {
      boxes.forEach((b) => this.open?.add(b));
      const tried = this.layout();
      const good = Math.min(w / tried.w, h / tried.h) >= least;
      if (good) scene = tried;
      else boxes.forEach((b) => this.open?.delete(b));
      return good;
    };
    /** @type {Box[]} */
    const inner = []; // those that hold operations only: all of them, or none
    while (level.length && performance.now() < until) {
      const outer = level.filter((b) => b.children.some(isBox));
      inner.push(...level.filter((b) => !b.children.some(isBox)));
      const opened = !outer.length || fits(outer) ? outer : outer.filter((b) => performance.now() < until && fits([b]));
      level = opened.flatMap((b) => b.children.filter(isBox));
    }
    if (inner.length && !fits(inner) && inner.length < 4) inner.forEach((b) => fits([b]));
    this.graph?.draw(scene);
  }

  /** Lay out and draw again, with one item staying where it is if nothing is cut by that. @param {Item | null} [still] */
  redraw(still = null) {
    const graph = /** @type {Graph} */ (this.graph);
    const before = still && graph.drawn.get(still)?.cell;
    const focus = document.activeElement?.getAttribute("data-key");
    graph.draw(this.layout());
    const after = still && graph.drawn.get(still)?.cell;
    if (before && after) {
      graph.view.x += (before.x - after.x) * graph.view.k;
      graph.view.y += (before.y - after.y) * graph.view.k;
      graph.settle();
    } else graph.fit();
    this.show();
    if (focus) /** @type {any} */ ($("graph").querySelector(`[data-key="${focus}"]`))?.focus({ preventScroll: true });
    this.crumbs();
  }

  crumbs() {
    const boxes = this.alone && this.alone.parent ? [this.alone, ...boxesAround(this.alone), /** @type {Box} */ (this.root)].reverse() : [];
    $("crumbs").replaceChildren(...boxes.map((box) => h("button", { onclick: () => this.enter(box), "aria-pressed": String(box === this.alone) }, box.parent ? box.title : "whole graph")));
  }

  /** @param {Box} box show it alone */
  enter(box) {
    this.alone = box;
    this.open?.clear();
    this.openWell();
    this.redraw();
  }

  /** @param {Item} item @param {boolean} fold open or close it, if it is a group */
  choose(item, fold) {
    this.selected = item;
    if (fold && isBox(item)) this.toggle(item);
    else this.show();
    this.focus(item);
  }

  /** @param {Box} box */
  toggle(box) {
    if (!this.open?.delete(box)) this.open?.add(box);
    this.redraw(box);
    this.graph?.reveal(box);
  }

  /** @param {Item} item */
  focus(item) {
    const g = this.graph?.drawn.get(item)?.g;
    $("graph").querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    g?.setAttribute("tabindex", "0");
    if (document.activeElement?.closest("#graph") || document.activeElement === document.body) g?.focus({ preventScroll: true });
  }

  /** Open what hides a node, choose it, and move there. @param {Item} item */
  go(item) {
    const around = boxesAround(item);
    if (this.alone?.parent && !around.includes(this.alone)) this.alone = this.root;
    const closed = around.slice(0, this.alone?.parent ? around.indexOf(this.alone) : undefined).filter((b) => !this.open?.has(b));
    closed.forEach((b) => this.open?.add(b));
    this.selected = item;
    if (closed.length) {
      this.redraw(closed[closed.length - 1]);
    } else this.show();
    this.graph?.reveal(item);
    this.focus(item);
  }

  /** To a producer or a consumer of what is chosen. @param {"inputs" | "users"} side */
  walk(side) {
    const item = this.chosen();
    if (!item) return;
    const inside = (/** @type {Thing} */ thing) => thing === item || (isBox(item) && boxesAround(thing).includes(item));
    const members = isBox(item) ? /** @type {Thing[]} */ (this.things).filter(inside) : [item];
    const end = side === "inputs" ? "from" : "to";
    for (const thing of members)
      for (const link of /** @type {any[]} */ (thing[side])) {
        const other = link[end];
        if (inside(other)) continue;
        const shown = this.graph?.itemOf(other.id);
        return this.go(shown && shown !== item ? shown : other);
      }
  }

  /** Light every edge from what is chosen on to the loss, or nothing more. */
  light() {
    const item = this.chosen();
    const path = /** @type {Set<number>} */ (this.path);
    if (!item || path.size) path.clear();
    else {
      const stack = isBox(item) ? (item.last ? [item.last] : []) : [item];
      const seen = new Set(stack);
      for (let at = stack.pop(); at; at = stack.pop())
        for (const { to, edge } of at.users) {
          path.add(edge);
          if (!seen.has(to)) stack.push(to);
          seen.add(to);
        }
    }
    this.show();
  }

  chosen() {
    return this.selected ?? (this.model && this.t !== undefined && this.t >= 0 ? this.graph?.itemOf(this.model.steps.node[this.t]) : null) ?? null;
  }

  /** Everything on the page that depends on the step or on what is chosen. */
  show() {
    const { graph, model } = this;
    if (!graph || !model || this.t === undefined) return;
    const t = model.length ? this.t : 0;
    const current = graph.show(t, this.selected ?? null, this.path ?? new Set());
    for (const [item, { g }] of graph.drawn) g.classList.toggle("is-hit", !!this.found?.includes(item));
    const node = model.length ? model.steps.node[t] : -1;
    const item = this.selected ?? (node >= 0 ? /** @type {Thing[]} */ (this.things)[node] : current);
    showPanel(model, $("panel"), { item, t, pinned: !!this.selected, act: (what) => this.act(what) });
    if (!$("graph").querySelector('[tabindex="0"]')) [...graph.drawn.values()][0]?.g.setAttribute("tabindex", "0");
  }

  /** @param {number} t @param {number} [duration] of the arrays' way, in ms */
  step(t, duration = 350) {
    const model = this.model;
    if (!model) return;
    this.t = Math.max(0, Math.min(model.length - 1, t));
    $("slider").value = String(this.t);
    $("count").textContent = `${this.t + 1} of ${model.length}`;
    const sentence = model.length ? model.sentence(this.t) : "The graph as it stands: nothing was recorded while it ran.";
    $("sentence").textContent = sentence;
    $("slider").setAttribute("aria-valuetext", `step ${this.t + 1} of ${model.length}: ${sentence}`);
    this.show();
    if (model.length) {
      const node = model.steps.node[this.t];
      if (this.playing && node >= 0) this.graph?.reveal(this.graph.itemOf(node));
      else if (node >= 0 && duration) this.graph?.reveal(this.graph.itemOf(node));
      this.graph?.animate(this.t, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : duration);
    }
  }

  /** @param {boolean} on */
  play(on) {
    clearTimeout(this.playing);
    this.playing = undefined;
    const model = this.model;
    if (on && model && this.t !== undefined) {
      if (this.t >= model.length - 1) this.step(0, 0);
      const beat = () => {
        const wait = 1000 / Number($("speed").value);
        if (this.t === undefined || this.t >= model.length - 1) return this.play(false);
        this.playing = setTimeout(beat, wait);
        this.step(this.t + 1, wait > 60 ? Math.min(450, wait * 0.8) : 0);
      };
      this.playing = setTimeout(beat, 0);
    }
    $("play").textContent = on ? "❚❚" : "▶";
    $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  }

  /** @param {string} text @param {number} by which of the hits */
  search(text, by = 0) {
    const words = text.toLowerCase().trim();
    const model = /** @type {NonNullable<Page["model"]>} */ (this.model);
    if (!words) {
      this.found = [];
      $("hits").textContent = "";
      return this.show();
    }
    /** @type {Item[]} */
    const all = [];
    const add = (/** @type {Box} */ box) => {
      for (const item of [...box.children, ...box.leaves]) {
        const more = isBox(item) ? item.badge : `${item.from} ${tuple(model.shapeOf(item.id))} ${model.line(item.id)?.text ?? ""}`;
        if (`${item.title} ${more}`.toLowerCase().includes(words)) all.push(item);
        if (isBox(item)) add(item);
      }
    };
    add(/** @type {Box} */ (this.root));
    const same = words === this.words;
    this.hit = all.length ? (((same ? (this.hit ?? 0) : 0) + by) % all.length + all.length) % all.length : 0;
    this.words = words;
    this.found = all;
    $("hits").textContent = all.length ? `${this.hit + 1} of ${all.length}` : "none";
    if (all.length) this.go(all[this.hit]);
    else this.show();
  }

  /** @param {string} what */
  act(what) {
    const item = this.chosen();
    if (what === "producer") this.walk("inputs");
    else if (what === "consumer") this.walk("users");
    else if (what === "path") this.light();
    else if (what === "unpin") {
      this.selected = null;
      this.path?.clear();
      this.show();
    } else if (item && what === "alone") this.enter(isBox(item) ? item : item.parent);
    else if (item && what === "toggle") isBox(item) ? this.toggle(item) : item.parent.parent && this.toggle(item.parent);
  }

  /** @param {boolean} all */
  fold(all) {
    this.open?.clear();
    const add = (/** @type {Box} */ box) => {
      for (const item of box.children) if (isBox(item)) add((this.open?.add(item), item));
    };
    if (all && this.alone && this.alone.count <= 1500) add(this.alone);
    else if (all) this.alone?.children.filter(isBox).forEach((b) => this.open?.add(b)); // one level of a huge graph
    this.redraw();
  }

  /** On paper: light, and all of the graph. @param {boolean} on */
  print(on) {
    if (on) document.documentElement.dataset.theme = "light";
    this.graph?.paper(on);
  }

  /** Light, dark, or what the system says. */
  theme() {
    const root = document.documentElement;
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    this.show();
  }

  /** A page around this one may say which. @param {unknown} name */
  setTheme(name) {
    if (name !== "dark" && name !== "light") return;
    document.documentElement.dataset.theme = name;
    this.show();
  }

  /** @param {boolean} [on] */
  help(on = !$("legend").open) {
    $("legend").close();
    if (on) $("legend").showModal();
    $("help").setAttribute("aria-expanded", String(on));
  }

  /** What there is to look at, each behind a tab. @param {import("./record.js").Raw} raw @param {any} step */
  tabs(raw, step) {
    const programs = raw.programs ?? step?.programs ?? [];
    const views = [raw.kind === "training" && "training", step && "graph", programs.length && "program"].filter(Boolean);
    if (raw.kind === "training") showTraining(raw, $("training"));
    else $("tab-graph").textContent = "Step";
    if (programs.length) showPrograms(programs, $("program"));
    const look = (/** @type {string} */ at) => {
      for (const view of ["training", "graph", "program"]) {
        for (const id of view === "graph" ? STEP : [view]) $(id).hidden = view !== at;
        $(`tab-${view}`).hidden = !views.includes(view);
        $(`tab-${view}`).setAttribute("aria-selected", String(view === at));
      }
      if (at === "graph" && this.model && !this.begun) this.begin();
    };
    for (const view of views) $(`tab-${view}`).onclick = () => look(view);
    $("tabs").hidden = views.length < 2;
    look(views[0]);
  }

  wire() {
    const model = /** @type {NonNullable<Page["model"]>} */ (this.model);
    const on = (/** @type {string} */ id, /** @type {() => void} */ act) => $(id).addEventListener("click", act);
    on("first", () => this.step(0, 0));
    on("back", () => this.step((this.t ?? 0) - 1));
    on("next", () => this.step((this.t ?? 0) + 1));
    on("play", () => this.play(!this.playing));
    on("backward", () => this.toBackward());
    on("in", () => this.graph?.zoom(1.3));
    on("out", () => this.graph?.zoom(1 / 1.3));
    on("fit", () => this.graph?.fit());
    on("open-all", () => this.fold(true));
    on("close-all", () => this.fold(false));
    $("slider").max = String(Math.max(0, model.length - 1));
    $("slider").addEventListener("input", () => this.step(Number($("slider").value), 0));
    const passes = model.raw.passes;
    let at = 0;
    const band = (/** @type {number} */ to, /** @type {string} */ name) => {
      if (to > at) $("bands").append(h("i", { class: name, style: `flex:${to - at}` }));
      at = Math.max(at, to);
    };
    passes?.first.forEach((/** @type {number} */ first, /** @type {number} */ i) => {
      band(first, "");
      band(passes.last[i] + 1, "back");
    });
    band(model.length, "");
    $("backward").disabled = !passes?.first.length;
    $("controls").hidden = !model.length;
    for (const kind of /** @type {const} */ (["nan", "inf"])) {
      const bad = model.firstBad(kind);
      $(kind).hidden = !bad;
      if (bad)
        on(kind, () => {
          this.selected = null;
          this.step(bad.step, 0);
          this.go(/** @type {Thing[]} */ (this.things)[bad.node]);
        });
    }
    $("search").addEventListener("submit", (/** @type {Event} */ e) => e.preventDefault());
    $("query").addEventListener("input", () => this.search($("query").value));
    $("query").addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => {
      if (e.key === "Enter") this.search($("query").value, e.shiftKey ? -1 : 1);
      if (e.key === "Escape") {
        $("query").value = "";
        this.search("");
        $("query").blur();
      }
      e.stopPropagation();
    });
    document.addEventListener("keydown", (e) => this.key(e));
    let width = $("graph").clientWidth;
    new ResizeObserver(() => {
      const now = $("graph").clientWidth;
      if (this.begun && now && Math.abs(now - width) > 60) this.redraw();
      else if (this.graph?.fitted && now) this.graph.fit(); // a scroll bar came or went
      width = now || width;
    }).observe($("graph"));
  }

  toBackward() {
    const firsts = this.model?.raw.passes?.first ?? [];
    const t = this.t ?? 0;
    if (firsts.length) this.step(firsts.find((/** @type {number} */ f) => f > t) ?? firsts[0]);
  }

  /** @param {KeyboardEvent} e */
  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || !this.begun || $("stage").hidden || $("legend").open) return;
    const target = /** @type {Element} */ (e.target);
    const t = this.t ?? 0;
    const n = this.model?.length ?? 0;
    const press = target.matches("button, select, summary");
    const slides = target.matches("select") || (target.matches(".scroll, #panel") && /^Arrow|Home|End/.test(e.key));
    /** @type {{[key: string]: () => void}} */
    const keys = {
      " ": () => this.play(!this.playing),
      k: () => this.play(!this.playing),
      ArrowLeft: () => this.step(t - 1),
      ArrowRight: () => this.step(t + 1),
      ",": () => this.step(t - 1),
      ".": () => this.step(t + 1),
      j: () => this.step(t - 10, 0),
      l: () => this.step(t + 10, 0),
      Home: () => this.step(0, 0),
      End: () => this.step(n - 1, 0),
      "<": () => this.faster(-1),
      ">": () => this.faster(1),
      b: () => this.toBackward(),
      ArrowUp: () => this.walk("inputs"),
      ArrowDown: () => this.walk("users"),
      Enter: () => this.enterKey(),
      e: () => this.act("alone"),
      u: () => this.alone?.parent && this.enter(this.alone.parent),
      p: () => this.light(),
      n: () => $($("nan").hidden ? "inf" : "nan").click(),
      N: () => $("inf").click(),
      o: () => this.fold(true),
      x: () => this.fold(false),
      f: () => this.graph?.fit(),
      "+": () => this.graph?.zoom(1.3),
      "=": () => this.graph?.zoom(1.3),
      "-": () => this.graph?.zoom(1 / 1.3),
      d: () => this.theme(),
      "/": () => $("query").select(),
      "?": () => this.help(true),
      Escape: () => this.act("unpin"),
    };
    const act = /^\d$/.test(e.key) ? () => this.step(Math.round(((n - 1) * Number(e.key)) / 10), 0) : keys[e.key];
    if (!act || slides || (press && (e.key === " " || e.key === "Enter"))) return;
    e.preventDefault();
    act();
  }

  enterKey() {
    const focused = this.graph?.itemAt(document.activeElement);
    if (focused) this.choose(focused, true);
    else this.act("toggle");
  }

  /** @param {number} by */
  faster(by) {
    const list = $("speed");
    list.selectedIndex = Math.max(0, Math.min(list.options.length - 1, list.selectedIndex + by));
  }
}

/** The page of the notebook around this one, where a script may read it. */
function notebook() {
  try {
    return parent === window ? null : parent.document.body;
  } catch {
    return null; // of another origin
  }
}

/** Dark or light as VS Code and JupyterLab mark their page, else as the system. @param {HTMLElement | null} around */
function themeOf(around) {
  const { vscodeThemeKind: code, jpThemeLight: lab } = around?.dataset ?? {};
  const dark = code ? !code.endsWith("light") : lab ? lab === "false" : matchMedia("(prefers-color-scheme: dark)").matches;
  return dark ? "dark" : "light";
}

async function start() {
  const around = notebook();
  document.documentElement.dataset.theme = themeOf(around);
  const page = new Page(JSON.parse(await /** @type {any} */ (window).unpacked("record"))); // in page.html
  $("legend").append(...legend());
  matchMedia("print").addEventListener("change", (e) => page.print(e.matches));
  $("theme").addEventListener("click", () => page.theme());
  window.addEventListener("message", (e) => page.setTheme(e.data?.theme));
  const marks = { attributeFilter: ["data-vscode-theme-kind", "data-jp-theme-light"] };
  if (around) new MutationObserver(() => page.setTheme(themeOf(around))).observe(around, marks);
  $("help").addEventListener("click", () => page.help());
  $("legend").addEventListener("close", () => $("help").setAttribute("aria-expanded", "false"));
  document.body.dataset.ready = "yes";
  performance.mark("ready");
}

start();
