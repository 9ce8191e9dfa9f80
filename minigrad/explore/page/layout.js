/**
 * Where everything stands.  A group is laid out alone, by dagre, and is then one box among the
 * others of the group around it; an edge that crosses groups passes through a port in each border.
 *
 * @import { Thing, Box, Item } from "./structure.js"
 * @typedef {{x: number, y: number}} Point
 * @typedef {{x: number, y: number, w: number, h: number}} Rect the middle of its top left corner
 * @typedef {{w: number, h: number}} Size
 * @typedef {{item: Item, open: boolean, depth: number} & Rect} Cell
 * @typedef {{uses: number[], from: Item, to: Item, d: string}} Edge the uses are rows of the table of edges
 * @typedef {{w: number, h: number, cells: Cell[], edges: Edge[], shown: Map<Thing, Item>}} Scene
 *
 * @typedef {{key: string, item: Item | null, port: "" | "in" | "out", left: Thing[], right: Thing[]}} Unit
 * @typedef {{key: string, v: string, w: string}} Segment
 * @typedef {{units: Map<string, Unit>, segments: Map<string, Segment>}} Plan
 * @typedef {{w: number, h: number, axis: number, at: Map<string, Rect>, lines: Map<string, Point[]>}} Placed the axis
 *   is where edges come in and go out, if they all do at one x
 */
import { isBox } from "./structure.js";

export const TITLE = 28; // the height of an open group's title
const PAD = 14;
const GAP = 28; // between ranks
const BESIDE = 18; // between a leaf and its user
const TRACK = 12; // from a column's end to the edge that runs to the next column
const TALL = 560; // a group higher than this may be folded into columns

/**
 * Lay out what is visible of `root` when the boxes in `open` are open.
 * @param {Box} root
 * @param {Set<Box>} open
 * @param {(item: Item) => Size} sizeOf of a node, a leaf or a closed group
 * @param {(box: Box) => number} titleOf the width of an open group's title
 * @param {number} ratio width : height that tall groups are folded towards
 * @returns {Scene}
 */
export function lay(root, open, sizeOf, titleOf, ratio) {
  const shown = visible(root, open);
  /** @type {Map<Box, Plan>} */
  const plans = new Map();
  plan(root, plans, open);
  /** @type {Map<string, {from: Item, to: Item, uses: number[], route: [Box, string][]}>} */
  const links = new Map();
  for (const [thing, to] of shown) {
    for (const input of thing.inputs) {
      const from = shown.get(input.from);
      if (!from || from === to) continue;
      const separate = isBox(from) || isBox(to) ? "" : `#${input.edge}`;
      const key = `${from.key}>${to.key}${separate}`;
      let link = links.get(key);
      if (!link) links.set(key, (link = { from, to, uses: [], route: route(from, to, separate, plans) }));
      link.uses.push(input.edge);
    }
  }
  for (const [box, p] of plans) settle(box, p, shown);
  /** @type {Map<Box, Placed>} */
  const placed = new Map();
  place(root, plans, placed, sizeOf, titleOf, ratio);

  /** @type {Cell[]} */
  const cells = [];
  /** @type {Map<Box, Point>} */
  const origin = new Map([[root, { x: 0, y: 0 }]]);
  const put = (/** @type {Box} */ box, /** @type {number} */ depth) => {
    const { x, y } = /** @type {Point} */ (origin.get(box));
    const here = /** @type {Placed} */ (placed.get(box));
    for (const item of [...box.children, ...box.leaves]) {
      const r = here.at.get(item.key);
      if (!r) continue;
      const opened = isBox(item) && placed.has(item);
      cells.push({ item, open: opened, depth, x: r.x + x, y: r.y + y, w: r.w, h: r.h });
      if (isBox(item) && opened) {
        origin.set(item, { x: r.x + x, y: r.y + y });
        put(item, depth + 1);
      }
    }
  };
  put(root, 0);

  const edges = [...links.values()].map(({ from, to, uses, route }) => {
    /** @type {Point[][]} */
    const runs = [];
    for (const [box, key] of route) {
      const o = /** @type {Point} */ (origin.get(box));
      const line = placed.get(box)?.lines.get(key) ?? [];
      runs.push(line.map((p) => ({ x: p.x + o.x, y: p.y + o.y })));
    }
    for (let i = 1; i < runs.length; i++) meet(runs[i - 1], runs[i], route[i - 1][0], route[i][0]);
    return { from, to, uses, d: runs.map(curve).join("") };
  });
  const all = /** @type {Placed} */ (placed.get(root));
  return { w: all.w, h: all.h, cells, edges, shown };
}

