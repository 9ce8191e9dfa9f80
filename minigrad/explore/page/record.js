/**
 * Reading a record (docs/explore-record.md): tables by column in, plain accessors out.
 *
 * @typedef {{else: any, at: number[], is: any[]}} Sparse
 * @typedef {{name: string, arguments: string[], variadic?: boolean, torch: string, doc: string, forward: string,
 *   rules: {inputs: string[], wants: string[], source: string}[]}} Operation
 * @typedef {{[column: string]: any}} Table
 * @typedef {{[field: string]: any}} Raw
 * @typedef {{shape: number[], dtype: string, mean: number, std: number, min: number, max: number,
 *   zeros: number, nan: number, inf: number, count: number}} Stats
 * @typedef {ReturnType<typeof read>} Model
 */

export const FORWARD = 0;
export const SEED = 1;
export const VISIT = 2;
export const RULE = 3;
export const UNBROADCAST = 4;
export const ARRIVE = 5;
export const FREE = 6;
export const ACCUMULATE = 7;
export const ERROR = 8;
export const KINDS = ["forward", "seed", "visit", "rule", "un-broadcast", "arrive", "free", "accumulate", "error"];

/** JSON has no infinity and no NaN. @param {number | string} x */
export const number = (x) => (typeof x === "number" ? x : x === "nan" ? NaN : x === "inf" ? Infinity : -Infinity);

/** @param {any} column a list, or a sparse column @param {number} n @returns {any[]} */
function dense(column, n) {
  if (!column) return [];
  if (Array.isArray(column)) return column;
  const all = new Array(n).fill(column.else);
  column.at.forEach((/** @type {number} */ row, /** @type {number} */ k) => (all[row] = column.is[k]));
  return all;
}

/** @param {Table} table @returns {Table} the same with every column a list */
function columns(table) {
  const n = Math.max(0, ...Object.values(table).map((c) => (Array.isArray(c) ? c.length : 0)));
  return Object.fromEntries(Object.entries(table).map(([name, c]) => [name, dense(c, n)]));
}

/** Rows of a table by what they say of an array. @param {Table} table @returns {Map<number, number>} */
const byArray = (table) => new Map(table.array.map((/** @type {number} */ a, /** @type {number} */ row) => [a, row]));

/** @param {Raw} raw a record of kind "step" or "structure" */
export function read(raw) {
  const nodes = columns(raw.nodes);
  const edges = columns(raw.edges);
  const arrays = columns(raw.arrays);
  const steps = columns(raw.steps ?? { kind: [] });
  const kept = columns(raw.kept);
  const lines = columns(raw.lines);
  const [values, heats, histograms] = [byArray(raw.values), byArray(raw.heats), byArray(raw.histograms)];
  const count = (/** @type {number[]} */ shape) => shape.reduce((a, b) => a * b, 1);

  /** @type {number[][]} the steps that concern each node, in order */
  const at = nodes.kind.map(() => []);
  steps.kind.forEach((/** @type {number} */ _, /** @type {number} */ t) => steps.node[t] >= 0 && at[steps.node[t]].push(t));
  /** @type {boolean[]} was a node there before the record began? Leaves and constants were. */
  const early = nodes.kind.map((/** @type {number} */ kind, /** @type {number} */ i) => kind > 0 || !at[i].some((t) => steps.kind[t] === FORWARD));

  const shapeOf = (/** @type {number} */ node) => /** @type {number[]} */ (raw.shapes[nodes.shape[node]]);
  const argument = (/** @type {number} */ edge) => {
    const op = /** @type {Operation} */ (raw.operations[nodes.operation[edges.to[edge]]]);
    return op.variadic ? `${op.arguments[0]}[${edges.argument[edge]}]` : (op.arguments[edges.argument[edge]] ?? "");
  };
  return {
    raw,
    nodes,
    edges,
    steps,
    kept,
    at,
    early,
    groups: columns(raw.groups),
    length: /** @type {number} */ (steps.kind.length),
    /** @param {number} node @returns {Operation | null} */
    operation: (node) => raw.operations[nodes.operation[node]] ?? null,
    shapeOf,
    dtypeOf: (/** @type {number} */ node) => /** @type {string} */ (raw.dtypes[nodes.dtype[node]]),
    argument,
    /** What a person calls a node. @param {number} node @returns {string} */
    name: (node) => nodes.name[node] || raw.operations[nodes.operation[node]]?.name || "constant",
    /** @param {number} t @returns {string} */
    sentence: (t) => raw.sentences[steps.sentence[t]] ?? "",
    /** @param {number} node */
    line: (node) => {
      const row = nodes.line[node];
      return row >= 0 ? { place: `${raw.files[lines.file[row]]}:${lines.number[row]}`, text: /** @type {string} */ (lines.text[row]) } : null;
    },
    /** @param {number} a @returns {Stats} */
    stats: (a) => ({
      shape: raw.shapes[arrays.shape[a]],
      dtype: raw.dtypes[arrays.dtype[a]],
      count: count(raw.shapes[arrays.shape[a]]),
      mean: number(arrays.mean[a]),
      std: number(arrays.std[a]),
      min: number(arrays.min[a]),
      max: number(arrays.max[a]),
      zeros: arrays.zeros[a],
      nan: arrays.nan[a],
      inf: arrays.inf[a],
    }),
    /** @param {number} a @returns {number[] | null} */
    numbers: (a) => (values.has(a) ? raw.values.numbers[/** @type {number} */ (values.get(a))].map(number) : null),
    /** @param {number} a */
    heat: (a) => {
      const row = heats.get(a);
      if (row === undefined) return null;
      const { rows, columns, of, scale, picture, pixels } = raw.heats;
      const bytes = Int8Array.from(atob(pixels[row]), (c) => c.charCodeAt(0));
      return { rows: rows[row], columns: columns[row], of: of[row], scale: number(scale[row]), picture: picture[row], bytes };
    },
    /** @param {number} a */
    histogram: (a) => {
      const row = histograms.get(a);
      if (row === undefined) return null;
      const { low, high, counts } = raw.histograms;
      return { low: number(low[row]), high: number(high[row]), counts: /** @type {number[]} */ (counts[row]) };
    },
    /**
     * The first step that brought about NaN or infinity, and the node to look at: what made it, or the leaf that had it.
     * @param {"nan" | "inf"} kind @returns {{step: number, node: number} | null}
     */
    firstBad: (kind) => {
      const has = (/** @type {number} */ a) => a >= 0 && arrays[kind][a] > 0;
      const step = (steps.array ?? []).findIndex(has);
      if (step < 0) return null;
      const node = steps.node[step];
      const given = edges.from.filter((/** @type {number} */ from, /** @type {number} */ e) => edges.to[e] === node && nodes.kind[from] && has(nodes.value[from]));
      return { step, node: steps.kind[step] === FORWARD && given.length ? given[0] : node };
    },
  };
}

