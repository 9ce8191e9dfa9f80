// The order of what a search finds: what people call by the words that were typed, and how-to pages, come first.
const words = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase().split(/[\s_.]+/).filter(Boolean);
var Scorer = {
  score: ([page, title, anchor, , score]) => {
    const name = title.split(".").at(-1).toLowerCase();
    const plain = name.replaceAll("_", "");
    if (plain === words.join("") && !name.endsWith("_")) score += 15;
    else if (plain.startsWith(words.join(""))) score += 5;
    if (/^(howto\/|saving)/.test(page)) score += 5;
    if (/minigrad\.(kernels|engine)/.test(page)) score -= 10; // below what calls them
    return score;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