/** Two runs of one edge meet in the inner group's port. @param {Point[]} a @param {Point[]} b @param {Box} boxA @param {Box} boxB */
function meet(a, b, boxA, boxB) {
  const inner = boxA.parent === boxB ? a[a.length - 1] : b[0];
  if (boxA.parent === boxB) b[0] = { ...inner };
  else a[a.length - 1] = { ...inner };
}

/** What stands for each node and leaf: itself, or the outermost closed box around it. @param {Box} root @param {Set<Box>} open */
function visible(root, open) {
  /** @type {Map<Thing, Item>} */
  const shown = new Map();
  const fill = (/** @type {Box} */ box, /** @type {Item} */ by) => {
    for (const item of [...box.children, ...box.leaves]) isBox(item) ? fill(item, by) : shown.set(item, by);
  };
  const walk = (/** @type {Box} */ box) => {
    for (const item of [...box.children, ...box.leaves]) {
      if (!isBox(item)) shown.set(item, item);
      else if (open.has(item)) walk(item);
      else fill(item, item);
    }
  };
  walk(root);
  return shown;
}

/** @param {Box} box @param {Map<Box, Plan>} plans @param {Set<Box>} open */
function plan(box, plans, open) {
  const units = new Map();
  for (const item of [...box.children, ...box.leaves]) {
    units.set(item.key, { key: item.key, item, port: "", left: [], right: [] });
    if (isBox(item) && open.has(item)) plan(item, plans, open);
  }
  plans.set(box, { units, segments: new Map() });
}

/**
 * The segments of one edge, group by group: up through ports, across, and down through ports.
 * @param {Item} from @param {Item} to @param {string} separate @param {Map<Box, Plan>} plans
 * @returns {[Box, string][]}
 */
function route(from, to, separate, plans) {
  const ups = around(from, plans);
  const downs = around(to, plans);
  while (ups.length > 1 && downs.length > 1 && ups[ups.length - 2] === downs[downs.length - 2]) {
    ups.pop();
    downs.pop();
  }
  /** @type {[Box, string][]} */
  const keys = [];
  const segment = (/** @type {Box} */ box, /** @type {string} */ v, /** @type {string} */ w) => {
    const key = `${v}>${w}${w === to.key ? separate : ""}`;
    plans.get(box)?.segments.set(key, { key, v, w });
    keys.push([box, key]);
  };
  const port = (/** @type {Box} */ box, /** @type {"in" | "out"} */ side) => {
    const key = `${side} ${from.key}`;
    plans.get(box)?.units.set(key, { key, item: null, port: side, left: [], right: [] });
    return key;
  };
  let v = from.key;
  for (const box of ups.slice(0, -1)) {
    segment(box, v, port(box, "out"));
    v = box.key;
  }
  let box = downs[downs.length - 1];
  for (const inner of downs.slice(0, -1).reverse()) {
    segment(box, v, inner.key);
    v = port(inner, "in");
    box = inner;
  }
  segment(box, v, to.key);
  return keys;
}

/** The open boxes around an item, from the inside out. @param {Item} item @param {Map<Box, Plan>} plans */
function around(item, plans) {
  const boxes = [];
  for (let box = item.parent; box; box = plans.has(box) ? box.parent : null) if (plans.has(box)) boxes.push(box);
  return boxes;
}

/** Leaves go beside their first user, unless it would then have nothing above it. @param {Box} box @param {Plan} p @param {Map<Thing, Item>} shown */
function settle(box, p, shown) {
  /** @type {Map<Unit, Thing[]>} */
  const wanted = new Map();
  for (const leaf of box.leaves) {
    const user = leaf.users.length ? shown.get(leaf.users[0].to) : undefined;
    const unit = user && !isBox(user) && p.units.get(user.key);
    if (unit) wanted.set(unit, [...(wanted.get(unit) ?? []), leaf]);
  }
  for (const [unit, leaves] of wanted) {
    const others = [...p.segments.values()].some((s) => s.w === unit.key && !leaves.some((l) => l.key === s.v));
    const aside = others ? leaves : leaves.length > 2 ? leaves.slice(1) : [];
    const half = Math.ceil(aside.length / 2);
    unit.left = aside.slice(0, half);
    unit.right = aside.slice(half);
    for (const leaf of aside) p.units.delete(leaf.key);
  }
}

