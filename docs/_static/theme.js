// The explorer's pages follow the site's choice of light or dark.
const system = matchMedia("(prefers-color-scheme: dark)");
const tell = () => {
  const { theme } = document.body.dataset;
  const dark = theme === "dark" || (theme !== "light" && system.matches);
  for (const frame of document.querySelectorAll("iframe.explorer"))
    frame.contentWindow.postMessage({ theme: dark ? "dark" : "light" }, "*");
};
for (const frame of document.querySelectorAll("iframe.explorer")) frame.addEventListener("load", () => setTimeout(tell, 300));
// What scrolls can be reached without a mouse; formulas have their width when all is loaded.
addEventListener("load", () => {
  for (const place of document.querySelectorAll("article pre, article table.docutils, .formula.display"))
    if (place.scrollWidth > place.clientWidth) place.tabIndex = 0;
});
for (const caption of document.querySelectorAll("p.caption[role=heading]")) caption.ariaLevel = 2;
new MutationObserver(tell).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
system.addEventListener("change", tell);
