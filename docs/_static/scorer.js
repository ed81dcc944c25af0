// Where an answer is likelier to be: pages that explain before pages that list, and pages whose title says what is asked.
const _asked = () => (new URLSearchParams(window.location.search).get("q") ?? "").toLowerCase().match(/\w{3,}/g) ?? [];
const _shareInTitle = (title) => {
  const stems = _asked().map((word) => (word.length > 4 ? word.slice(0, -1) : word));
  return stems.filter((stem) => title.toLowerCase().includes(stem)).length / Math.max(1, stems.length);
};
var Scorer = {
  score: ([docname, title, anchor, descr, score, filename, kind]) => {
    const isPage = !title.includes(" > ");
    const weights = [
      [/^(guide|coming-from)\//, 1.6],
      [/^results\/index|^examples\/index/, 1.2],
      [/^(changelog|contributing|results\/|tutorials\/)/, 0.6],
      [/^api\/fastbal\.utils/, 0.3],
    ];
    const [, weight] = weights.find(([pattern]) => pattern.test(docname)) ?? [null, 1];
    return score * weight * (isPage ? 1 + 2 * _shareInTitle(title) : 1);
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