/**
 * @param {Box} box @param {Map<Box, Plan>} plans @param {Map<Box, Placed>} placed
 * @param {(item: Item) => Size} sizeOf @param {(box: Box) => number} titleOf @param {number} ratio
 */
function place(box, plans, placed, sizeOf, titleOf, ratio) {
  const p = /** @type {Plan} */ (plans.get(box));
  /** @type {Map<string, {self: Size & {axis: number}, left: number, right: number, h: number}>} */
  const sizes = new Map();
  for (const unit of p.units.values()) {
    let self = { w: 1, h: 1, axis: 0.5 };
    if (unit.item && isBox(unit.item) && plans.has(unit.item)) {
      place(unit.item, plans, placed, sizeOf, titleOf, ratio);
      self = /** @type {Placed} */ (placed.get(unit.item));
    } else if (unit.item) {
      const { w, h } = sizeOf(unit.item);
      self = { w, h, axis: w / 2 };
    }
    const side = (/** @type {Thing[]} */ leaves) => {
      const w = Math.max(0, ...leaves.map((l) => sizeOf(l).w + BESIDE));
      return { w, h: leaves.reduce((h, l) => h + sizeOf(l).h + 8, -8) };
    };
    const [left, right] = [side(unit.left), side(unit.right)];
    sizes.set(unit.key, {
      self,
      left: left.w + self.axis,
      right: right.w + self.w - self.axis,
      h: Math.max(self.h, left.h, right.h),
    });
  }
  const users = new Map(); // a leaf beside its user stands in that user's unit
  for (const unit of p.units.values()) for (const leaf of [...unit.left, ...unit.right]) users.set(leaf.key, unit.key);
  const segments = [...p.segments.values()].map((s) => ({ ...s, v: users.get(s.v) ?? s.v, leaf: users.has(s.v) ? s.v : "" }));
  const outer = segments.filter((s) => s.v !== s.w);
  const middles = chain(p, outer, sizes) ?? layer(p, outer, sizes);
  fold(p, outer, sizes, middles, ratio);

  let [left, right, bottom] = [Infinity, -Infinity, 0];
  for (const [key, m] of middles.at) {
    const s = /** @type {NonNullable<ReturnType<typeof sizes.get>>} */ (sizes.get(key));
    left = Math.min(left, m.x - s.left);
    right = Math.max(right, m.x + s.right);
    bottom = Math.max(bottom, m.y + s.h / 2);
  }
  for (const line of middles.lines.values())
    for (const q of line) {
      left = Math.min(left, q.x);
      right = Math.max(right, q.x);
      bottom = Math.max(bottom, q.y);
    }
  if (!p.units.size) left = right = 0;
  const top = box.parent ? TITLE + PAD : PAD;
  const entered = [...p.units.values()].some((u) => u.port === "in"); // by an edge that must not cross the title
  const width = Math.max(right - left + 2 * PAD, box.parent ? (entered ? 2 : 1) * titleOf(box) : 0);
  const dx = (width - (right - left)) / 2 - left;
  const height = bottom + top + PAD;

  /** @type {Map<string, Rect>} */
  const at = new Map();
  for (const unit of p.units.values()) {
    const m = /** @type {Point} */ (middles.at.get(unit.key));
    const { self } = /** @type {any} */ (sizes.get(unit.key));
    const [x, y] = [m.x + dx, m.y + top];
    at.set(unit.key, { x: x - self.axis, y: y - self.h / 2, w: self.w, h: self.h });
    for (const [leaves, sign] of /** @type {[Thing[], number][]} */ ([[unit.left, -1], [unit.right, 1]])) {
      const total = leaves.reduce((h, l) => h + sizeOf(l).h + 8, -8);
      let ly = y - total / 2;
      for (const leaf of leaves) {
        const s = sizeOf(leaf);
        at.set(leaf.key, { x: sign < 0 ? x - self.axis - BESIDE - s.w : x - self.axis + self.w + BESIDE, y: ly, ...s });
        ly += s.h + 8;
      }
    }
  }
  /** @type {Map<string, Point[]>} */
  const lines = new Map();
  for (const s of segments) {
    const to = /** @type {Rect} */ (at.get(s.w));
    if (s.v === s.w) {
      lines.set(s.key, beside(/** @type {Rect} */ (at.get(s.leaf)), to, segments.filter((o) => o.leaf === s.leaf && o.w === s.w), s));
      continue;
    }
    const line = (middles.lines.get(s.key) ?? []).map((q) => ({ x: q.x + dx, y: q.y + top }));
    if (s.leaf) {
      const r = /** @type {Rect} */ (at.get(s.leaf));
      line[0] = { x: r.x + r.w / 2, y: r.y + r.h };
    }
    if (p.units.get(s.v)?.port === "in") line[0] = { x: line[0].x, y: 0 };
    if (p.units.get(s.w)?.port === "out") line[line.length - 1] = { x: line[line.length - 1].x, y: height };
    lines.set(s.key, line);
  }
  const gates = [...p.units.values()].filter((u) => u.port).map((u) => /** @type {Rect} */ (at.get(u.key)).x + 0.5);
  const axis = gates.length && gates.every((x) => Math.abs(x - gates[0]) < 1) ? gates[0] : width / 2;
  placed.set(box, { w: width, h: height, axis, at, lines });
}

