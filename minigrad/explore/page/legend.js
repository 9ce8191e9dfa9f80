/** Every mark of the drawing, explained beside a sample of it; and the keys. */
import { h } from "./panel.js";

/** @param {string} name @param {string} inner @param {string} [more] */
const sample = (name, inner = "", more = "") =>
  `<svg width="92" height="34" viewBox="-2 -2 96 36"><g class="cell ${name}">${more}<rect class="frame" width="88" height="30" rx="${/leaf|constant/.test(name) ? 15 : 6}"></rect>${inner}</g></svg>`;
/** @param {string} name */
const arrow = (name) => `<svg width="92" height="20" viewBox="0 -10 92 20"><g class="edge ${name}"><path d="M2 0L86 0"></path><path class="head" d="M88 0l-8 -3.5l0 7z"></path></g></svg>`;
/** @param {string} text */
const words = (text) => `<text x="44" y="19" text-anchor="middle" fill="currentColor" font-size="12">${text}</text>`;

/** @param {string} colours */
const stripe = (colours) => `<i class="stripe" style="background:linear-gradient(90deg, ${colours})"></i>`;

/** @type {[string, string][]} */
const MARKS = [
  [sample("is-future", words("multiply")), "an operation that is still to come: pale"],
  [sample("is-made", words("multiply")), "it has run forward: solid blue"],
  [sample("is-partly", words("Linear")), "a group of which a part has run"],
  [sample("is-receives", words("multiply")), "its gradient arrives, term by term"],
  [sample("is-done", words("multiply")), "its gradient was complete, and was passed on: solid orange"],
  [sample("is-made at-now", words("multiply")), "what runs now: framed; in red where it failed"],
  [sample("is-made at-selected", words("multiply")), "what you chose, and the path to the loss: violet"],
  [sample("is-made is-hit", words("multiply")), "found by the search"],
  [sample("leaf is-made", words("weight")), "a leaf: requires a gradient; it stands beside its first use"],
  [sample("constant", words("x")), "a constant: no gradient goes there"],
  [sample("is-made", '<path class="chevron" d="M8 9l6 5l-6 5z"></path><text x="52" y="19" text-anchor="middle" fill="currentColor" font-size="12">×12</text>', '<rect class="stack" x="3" y="3" width="88" height="30" rx="6"></rect>'), "a closed group: a module, a run of operations, blocks that repeat 12 times, or 12 leaves"],
  [sample("is-made", '<rect class="keeps" x="72" y="20" width="6" height="6"></rect>'), "keeps arrays for the backward pass"],
  [sample("is-done is-freed", '<rect class="keeps" x="72" y="20" width="6" height="6"></rect>'), "what it kept is freed"],
  [arrow("is-made"), "a value went this way"],
  [arrow("is-done"), "a gradient came back, against the arrow"],
  [arrow("is-made is-dry"), "no gradient goes back along this edge"],
  ['<svg width="92" height="24" viewBox="0 0 92 24"><g class="pill" transform="translate(24 12)"><rect x="-22" y="-10" width="44" height="20" rx="10"></rect></g><g class="pill back" transform="translate(68 12)"><rect x="-22" y="-10" width="44" height="20" rx="10"></rect></g></svg>', "an array on the move, by its number or shape: a value, a gradient"],
  [stripe("var(--blue) 0 35%, var(--orange) 35%"), "under the slider: what runs forward, and the backward passes"],
  [stripe("rgb(11 99 165), var(--ground), rgb(213 94 0)"), "in a heat map: below zero, zero, above"],
  [stripe("rgb(230 0 30), rgb(230 0 30)"), "in a heat map or a picture: NaN or infinite"],
  ["<b>0.5</b>", "the number of a box: its value; ∇ 0.5: its gradient"],
  ["<b>rms 0.8</b>", "of an array: the root of the mean of its squares"],
  ['<b class="nan">NaN ∞</b>', "not a number, or infinite, somewhere in the array"],
];

/** @type {[string, string][]} */
const KEYS = [
  ["space k", "play, pause"], ["← →", "a step back, a step on"], ["j l", "ten steps"], ["Home End", "first, last"],
  ["0 … 9", "that tenth of the time"], ["< >", "slower, faster"], ["b", "to the backward pass"], ["↑ ↓", "to the producer, the consumer"],
  ["Enter", "open or close a group"], ["o x", "open or close all"], ["e u", "this group alone, up again"], ["p", "path to the loss"],
  ["n N", "first NaN, first infinity"], ["/", "search; Enter: the next hit"], ["f + −", "fit, zoom"], ["Esc", "follow time again"], ["d", "dark or light"], ["?", "this legend"],
];

/** @returns {HTMLElement[]} */
export function legend() {
  const marks = h("div", { class: "marks" });
  for (const [mark, text] of MARKS) {
    const left = h("div", { "aria-hidden": "true" });
    left.innerHTML = mark;
    marks.append(left, h("div", {}, text));
  }
  const keys = KEYS.map(([key, text]) => h("li", {}, ...key.split(" ").flatMap((k) => [h("kbd", {}, k), " "]), text));
  const close = h("form", { method: "dialog" }, h("button", {}, "Close"));
  return [close, h("h2", {}, "Marks"), marks, h("h2", {}, "Keys"), h("ul", { class: "keys" }, ...keys)];
}