/**
 * Where a node stands at step t: what has happened to it, and its newest arrays.
 * @param {Model} model @param {number} node @param {number} t
 */
export function situation(model, node, t) {
  const { steps, nodes } = model;
  const born = model.early[node];
  const now = { made: born, receives: false, visited: false, freed: false, written: false, failed: false,
    value: born ? nodes.value[node] : -1, gradient: -1, grad: -1 };
  for (const s of model.at[node]) {
    if (s > t) break;
    const array = steps.array[s];
    if (steps.kind[s] === FORWARD) [now.made, now.value] = [true, array];
    else if (steps.kind[s] === SEED || steps.kind[s] === ARRIVE) {
      if (steps.before[s] < 0 && now.visited) now.visited = false; // another pass
      [now.receives, now.gradient] = [true, array];
    } else if (steps.kind[s] === VISIT) [now.visited, now.gradient] = [true, array];
    else if (steps.kind[s] === FREE) now.freed = true;
    else if (steps.kind[s] === ACCUMULATE) [now.written, now.grad] = [true, array];
    else if (steps.kind[s] === ERROR) now.failed = true;
  }
  if (now.grad < 0 && nodes.kind[node] === 1) {
    const later = model.at[node].find((s) => s > t && steps.kind[s] === ACCUMULATE);
    if (later !== undefined) now.grad = steps.before[later];
    else if (!model.length) now.grad = nodes.grad[node];
  }
  return now;
}

/** A number in few characters. @param {number} x @param {number} [digits] */
export function short(x, digits = 4) {
  if (x === undefined || x === null) return "";
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "NaN" : x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  const text = size && (size < 1e-3 || size >= 1e6) ? x.toExponential(digits - 2).replace(/\.?0+e/, "e").replace("e+", "e") : String(Number(x.toPrecision(Math.max(digits, size < 1 ? digits : Math.ceil(Math.log10(size + 1))))));
  return text.replace(/-/g, "−");
}

/** @param {number[]} shape (32, 10), as Python writes it */
export const tuple = (shape) => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`);

/** The one number that stands for an array: itself, or the root of its mean square. @param {Stats} s */
export function gist(s) {
  if (s.nan) return "NaN";
  if (s.inf) return "∞";
  if (s.count === 1) return short(s.mean);
  return s.count ? `rms ${short(Math.hypot(s.mean, s.std), 3)}` : "empty";
}

/** @param {number} n */
export function bytes(n) {
  const units = ["bytes", "kB", "MB", "GB"];
  let u = 0;
  while (n >= 1000 && u < 3) [n, u] = [n / 1000, u + 1];
  return `${u ? n.toPrecision(3) : n} ${units[u]}`;
}