/** The short edge from a leaf to the user beside it; as often as it is used there. @param {Rect} leaf @param {Rect} user @param {{key: string}[]} all @param {{key: string}} s */
function beside(leaf, user, all, s) {
  const y = leaf.y + leaf.h / 2 + (all.indexOf(s) - (all.length - 1) / 2) * 10;
  const inside = Math.min(Math.max(y, user.y + 8), user.y + user.h - 8);
  return leaf.x < user.x
    ? [{ x: leaf.x + leaf.w, y }, { x: user.x, y: inside }]
    : [{ x: leaf.x, y }, { x: user.x + user.w, y: inside }];
}

/**
 * One below the other, where the units are a chain.
 * @param {Plan} p @param {Segment[]} segments @param {Map<string, any>} sizes
 * @returns {{at: Map<string, Point>, lines: Map<string, Point[]>} | null}
 */
function chain(p, segments, sizes) {
  /** @type {Map<string, string>} */
  const next = new Map();
  const heads = new Set(p.units.keys());
  for (const s of segments) {
    if (next.has(s.v) ? next.get(s.v) !== s.w : !heads.delete(s.w)) return null;
    next.set(s.v, s.w);
  }
  if (heads.size !== 1) return null;
  /** @type {Map<string, Point>} */
  const at = new Map();
  /** @type {Map<string, Point[]>} */
  const lines = new Map();
  let y = 0;
  for (let key = /** @type {string | undefined} */ ([...heads][0]); key; key = next.get(key)) {
    const s = sizes.get(key);
    const port = p.units.get(key)?.port;
    if (port === "out") y -= GAP; // the border is the end
    at.set(key, { x: 0, y: port ? y : y + s.h / 2 });
    y += port ? 0 : s.h + GAP;
  }
  for (const s of segments) {
    const same = segments.filter((o) => o.v === s.v);
    const x = (same.indexOf(s) - (same.length - 1) / 2) * 16;
    const [a, b] = [/** @type {Point} */ (at.get(s.v)), /** @type {Point} */ (at.get(s.w))];
    lines.set(s.key, [
      { x, y: a.y + sizes.get(s.v).self.h / 2 },
      { x, y: b.y - sizes.get(s.w).self.h / 2 },
    ]);
  }
  return { at, lines };
}

/**
 * dagre's layers.  Ports are drawn to the first and the last of them.
 * @param {Plan} p @param {Segment[]} segments @param {Map<string, any>} sizes
 * @returns {{at: Map<string, Point>, lines: Map<string, Point[]>}}
 */
