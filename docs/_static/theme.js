// The explorer's pages follow the site's choice of light or dark.
const system = matchMedia("(prefers-color-scheme: dark)");
const tell = () => {
  const { theme } = document.body.dataset;
  const dark = theme === "dark" || (theme !== "light" && system.matches);
  for (const frame of document.querySelectorAll("iframe.explorer"))
    frame.contentWindow.postMessage({ theme: dark ? "dark" : "light" }, "*");
};
for (const frame of document.querySelectorAll("iframe.explorer")) frame.addEventListener("load", () => setTimeout(tell, 300));
// What scrolls can be reached without a mouse, and says that it does; formulas have their width when all is loaded.
const measure = () => {
  for (const place of document.querySelectorAll("article pre, article table.docutils, .wide, .formula.display")) {
    const scrolls = place.scrollWidth > place.clientWidth + 1 && getComputedStyle(place).overflowX === "auto";
    if (scrolls) place.tabIndex = 0;
    else place.removeAttribute("tabindex");
    place.classList.toggle("scrolls", scrolls);
    if (place.matches("pre")) continue; // its edge is shaded, and words are for what looks whole
    const first = place.querySelector("tbody tr > *");
    place.classList.toggle("pinned", scrolls && first?.offsetWidth < 0.45 * place.clientWidth);
    if (scrolls && !place.previousElementSibling?.matches(".goes-on")) {
      const words = Object.assign(document.createElement("p"), { className: "goes-on", textContent: "goes on to the right \u2192" });
      place.before(words);
    }
  }
};
addEventListener("load", measure);
addEventListener("resize", measure);
for (const caption of document.querySelectorAll("p.caption[role=heading]")) caption.ariaLevel = 2;
new MutationObserver(tell).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
system.addEventListener("change", tell);
