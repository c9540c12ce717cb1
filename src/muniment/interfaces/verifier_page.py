"""The page that verifies certificates without a server: one file, with its script and the keys of our log in it."""

import json
from html import escape
from pathlib import Path

from muniment.trust.evidence.rules.policies import Policy, policy_text

_STATIC = Path(__file__).parent / "static"
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'">
<title>Verify a certificate of {society}</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}}
li.holds::marker{{content:"✓ ";color:#176b2c}} li.fails::marker{{content:"✗ ";color:#a01515}}
pre{{overflow:auto}} output{{font-weight:bold}} li{{overflow-wrap:anywhere}}</style>
</head>
<body>
<h1>Verify a certificate of {society}</h1>
<p>Nothing leaves this page: it works without a network. It checks the records, the proofs and the signatures of the log
and its witnesses, and that no byte of the PDF was changed since it was signed. Who signed it is for a PDF reader,
<code>pdfsig</code> or <code>muniment verify</code> to tell.</p>
<p><label>Certificate (PDF) <input type="file" id="certificate" accept="application/pdf,.pdf"></label></p>
<p><label>Files that should be of the deposit <input type="file" id="files" multiple></label></p>
<p><button id="check">Verify</button> <output id="verdict"></output></p>
<ol id="steps"></ol>
<details><summary>Whom this page trusts</summary><pre>{policy}</pre></details>
<script>
{script}
const POLICY = {policy_json};
const byId = (name) => document.getElementById(name);
byId("check").addEventListener("click", async () => {{
  const [file] = byId("certificate").files;
  if (!file) {{ byId("verdict").textContent = "Choose a certificate."; return; }}
  byId("verdict").textContent = "…";
  const hashes = [];
  for (const one of byId("files").files) hashes.push({{ name: one.name, sha256: await hashFile(one) }});
  const steps = await verifyCertificate(new Uint8Array(await file.arrayBuffer()), POLICY, hashes);
  byId("steps").replaceChildren(...steps.map((step) => {{
    const row = document.createElement("li");
    row.className = step.holds ? "holds" : "fails";
    row.textContent = `${{step.name}}: ${{step.detail}}`;
    return row;
  }}));
  const holds = steps.every((step) => step.holds);
  byId("verdict").textContent = holds ? "The evidence holds." : "The evidence does not hold.";
}});
</script>
</body>
</html>
"""


def verifier_script() -> str:
    """Return the script of the page, without what ties it to a document."""
    return "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in ("sha256.js", "verifier.js"))


def verifier_page(society: str, policy: Policy) -> str:
    """Return the page, which trusts the log and the witnesses of a policy."""
    text = policy_text(policy)
    spelt = json.dumps(text).replace("<", "\\u003c")
    return _PAGE.format(society=escape(society), policy=escape(text), policy_json=spelt, script=verifier_script())