function layer(p, segments, sizes) {
  const { dagre } = /** @type {any} */ (globalThis);
  const g = new dagre.graphlib.Graph({ multigraph: true });
  g.setGraph({ nodesep: 22, edgesep: 14, ranksep: GAP, ranker: p.units.size > 60 ? "longest-path" : "network-simplex" });
  g.setDefaultEdgeLabel(() => ({}));
  const ports = { in: false, out: false };
  for (const unit of p.units.values()) {
    const s = sizes.get(unit.key);
    g.setNode(unit.key, { width: 2 * Math.max(s.left, s.right), height: s.h });
    if (unit.port) ports[unit.port] = true;
  }
  for (const s of segments) g.setEdge(s.v, s.w, { minlen: 1, weight: 1 }, s.key);
  const [top, bottom] = ["·top", "·bottom"];
  if (ports.in) g.setNode(top, { width: 1, height: 1 });
  if (ports.out) g.setNode(bottom, { width: 1, height: 1 });
  for (const unit of p.units.values()) {
    const weight = unit.port ? 20 : 0;
    if (ports.in && unit.port !== "in" && !g.inEdges(unit.key).length) g.setEdge(top, unit.key, { minlen: 2, weight }, "·");
    if (unit.port === "in") g.setEdge(top, unit.key, { minlen: 1, weight }, "·");
    if (ports.out && unit.port !== "out" && !g.outEdges(unit.key).length) g.setEdge(unit.key, bottom, { minlen: 2, weight }, "·");
    if (unit.port === "out") g.setEdge(unit.key, bottom, { minlen: 1, weight }, "·");
  }
  dagre.layout(g);
  /** @type {Map<string, Point>} */
  const at = new Map();
  let [first, last] = [Infinity, -Infinity];
  for (const unit of p.units.values()) {
    const { x, y } = g.node(unit.key);
    at.set(unit.key, { x, y });
    if (unit.port) continue;
    first = Math.min(first, y - sizes.get(unit.key).h / 2);
    last = Math.max(last, y + sizes.get(unit.key).h / 2);
  }
  /** @type {Map<string, Point[]>} */
  const lines = new Map();
  for (const s of segments) {
    /** @type {Point[]} */
    const inner = g.edge({ v: s.v, w: s.w, name: s.key }).points.slice(1, -1);
    const [a, b] = [at.get(s.v), at.get(s.w)].map((q) => ({ .../** @type {Point} */ (q) }));
    a.y += sizes.get(s.v).self.h / 2;
    b.y -= sizes.get(s.w).self.h / 2;
    const bends = inner.length > 1 ? inner.filter((q) => q.y > a.y && q.y < b.y) : []; // one: only dagre's place for a label
    const same = segments.filter((o) => o.v === s.v && o.w === s.w);
    a.x += (same.indexOf(s) - (same.length - 1) / 2) * 16;
    const item = p.units.get(s.w)?.item;
    if (item && !isBox(item)) {
      const all = segments.filter((o) => o.w === s.w).sort((o, q) => /** @type {Point} */ (at.get(o.v)).x - /** @type {Point} */ (at.get(q.v)).x);
      b.x += (all.indexOf(s) - (all.length - 1) / 2) * Math.min(24, sizes.get(s.w).self.w / (all.length + 1));
    }
    lines.set(s.key, [a, ...bends, b]);
  }
  const up = (/** @type {Point} */ q) => (q.y = Math.min(Math.max(q.y, first), last) - first);
  for (const q of at.values()) up(q);
  for (const line of lines.values()) line.forEach(up);
  return { at, lines };
}

/**
 * Fold what is too tall into columns, at places where a single edge crosses.
 * @param {Plan} p @param {Segment[]} segments @param {Map<string, any>} sizes
 * @param {{at: Map<string, Point>, lines: Map<string, Point[]>}} middles changed
 * @param {number} ratio
 */
