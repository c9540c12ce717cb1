"""Labels of payees as people write them: LABEL=PARTY, for the command line and for the form of a new run."""

from collections.abc import Iterable

from muniment.kernel.words.problems import UserError
from muniment.rights.parties.queries import ids_by_code


def read_labels(texts: Iterable[str]) -> dict[int, set[str]]:
    """Return the labels of payees by party, from texts such as "cheque=W-00001"; empty texts are passed over.

    Raises:
        UserError: a text has no label or no party, or no party has the code.
    """
    pairs: list[tuple[str, str]] = []
    for text in texts:
        label, _, code = (part.strip() for part in text.partition("="))
        if not text.strip():
            continue
        if not label or not code:
            raise UserError(f"{text.strip()!r} names no label of a payee.", "Write LABEL=PARTY: cheque=W-00001.")
        pairs.append((label, code))
    known = ids_by_code([code for _, code in pairs])
    found: dict[int, set[str]] = {}
    for label, code in pairs:
        if code not in known:
            raise UserError(f"No party has the code {code!r}.", "Look it up: muniment party list.")
        found.setdefault(known[code], set()).add(label)
    return found
