/**
 * The tree that the page opens and closes: modules, repeated blocks, and runs of long flat graphs.
 *
 * @import { Model } from "./record.js"
 * @typedef {{key: string, id: number, kind: number, parent: Box, title: string, from: string,
 *   inputs: {from: Thing, edge: number}[], users: {to: Thing, edge: number}[]}} Thing
 * @typedef {{key: string, title: string, kind: "root" | "module" | "repeat" | "run" | "leaves", badge: string, like: number,
 *   parent: Box | null, children: Item[], leaves: Thing[], count: number, last: Thing | null, ids: number[]}} Box
 * @typedef {Thing | Box} Item
 */

const MANY = 60; // a box with more children is cut into runs
const LONGEST = 48; // items in a block that repeats: a step of an LSTM has 16
const CROWD = 12; // leaves that may stand around one operation, or before one block that repeats

/** @param {Item} item @returns {item is Box} */
export const isBox = (item) => "children" in item;

/** @param {Model} model */
export function structure(model) {
  const { nodes, edges, groups } = model;
  const root = box("root", model.raw.title, "root", null);
  /** @type {Box[]} */
  const modules = groups.name.map((/** @type {string} */ name, /** @type {number} */ i) =>
    box(`g${i}`, name && name !== groups.kind[i] ? `${name} · ${groups.kind[i]}` : groups.kind[i], "module", null, groups.like[i]),
  );
  /** @type {Thing[]} */
  const things = nodes.kind.map((/** @type {number} */ kind, /** @type {number} */ id) => ({
    key: `n${id}`, id, kind, parent: root, title: model.name(id), from: "", inputs: [], users: [],
  }));
  const attach = (/** @type {number} */ g) => {
    const inner = modules[g];
    if (!inner.parent) {
      inner.parent = groups.parent[g] < 0 ? root : attach(groups.parent[g]);
      inner.parent.children.push(inner);
    }
    return inner;
  };
  for (const thing of things) {
    if (thing.kind) continue;
    thing.parent = nodes.group[thing.id] < 0 ? root : attach(nodes.group[thing.id]);
    thing.parent.children.push(thing);
    const [name, op] = [nodes.name[thing.id], model.operation(thing.id)?.name ?? ""];
    thing.title = name ? `${name} = ${op}` : op;
  }
  edges.from.forEach((/** @type {number} */ from, /** @type {number} */ edge) => {
    const to = things[edges.to[edge]];
    to.inputs.push({ from: things[from], edge });
    things[from].users.push({ to, edge });
  });
  const wholes = leavesOf(root, things);
  simplify(root);
  repeats(root);
  runs(root);
  home(things.filter((leaf) => leaf.kind), model, root, wholes);
  bundles(root);
  sum(root);
  return { root, things };
}

/** @param {string} key @param {string} title @param {Box["kind"]} kind @param {Box | null} parent @param {number} [like] @returns {Box} */
function box(key, title, kind, parent, like = -1) {
  return { key, title, kind, badge: "", like, parent, children: [], leaves: [], count: 0, last: null, ids: [] };
}

/** Groups that own a leaf of theirs. @param {Box} root @param {Thing[]} things */
function leavesOf(root, things) {
  const own = new Set();
  for (const thing of things) if (thing.kind && thing.users.length) own.add(thing.users[0].to.parent);
  own.delete(root);
  return own;
}

/** A module of one module is one box; a module of one operation without leaves is that operation. @param {Box} at */
function simplify(at) {
  at.children.forEach((child, i) => {
    if (!isBox(child)) return;
    let inner = child;
    while (inner.children.length === 1 && isBox(inner.children[0])) {
      inner.children[0].title = `${inner.title} › ${inner.children[0].title}`;
      inner = inner.children[0];
    }
    inner.parent = at;
    at.children[i] = inner;
    simplify(inner);
    const [only] = inner.children;
    if (inner.children.length === 1 && !isBox(only) && !only.inputs.some((u) => u.from.kind)) {
      only.parent = at;
      only.from = only.title;
      only.title = inner.title;
      at.children[i] = only;
    }
  });
}

/** @param {Item} item */
const signature = (item) => (isBox(item) ? (item.like < 0 ? item.title : `like ${item.like}`) : `${item.from || item.title}`);

/** Blocks that repeat three times or more become one box, "×12". @param {Box} at */
function repeats(at) {
  for (const child of at.children) if (isBox(child)) repeats(child);
  const signs = at.children.map(signature);
  /** @type {Item[]} */
  const out = [];
  for (let i = 0; i < signs.length; ) {
    let best = { period: 0, times: 0 };
    for (let period = 1; period <= LONGEST && i + 3 * period <= signs.length; period++) {
      let times = 1;
      while (i + (times + 1) * period <= signs.length && signs.slice(i, i + period).every((s, k) => s === signs[i + times * period + k])) times++;
      const boxes = at.children.slice(i, i + period).some(isBox);
      if (times >= (boxes ? 3 : 6) && times * period > best.period * best.times) best = { period, times };
    }
    const { period, times } = best;
    if (times && times * period < signs.length) {
      const first = at.children.slice(i, i + period);
      const names = first.map((c) => (c.title.split(" · ").pop() ?? "").replace(/^.* = /, ""));
      const all = box(`r${first[0].key}`, names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : ""), "repeat", at);
      all.badge = `×${times}`;
      all.children = at.children.slice(i, i + period * times);
      for (const child of all.children) child.parent = all;
      out.push(all);
      i += period * times;
    } else out.push(at.children[i++]);
  }
  at.children = out;
}