function fold(p, segments, sizes, { at, lines }, ratio) {
  const rows = [...at].map(([key, m]) => ({ key, top: m.y - sizes.get(key).h / 2, end: m.y + sizes.get(key).h / 2 }));
  rows.sort((a, b) => a.top - b.top);
  const height = Math.max(...rows.map((r) => r.end));
  if (!(height > TALL)) return;
  const spread = [...at].flatMap(([key, m]) => [m.x - sizes.get(key).left, m.x + sizes.get(key).right]);
  const width = Math.max(...spread) - Math.min(...spread) + 4 * TRACK;
  const columns = Math.round(Math.sqrt((1.4 * ratio * height) / width));
  if (columns < 2) return;

  /** @type {{y: number, s: Segment}[]} */
  const cuts = [];
  let end = -Infinity;
  for (const row of rows) {
    if (row.top > end && end > -Infinity && !p.units.get(row.key)?.port) {
      const y = (row.top + end) / 2;
      const crossing = segments.filter((s) => /** @type {Point} */ (at.get(s.v)).y < y && /** @type {Point} */ (at.get(s.w)).y > y);
      if (crossing.length === 1) cuts.push({ y, s: crossing[0] });
    }
    end = Math.max(end, row.end);
  }
  /** @type {typeof cuts} */
  const chosen = [];
  for (let i = 1; i < columns && cuts.length; i++) {
    const want = (height * i) / columns;
    const best = cuts.reduce((a, b) => (Math.abs(b.y - want) < Math.abs(a.y - want) ? b : a));
    if (!chosen.includes(best) && Math.abs(best.y - want) < (0.4 * height) / columns) chosen.push(best);
  }
  if (!chosen.length) return;
  chosen.sort((a, b) => a.y - b.y);

  const column = (/** @type {number} */ y) => chosen.filter((c) => c.y < y).length;
  const spans = Array.from({ length: chosen.length + 1 }, () => ({ left: Infinity, right: -Infinity, top: Infinity, end: -Infinity }));
  for (const row of rows) {
    const [m, s, span] = [/** @type {Point} */ (at.get(row.key)), sizes.get(row.key), spans[column((row.top + row.end) / 2)]];
    span.left = Math.min(span.left, m.x - s.left);
    span.right = Math.max(span.right, m.x + s.right);
    span.top = Math.min(span.top, row.top);
    span.end = Math.max(span.end, row.end);
  }
  for (const [key, line] of lines) {
    if (chosen.some((c) => c.s.key === key)) continue;
    const span = spans[column(line[0].y)];
    for (const q of line) {
      span.left = Math.min(span.left, q.x);
      span.right = Math.max(span.right, q.x);
    }
  }
  let x = 0;
  const shifts = spans.map((span) => {
    const shift = { dx: x - span.left, dy: TRACK - span.top };
    x += span.right - span.left + 4 * TRACK;
    return shift;
  });
  const move = (/** @type {Point} */ q, /** @type {number} */ c) => ({ x: q.x + shifts[c].dx, y: q.y + shifts[c].dy });
  const crossing = new Set(chosen.map((c) => c.s.key));
  for (const [key, line] of lines) {
    const c = column(line[0].y);
    if (!crossing.has(key)) {
      lines.set(key, line.map((q) => move(q, c)));
      continue;
    }
    const [a, b] = [move(line[0], c), move(line[line.length - 1], c + 1)];
    const gutter = spans[c].right + shifts[c].dx + 2 * TRACK;
    const down = spans[c].end + shifts[c].dy + TRACK;
    lines.set(key, [a, { x: a.x, y: down }, { x: gutter, y: down }, { x: gutter, y: 0 }, { x: b.x, y: 0 }, b]);
  }
  for (const [key, m] of at) at.set(key, move(m, column(m.y)));
}

/** An SVG path through points: smooth where it runs down, rounded corners where it turns. @param {Point[]} points */
function curve(points) {
  if (!points.length) return "";
  const n = (/** @type {number} */ v) => String(Math.round(v * 10) / 10);
  let d = `M${n(points[0].x)} ${n(points[0].y)}`;
  const square = points.some((q, i) => i && q.y < points[i - 1].y - 1 && q.x === points[i - 1].x);
  for (let i = 1; i < points.length; i++) {
    const [a, b, c] = [points[i - 1], points[i], points[i + 1]];
    if (!square) {
      const m = (a.y + b.y) / 2;
      d += Math.abs(a.x - b.x) < 0.5 || Math.abs(a.y - b.y) < 12 ? `L${n(b.x)} ${n(b.y)}` : `C${n(a.x)} ${n(m)} ${n(b.x)} ${n(m)} ${n(b.x)} ${n(b.y)}`;
    } else if (!c) d += `L${n(b.x)} ${n(b.y)}`;
    else {
      const near = (/** @type {Point} */ q) => {
        const r = Math.min(8, Math.hypot(q.x - b.x, q.y - b.y) / 2);
        const l = Math.hypot(q.x - b.x, q.y - b.y) || 1;
        return `${n(b.x + ((q.x - b.x) / l) * r)} ${n(b.y + ((q.y - b.y) / l) * r)}`;
      };
      d += `L${near(a)}Q${n(b.x)} ${n(b.y)} ${near(c)}`;
    }
  }
  return d;
}
