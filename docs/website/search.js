// The site's own search, without a browser: node search.js FOLDER "query" ... prints a list of page names for each.
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const [folder, ...queries] = process.argv.slice(2);
const nothing = { appendChild: () => nothing, classList: { add() {}, remove() {} }, style: {}, dataset: {} };
const page = {
  getElementById: () => ({ ...nothing, firstChild: null, lastChild: null, removeChild() {} }),
  createElement: () => nothing,
  addEventListener() {},
  documentElement: nothing,
  body: nothing,
};
const context = vm.createContext({
  document: page,
  location: { search: "" },
  setTimeout() {},
  localStorage: { setItem() {} },
  URLSearchParams,
  DOMParser: class {},
  fetch: () => new Promise(() => {}),
  console,
  _: (text) => text, // what doctools.js translates with
  _ready: () => {},
  SPHINX_HIGHLIGHT_ENABLED: false,
  DOCUMENTATION_OPTIONS: { BUILDER: "html", FILE_SUFFIX: ".html", LINK_SUFFIX: ".html" },
});
context.window = context;
const run = (...parts) => {
  const file = path.join(folder, ...parts);
  vm.runInContext(fs.readFileSync(file, "utf8"), context, file);
};
run("_static", "language_data.js"); // holds the scorer
run("_static", "searchtools.js");
run("searchindex.js");
context.queries = queries;
const found = vm.runInContext(
  `JSON.stringify(queries.map((query) => {
    location.search = "?q=" + encodeURIComponent(query);
    return Search._performSearch(...Search._parseQuery(query)).reverse().map((result) => result[0]);
  }))`,
  context,
);
console.log(found);