/** A long flat graph is cut into runs of operations, so that every drawing stays small. @param {Box} at */
function runs(at) {
  for (const child of at.children) if (isBox(child)) runs(child);
  while (at.children.length > MANY) {
    const size = Math.max(12, Math.ceil(Math.sqrt(at.children.length) * 0.9));
    /** @type {Item[]} */
    const out = [];
    for (let i = 0; i < at.children.length; i += size) {
      const part = at.children.slice(i, i + size);
      const run = box(`s${part[0].key}`, "", "run", at);
      run.children = part;
      for (const child of part) child.parent = run;
      out.push(run);
    }
    at.children = out;
  }
}

/**
 * Parameters, unnamed arrays and what a module made stand where they are first used, the caller's arrays outside of modules;
 * and outside of what repeats, unless it takes many of them.
 * @param {Thing[]} leaves @param {Model} model @param {Box} root @param {Set<Box>} owners
 */
function home(leaves, model, root, owners) {
  /** @type {Map<Box, Thing[]>} */
  const before = new Map(); // blocks that repeat
  for (const leaf of leaves) {
    leaf.parent = leaf.users[0]?.to.parent ?? root;
    const parameter = leaf.title.includes(".") || (leaf.kind === 1 && owners.has(leaf.parent));
    if (!parameter && leaf.title !== "constant" && model.nodes.group[leaf.id] < 0) {
      /** @type {Box | null} */
      let block = null;
      for (let at = /** @type {Box | null} */ (leaf.parent); at; at = at.parent) {
        if (at.kind === "module") [leaf.parent, block] = [/** @type {Box} */ (at.parent), null];
        if (at.kind === "repeat") block ??= at;
      }
      for (let at = block; at?.parent; at = at.parent) if (at.kind === "repeat") block = at;
      if (block) before.set(block, [...(before.get(block) ?? []), leaf]);
    }
  }
  for (const [block, some] of before) if (some.length <= CROWD) for (const leaf of some) leaf.parent = /** @type {Box} */ (block.parent);
  for (const leaf of leaves) leaf.parent.leaves.push(leaf);
}

/** Of many leaves around one operation a box is made, which may hold such boxes. @param {Box} at */
function bundles(at) {
  for (const child of at.children) if (isBox(child)) bundles(child);
  /** @type {Map<Thing, Thing[]>} */
  const around = new Map();
  for (const leaf of at.leaves) if (leaf.users.length) around.set(leaf.users[0].to, [...(around.get(leaf.users[0].to) ?? []), leaf]);
  for (const [user, leaves] of around) {
    if (leaves.length <= CROWD) continue;
    /** @type {Item[]} */
    let items = leaves;
    while (items.length > 1) {
      const size = Math.ceil(items.length / Math.ceil(items.length / CROWD));
      /** @type {Box[]} */
      const boxes = [];
      for (let i = 0; i < items.length; i += size) boxes.push(bundle(items.slice(i, i + size), at));
      items = boxes;
    }
    const [all] = /** @type {Box[]} */ (items);
    const place = at.children.findIndex((child) => child === user || (isBox(child) && boxesAround(user).includes(child)));
    at.children.splice(Math.max(0, place), 0, all);
    at.leaves = at.leaves.filter((leaf) => !leaves.includes(leaf));
  }
}

/** @param {Item[]} items leaves, or bundles @param {Box} parent */
function bundle(items, parent) {
  const ends = (/** @type {Item} */ item) => (isBox(item) ? item.ids : [item.id]);
  const names = (/** @type {Item} */ item) => (isBox(item) ? item.title.split(" – ") : [item.title]);
  const [first, last] = [names(items[0])[0], names(items[items.length - 1]).pop()];
  const all = box(`l${items[0].key}`, first === last ? first : `${first} – ${last}`, "leaves", parent);
  all.children = items;
  for (const item of items) item.parent = all;
  all.ids = items.flatMap(ends);
  all.badge = `×${all.ids.length}`;
  const newest = items[items.length - 1];
  all.last = isBox(newest) ? newest.last : newest;
  return all;
}

/** @param {Box} at */
function sum(at) {
  for (const child of at.children) {
    if (isBox(child) && child.kind === "leaves") continue;
    if (isBox(child)) sum(child);
    const last = isBox(child) ? child.last : child;
    at.count += isBox(child) ? child.count : 1;
    if (last && (!at.last || last.id > at.last.id)) at.last = last;
    for (const id of isBox(child) ? child.ids : [child.id]) at.ids.push(id);
  }
  if (at.kind === "run") at.title = nameOf(at);
}

/** What a run is made of. @param {Box} at */
function nameOf(at) {
  const [first, last] = [at.children[0], at.children[at.children.length - 1]];
  if (isBox(first) && isBox(last) && first.kind !== "run") return `${first.title.split(" · ")[0]} – ${last.title}`;
  const counts = new Map();
  const tally = (/** @type {Item} */ item) => {
    if (isBox(item)) item.children.forEach(tally);
    else counts.set(item.from || item.title.replace(/^.* = /, ""), (counts.get(item.from || item.title.replace(/^.* = /, "")) ?? 0) + 1);
  };
  tally(at);
  const top = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 2).map(([name]) => name);
  return top.join(", ") + (counts.size > 2 ? ", …" : "");
}

/** Every box around an item, from the inside out, without the root. @param {Item} item */
export function boxesAround(item) {
  const boxes = [];
  for (let at = item.parent; at?.parent; at = at.parent) boxes.push(at);
  return boxes;
}
