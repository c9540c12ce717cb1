// The page itself: its words in the reader's language, the files that are chosen, and what checking them came to.
"use strict";

const facts = JSON.parse(document.getElementById("facts").textContent);
const byId = (name) => document.getElementById(name);
const WORDS = {
  title: say("Verify a paper of {society}", { society: facts.society }),
  language: say("Language"),
  about: say("Nothing leaves this page: it works without a network, and goes through the same steps as muniment verify."),
  paper: say("Certificate, extract or search certificate (PDF), or a proof ({suffixes})",
    { suffixes: [".tlog-proof", ".map-proof"] }),
  files: say("Files that should be of the deposit"),
  check: say("Verify"),
  trusted: say("Whom this page trusts"),
  own: say("It trusts whoever gave it to you. Choose what you had from elsewhere, and it trusts that instead."),
  policy: say("Keys of the log and its witnesses (policy)"),
  roots: say("Root certificates of the registry (PEM)"),
  stamps: say("Root certificates of time-stamping authorities (PEM)"),
  lists: say("Lists of revoked certificates (CRL as PEM)"),
};
const STATES = { [HOLDS]: say("holds"), [UNKNOWN]: say("unknown"), [FAILS]: say("fails") };
const PAPERS = {
  deposit: say("certificate"),
  "certificate-of-registration": say("certificate of registration"),
  extract: say("extract of the register"),
  search: say("search certificate"),
  "tlog-proof": say("proof of the log"),
  "map-proof": say("proof of the map"),
};
const VERDICTS = {
  [HOLDS]: (named) => say("The {named} holds.", { named }),
  [FAILS]: (named) => say("The {named} does not hold.", { named }),
  [UNKNOWN]: () => say("Nothing is wrong in it, but something is unknown."),
};
let last = null;

// A phrase in the chosen language; where that is written from the right, each value keeps its own direction.
function read(phrase) {
  const { dir, words } = facts.languages.find((one) => one.code === document.documentElement.lang);
  return spoken(phrase, words, dir === "rtl" ? (text) => `\u2068${text}\u2069` : undefined);
}

function row(step) {
  const item = document.createElement("li"), state = document.createElement("strong");
  item.className = step.state;
  state.textContent = read(STATES[step.state]);
  item.append(state, ` ${read(step.name)}: ${read(step.detail)}`);
  return item;
}

function show() {
  const { phrase = null, found = null } = last || {};
  byId("steps").replaceChildren(...(found ? found.steps.map(row) : []));
  const states = found ? found.steps.map((step) => step.state) : [];
  const state = [FAILS, UNKNOWN, HOLDS].find((one) => states.includes(one));
  const said = found ? VERDICTS[state](PAPERS[found.kind]) : phrase;
  byId("verdict").className = found ? state : "";
  byId("verdict").textContent = said ? read(said) : "";
}

function speak(code) {
  const { dir } = facts.languages.find((one) => one.code === code);
  Object.assign(document.documentElement, { lang: code, dir });
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = read(WORDS[place.dataset.word]);
  document.title = read(WORDS.title);
  show();
}

async function chosen(name, otherwise) {
  const [file] = byId(name).files;
  return file ? file.text() : otherwise;
}

async function trust() {
  const read = async (name, otherwise, reader) => {
    const text = await chosen(name, otherwise);
    return text ? reader(text) : [];
  };
  const isOwn = byId("policy").files.length === 0;
  return {
    policy: await chosen("policy", facts.policy),
    roots: await read("roots", facts.roots, readRoots),
    stampRoots: await read("stamp-roots", facts.stampRoots, readRoots),
    lists: await read("lists", facts.lists, readLists),
    lifetimes: facts.lifetimes,
    leafKey: isOwn ? facts.leafKey : null,
  };
}

async function check() {
  const [paper] = byId("paper").files;
  if (!paper) return { phrase: say("Choose a file.") };
  try {
    const given = [];
    for (const one of byId("files").files) given.push({ name: one.name, sha256: await hashFile(one) });
    const bytes = new Uint8Array(await paper.arrayBuffer());
    return { found: await verifyFile(bytes, await trust(), Math.floor(Date.now() / 1000), given) };
  } catch (error) {
    if (error instanceof Refused) return { phrase: error.phrase };
    throw error;
  }
}

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  last = { phrase: say("Verifying …") };
  show();
  last = await check();
  show();
});
byId("language").append(...facts.languages.map((one) => new Option(one.name, one.code)));
byId("language").value = document.documentElement.lang;
byId("language").addEventListener("change", () => speak(byId("language").value));
speak(document.documentElement.lang);
