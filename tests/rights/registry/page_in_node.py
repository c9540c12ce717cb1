"""The script of the page without a server, run in Node, beside `muniment verify`: what each of them says of a paper."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from muniment.interfaces.verifier_page import verifier_script
from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.certificates import Given, verify_certificate
from muniment.trust.evidence.rules.policies import policy_text
from muniment.trust.evidence.rules.revocation import lists_file
from muniment.trust.evidence.rules.verdicts import Trust
from tests.trust.evidence.test_strangers import call, tool

Said = str | list[tuple[str, str, str]]
"""A refusal, or the name, the state and the detail of each step."""

RUNNER = """
const fs = require("fs");
const page = eval(fs.readFileSync("script.js", "utf8") + ";({ verifyFile, readRoots, readLists, spoken, Refused })");
const asked = JSON.parse(fs.readFileSync("asked.json", "utf8"));
const { names, policy, roots, stampRoots, lists, lifetimes, leafKey, at, given } = asked;
const read = (text, reader) => (text ? reader(text) : []);
const [own, authorities] = [roots, stampRoots].map((text) => read(text, page.readRoots));
const trust = { policy, roots: own, stampRoots: authorities, lists: read(lists, page.readLists), lifetimes, leafKey };
(async () => {
  const all = {};
  for (const name of names) {
    try {
      const { steps } = await page.verifyFile(new Uint8Array(fs.readFileSync(name)), trust, at, given);
      all[name] = steps.map((one) => [page.spoken(one.name), one.state, page.spoken(one.detail)]);
    } catch (error) {
      if (!(error instanceof page.Refused)) throw error;
      all[name] = page.spoken(error.phrase);
    }
  }
  console.log(JSON.stringify(all));
})();
"""


def said_by_page(
    folder: Path,
    contents: Mapping[str, bytes],
    trust: Trust,
    at: datetime,
    given: Sequence[Given] = (),
    leaf_key: str | None = None,
) -> dict[str, Said]:
    """Return what the page says of files, by their names."""
    node = tool("node")
    (folder / "script.js").write_text(verifier_script(), encoding="utf-8")
    (folder / "run.js").write_text(RUNNER, encoding="utf-8")
    roots = [
        b"".join(one.public_bytes(Encoding.PEM) for one in some).decode() for some in (trust.roots, trust.stamp_roots)
    ]
    asked = {
        "names": [f"{place}" for place, _ in enumerate(contents)],
        "policy": None if trust.policy is None else policy_text(trust.policy),
        "roots": roots[0],
        "stampRoots": roots[1],
        "lists": lists_file(trust.lists).decode(),
        "lifetimes": {name: day.isoformat() for name, day in trust.lifetimes.items()},
        "leafKey": leaf_key,
        "at": int(at.timestamp()),
        "given": [{"name": one.name, "sha256": one.sha256} for one in given],
    }
    (folder / "asked.json").write_text(json.dumps(asked))
    for place, content in enumerate(contents.values()):
        (folder / f"{place}").write_bytes(content)
    status, text = call(node, "--no-warnings", "run.js", folder=folder)
    assert status == 0, text
    found = json.loads(text)
    said = [one if isinstance(one, str) else [tuple(step) for step in one] for one in found.values()]
    return dict(zip(contents, said, strict=True))


def said_by_verify(content: bytes, trust: Trust, at: datetime, given: Sequence[Given] = ()) -> Said:
    """Return what `muniment verify` says of a paper."""
    try:
        steps = verify_certificate(content, trust, at.replace(microsecond=0), given).steps
    except UserError as error:
        return str(error)
    return [(str(step.name), step.state.value, str(step.detail)) for step in steps]


def failing(said: Said) -> set[str]:
    """Return the names of the steps that fail."""
    return {"refused"} if isinstance(said, str) else {name for name, state, _ in said if state == "fails"}
