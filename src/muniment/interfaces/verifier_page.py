"""The page that verifies papers of the registry without a server: one file with its script, our keys, its languages.

Its words are templates in its script, marked there by `say(…)` as texts of pages are by `gettext`; what it says of a
step is what `muniment verify` says of it.
"""

import re
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from muniment.interfaces import evidence_log
from muniment.trust.evidence.rules.policies import policy_text
from muniment.trust.evidence.rules.revocation import lists_file
from muniment.trust.evidence.rules.verdicts import Trust
from muniment.trust.evidence.services.root import lists_of
from muniment.trust.evidence.services.signer import roots_of

_STATIC = Path(__file__).parent / "static"
_PARTS = ("words", "bytes", "certificates", "revocation", "signatures", "mldsa", "log", "map", "papers")
_SAID = re.compile(r'\bsay\(\s*"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")


@cache
def verifier_script() -> str:
    """Return the script of the page, without what ties it to a document."""
    names = ["sha256.js", *(f"verifier/{part}.js" for part in _PARTS)]
    return "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in names)


def verifier_page(society: str, trust: Trust, leaf_key: bytes, language: str) -> str:
    """Return the page in a language, with the others in it; it trusts whom it is told.

    Raises:
        ValueError: no policy is among them.
    """
    if trust.policy is None:
        raise ValueError("the page is told which log to trust")
    script = f"{verifier_script()}\n{(_STATIC / 'verifier' / 'page.js').read_text(encoding='utf-8')}"
    facts = {
        "society": society,
        "policy": policy_text(trust.policy),
        "roots": _pem(trust.roots),
        "stampRoots": _pem(trust.stamp_roots),
        "lists": lists_file(trust.lists).decode(),
        "lifetimes": {name: day.isoformat() for name, day in trust.lifetimes.items()},
        "leafKey": leaf_key.hex(),
        "languages": [_language(code, script) for code, _ in settings.LANGUAGES],
    }
    return render_to_string("public/verifier.html", {"facts": facts, "script": script, "language": language})


def own_page(language: str) -> str:
    """Return the page of this installation, which trusts its log, its roots and its authorities."""
    home = evidence_log.home()
    trust = Trust(
        evidence_log.policy(), roots_of(home), evidence_log.stamp_roots(), lists_of(home), evidence_log.lifetimes()
    )
    return verifier_page(settings.MUNIMENT_SOCIETY, trust, evidence_log.keys().leaf_public, language)


def _language(code: str, script: str) -> dict[str, object]:
    """Return a language by its own name, with the translation of each template of the script that has one."""
    info = translation.get_language_info(code)
    with translation.override(code):
        found = {text: translation.gettext(text) for text in said_in(script)}
    words = {text: said for text, said in found.items() if said != text}
    return {"code": code, "name": info["name_local"], "dir": "rtl" if info["bidi"] else "ltr", "words": words}


def said_in(script: str) -> list[str]:
    """Return the templates that a script says, in their order, each once."""
    return list(dict.fromkeys(_ESCAPE.sub(r"\1", found) for found in _SAID.findall(script)))


def _pem(roots: tuple[Certificate, ...]) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in roots)
