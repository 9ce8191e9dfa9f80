/**
 * Over training: one small picture a statistic, one curve a layer, and the worst layer named.
 *
 * @import { Raw } from "./record.js"
 * @typedef {{name: string, layer: number, parameter: number, at: (number | null)[]}} Curve
 */
import { number, short } from "./record.js";
import { h } from "./panel.js";

const W = 380;
const H = 190;
const EDGE = { left: 64, right: 10, top: 10, bottom: 26 };

/** From the first layer to the last: dark blue to bright yellow, so that lightness tells too. @param {number} part */
const depth = (part) => `hsl(${235 - 190 * part} 75% calc(var(--low) + ${part.toFixed(3)} * var(--span)))`;

/** @param {Raw} raw a record of kind "training" @param {HTMLElement} place */
export function showTraining(raw, place) {
  const { layers, parameters, at, worst } = raw;
  const title = (/** @type {number} */ i) => `${layers.name[i]} · ${layers.kind[i]}`;
  const n = layers.name.length;
  const tints = layers.name.map((/** @type {string} */ _, /** @type {number} */ i) => depth(n > 1 ? i / (n - 1) : 0));
  const list = (/** @type {any[]} */ column) => column.map((v) => (v === null ? null : number(v)));
  const perLayer = (/** @type {string} */ what) => layers[what].map((/** @type {any[]} */ c, /** @type {number} */ i) => ({ name: title(i), layer: i, parameter: -1, at: list(c) }));
  const perParameter = (/** @type {string} */ what) => parameters[what].map((/** @type {any[]} */ c, /** @type {number} */ i) => ({ name: parameters.name[i], layer: parameters.layer[i], parameter: i, at: list(c) }));
  const pictures = [
    figure("Loss", [{ name: "loss", layer: -1, parameter: -1, at: list(raw.loss) }], at, false, tints, worst),
    figure("Activation: mean", perLayer("mean"), at, false, tints, worst),
    figure("Activation: standard deviation", perLayer("std"), at, true, tints, worst),
    figure("Share of dead units", perLayer("dead"), at, false, tints, worst),
    figure("Gradient of the activation: root mean square", perLayer("gradient"), at, true, tints, worst),
    figure("Update-to-weight ratio, about 1e-3 is healthy", perParameter("ratio"), at, true, tints, worst),
    figure("Gradient of the parameters: root mean square", perParameter("gradient"), at, true, tints, worst),
  ];
  /** @type {number | null} */
  let only = null;
  const light = (/** @type {number} */ i) => {
    only = only === i ? null : i;
    for (const curve of place.querySelectorAll(".curve")) curve.classList.toggle("is-faint", only !== null && curve.getAttribute("data-layer") !== String(only));
    place.querySelectorAll(".layers button").forEach((b, k) => b.setAttribute("aria-pressed", String(k === only)));
  };
  place.replaceChildren(
    h("p", { class: worst ? "worst" : "soft" }, worst ? worst.sentence : "No layer stands out.", worst && worst.layer >= 0 ? h("span", { class: "soft" }, " (dashed, in red)") : null),
    h("ul", { class: "layers", "aria-label": "Layers" }, ...layers.name.map((/** @type {string} */ _, /** @type {number} */ i) =>
      h("li", {}, h("button", { "aria-pressed": "false", onclick: () => light(i) }, h("i", { style: `background:${tints[i]}` }), title(i))))),
    h("div", { class: "curves" }, ...pictures.filter((p) => p !== null)),
  );
}

/**
 * @param {string} title @param {Curve[]} curves @param {number[]} at @param {boolean} logarithmic
 * @param {string[]} tints @param {{layer: any, parameter: any} | null} worst
 */
function figure(title, curves, at, logarithmic, tints, worst) {
  const usable = (/** @type {number | null} */ v) => v !== null && Number.isFinite(v) && (!logarithmic || v > 0);
  const all = /** @type {number[]} */ (curves.flatMap((c) => c.at.filter(usable)));
  if (!all.length) return null;
  const f = logarithmic ? Math.log10 : (/** @type {number} */ v) => v;
  let [low, high] = [Math.min(...all.map(f)), Math.max(...all.map(f))];
  if (high - low < 1e-9) [low, high] = [low - (logarithmic ? 0.5 : Math.abs(low) / 20), high + (logarithmic ? 0.5 : Math.abs(high) / 20 || 1)];
  if (logarithmic) [low, high] = [Math.floor(low), Math.ceil(high)];
  const [first, last] = [at[0], at[at.length - 1]];
  const x = (/** @type {number} */ v) => EDGE.left + ((v - first) / (last - first || 1)) * (W - EDGE.left - EDGE.right);
  const y = (/** @type {number} */ v) => H - EDGE.bottom - ((f(v) - low) / (high - low)) * (H - EDGE.top - EDGE.bottom);
  const ticks = logarithmic ? powers(low, high) : [low, (low + high) / 2, high];
  const digits = [3, 4, 5, 6].find((n) => new Set(ticks.map((v) => short(v, n))).size === ticks.length) ?? 6;
  const lines = ticks.map((v) => `<line class="axis" x1="${EDGE.left}" x2="${W - EDGE.right}" y1="${y(v)}" y2="${y(v)}"></line><text x="${EDGE.left - 6}" y="${y(v) + 4}" text-anchor="end">${short(v, digits)}</text>`);
  const paths = curves.map((c) => {
    let [d, pen] = ["", "M"];
    c.at.forEach((v, i) => {
      if (!usable(v)) pen = "M";
      else [d, pen] = [`${d}${pen}${x(at[i]).toFixed(1)} ${y(/** @type {number} */ (v)).toFixed(1)}`, "L"];
    });
    const bad = worst && c.layer >= 0 && worst.layer === c.layer && (worst.parameter < 0 || c.parameter < 0 || worst.parameter === c.parameter);
    const dots = c.at.filter(usable).length === 1 ? `<circle cx="${d.slice(1).split(" ")[0]}" cy="${d.split(" ")[1]}" r="3" style="fill:${tints[c.layer] ?? "var(--ink)"}"></circle>` : "";
    return `<path class="curve${bad ? " is-worst" : ""}" data-layer="${c.layer}" style="stroke:${tints[c.layer] ?? "var(--ink)"}" d="${d}"><title>${escapeText(c.name)}</title></path>${dots}`;
  });
  const none = curves.reduce((k, c) => k + c.at.filter((v) => v !== null && !Number.isFinite(v)).length, 0);
  const box = h("div");
  box.innerHTML = `<svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${title}: ${curves.length} curves from ${short(Math.min(...all))} to ${short(Math.max(...all))}">${lines.join("")}${paths.join("")}<text x="${EDGE.left}" y="${H - 6}">pass ${first}</text><text x="${W - EDGE.right}" y="${H - 6}" text-anchor="end">${last}</text></svg>`;
  return h("figure", {}, h("figcaption", {}, title), box, none ? h("p", { class: "nan" }, `${none} of the numbers are NaN or infinite.`) : null);
}

/** @param {string} text as it may stand between tags */
const escapeText = (text) => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

/** At most five powers of ten. @param {number} low @param {number} high */
function powers(low, high) {
  const every = Math.max(1, Math.ceil((high - low) / 4));
  const out = [];
  for (let e = low; e <= high; e += every) out.push(10 ** e);
  return out;
}
