/** The programs of compiled functions: what was recorded, what it became, where arrays lie. */
import { bytes } from "./record.js";
import { h } from "./panel.js";

const MAP_WIDTH = 760;
const MAP_ROW = 20; // of an array, in the picture

/** @param {number[]} slots */
const slotNames = (slots) => slots.map((s) => `%${s}`).join(", ");

/** @param {import("./record.js").Table[]} programs @param {HTMLElement} place */
export function showPrograms(programs, place) {
  place.replaceChildren(...programs.flatMap(sections));
}

/** @param {import("./record.js").Table} program */
function sections({ name, lines, instructions, buffers }) {
  const inner = lines.findIndex((/** @type {string} */ line) => line.startsWith("  "));
  const head = inner < 0 ? lines : lines.slice(0, inner);
  const rows = instructions.name.map((/** @type {string} */ what, /** @type {number} */ i) => {
    const became = instructions.became[i];
    const python = became.startsWith("in Python");
    const [makes, reads] = [slotNames(instructions.makes[i]), slotNames(instructions.reads[i])];
    return h("tr", { class: python ? "python" : "" }, h("td", {}, h("code", {}, `${makes}${makes && " = "}${what}(${reads})`)), h("td", {}, python ? became : h("code", {}, became)));
  });
  const planned = instructions.became.some(Boolean);
  const calls = lines.slice(head.length).map((/** @type {string} */ line) => h("li", { class: line.includes("   in Python: ") ? "python" : "" }, line.trim()));
  return [
    h("h2", {}, name ? `The program of ${name}` : "The program"),
    ...head.map((/** @type {string} */ line) => h("p", {}, line)),
    planned ? h("h3", {}, "What was recorded, and what it became") : null,
    planned ? h("div", { class: "wide", tabindex: "0" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "recorded"), h("th", { scope: "col" }, "became"))), h("tbody", {}, ...rows))) : null,
    calls.length ? h("h3", {}, planned ? "What a call does, in order" : "What was recorded") : null,
    calls.length ? h("ol", { class: "calls" }, ...calls) : null,
    ...memory(buffers),
  ].filter((e) => e !== null);
}

/** Where the arrays of the kernels lie: one block of memory, over the calls. @param {import("./record.js").Table} b */
function memory(b) {
  const shared = b.slot.map((/** @type {number} */ _, /** @type {number} */ i) => i).filter((/** @type {number} */ i) => b.at[i] >= 0);
  const alone = b.slot.map((/** @type {number} */ _, /** @type {number} */ i) => i).filter((/** @type {number} */ i) => b.at[i] < 0);
  if (!b.slot.length) return [];
  const said = (/** @type {number} */ i) => `%${b.slot[i]} ${b.form[i]}, ${bytes(b.bytes[i])}`;
  const out = [];
  if (shared.length) {
    const size = Math.max(...shared.map((/** @type {number} */ i) => b.at[i] + b.bytes[i]));
    const last = Math.max(...shared.map((/** @type {number} */ i) => b.to[i])) + 1;
    const tall = Math.min(360, Math.max(120, MAP_ROW * shared.length));
    const rects = shared.map((/** @type {number} */ i) => {
      const [x, y] = [(b.from[i] / last) * MAP_WIDTH, (b.at[i] / size) * tall];
      const [w, t] = [((b.to[i] + 1 - b.from[i]) / last) * MAP_WIDTH, Math.max(2, (b.bytes[i] / size) * tall)];
      const text = t >= 15 && w >= 34 ? `<text x="${x + w / 2}" y="${y + t / 2 + 4}" text-anchor="middle">%${b.slot[i]}</text>` : "";
      return `<g><title>${said(i)}: calls ${b.from[i] + 1} to ${b.to[i] + 1}</title><rect x="${x}" y="${y}" width="${w}" height="${t}"></rect>${text}</g>`;
    });
    const box = h("div");
    box.innerHTML = `<svg class="memory" viewBox="-1 -1 ${MAP_WIDTH + 2} ${tall + 22}" role="img" aria-label="${shared.length} arrays share ${bytes(size)}">${rects.join("")}<text x="0" y="${tall + 17}">call 1</text><text x="${MAP_WIDTH}" y="${tall + 17}" text-anchor="end">call ${last}</text></svg>`;
    out.push(h("h3", {}, `Memory: ${shared.length} arrays share ${bytes(size)}`), h("p", { class: "soft" }, "Across: the calls of kernels, from the first use of an array to its last. Down: its bytes in the block."), box);
  }
  if (alone.length) out.push(h("h3", {}, "Arrays of their own: gradients, results, and what Python reads"), h("p", {}, alone.map(said).join("; ")));
  return out;
}
