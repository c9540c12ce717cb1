"""The rules that a house asks: those of societies, switched on by name, and those that ask tables which it gives.

Societies are named in the environment, or for one check; the tables are files (see `known`).
"""

import os

from muniment.kernel.formats.cwr.known import known_tables
from muniment.kernel.formats.cwr.rules import PLAIN_RULES, SOCIETIES, CwrRules
from muniment.kernel.words.problems import UserError

VARIABLE = "MUNIMENT_CWR_PROFILES"
"""The variable that names the profiles of the house, with blanks or commas between them."""


class UnknownProfile(UserError):
    """No society whose rules are known here has this name."""


def house_rules() -> CwrRules:
    """Return tolerant reading with the rules of the societies that the house has switched on, and its tables.

    Raises:
        UnknownProfile: the environment names one that is not known.
        BadTable: a table that the house gives cannot be used.
    """
    return rules_of(frozenset(os.environ.get(VARIABLE, "").upper().replace(",", " ").split()))


def rules_of(societies: frozenset[str]) -> CwrRules:
    """Return tolerant reading with the rules of these societies and the tables that the house gives.

    With neither it is the plain rules.

    Raises:
        UnknownProfile: one of them is not known.
        BadTable: a table that the house gives cannot be used.
    """
    for name in sorted(societies.difference(SOCIETIES)):
        raise UnknownProfile(f"No profile of CWR is called {name!r}.", f"Name some of: {', '.join(SOCIETIES)}.")
    known = known_tables()
    return CwrRules(societies, known=known) if societies or known else PLAIN_RULES
