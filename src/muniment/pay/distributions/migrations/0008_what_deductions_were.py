"""Say of the deductions of older runs what they were, as read from the policy text that each run keeps.

Amounts, rates and bases stay as they are; the base is written out where it is what an earlier deduction left or took.
A table that is not found in the text keeps the line 0, which pages show as "no line known".
"""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from django.db import migrations

_HEADER = re.compile(r"\s*\[\[\s*(deductions|splits\s*\.\s*parts)\s*\]\]")
_SPLIT = "split"


def _lines(text: str, name: str) -> list[int]:
    """Return the lines in which the tables of an array begin, in their order."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header and header[1].replace(" ", "") == name:
            found.append(number)
    return found


def _told(text: str) -> Iterator[tuple[str, bool, dict[str, Any]]]:
    """Yield what a policy says of each deduction: its account, whether a split takes it, and the new columns."""
    policy = tomllib.loads(text)
    tables = policy.get("deductions", [])
    lines = _lines(text, "deductions")
    for place, table in enumerate(tables):
        kind = "fixed" if "fixed" in table else "included" if table.get("included") else "rate"
        facts = {"kind": kind, "purpose": str(table.get("purpose", ""))[:120]}
        facts["rule_line"] = lines[place] if len(lines) == len(tables) else 0
        if ":" in str(table.get("base", "")):
            word, _, account = str(table["base"]).partition(":")
            facts["base"] = f"{word}:{account.strip()}"
        yield str(table.get("account", "")), False, facts
    parts = [part for split in policy.get("splits", []) for part in split.get("parts", [])]
    lines = _lines(text, "splits.parts")
    for place, part in enumerate(parts):
        if part.get("account"):
            line = lines[place] if len(lines) == len(parts) else 0
            yield str(part["account"]), True, {"kind": _SPLIT, "rule_line": line}


def tell_what_they_were(apps: Any, schema_editor: Any) -> None:
    """Fill kind, base, line and purpose of the deductions of every run from its own policy text."""
    deductions = apps.get_model("distributions", "Deduction").objects
    for run in apps.get_model("distributions", "DistributionRun").objects.order_by("pk").iterator():
        of_run = deductions.filter(pool__run=run)
        if not of_run.exists():
            continue
        of_run.filter(base=_SPLIT).update(kind=_SPLIT)
        for account, is_split, facts in _told(run.policy_text):
            rows = of_run.filter(account=account)
            (rows.filter(base=_SPLIT) if is_split else rows.exclude(base=_SPLIT)).update(**facts)


class Migration(migrations.Migration):
    """Only rows change; going back leaves them."""

    dependencies = [("distributions", "0007_payee_deductions")]

    operations = [migrations.RunPython(tell_what_they_were, migrations.RunPython.noop)]
