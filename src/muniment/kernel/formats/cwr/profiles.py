"""The rules of single societies, switched on by name: for the house in the environment, or for one check."""

import os
from functools import cache

from muniment.kernel.formats.cwr.rules import PLAIN_RULES, SOCIETIES, CwrRules
from muniment.kernel.words.problems import UserError

VARIABLE = "MUNIMENT_CWR_PROFILES"
"""The variable that names the profiles of the house, with blanks or commas between them."""


class UnknownProfile(UserError):
    """No society whose rules are known here has this name."""


def house_rules() -> CwrRules:
    """Return tolerant reading with the rules of the societies that the house has switched on.

    Raises:
        UnknownProfile: the environment names one that is not known.
    """
    return rules_of(frozenset(os.environ.get(VARIABLE, "").upper().replace(",", " ").split()))


@cache
def rules_of(societies: frozenset[str]) -> CwrRules:
    """Return tolerant reading with the rules of these societies; of none, the plain rules.

    Raises:
        UnknownProfile: one of them is not known.
    """
    for name in sorted(societies.difference(SOCIETIES)):
        raise UnknownProfile(f"No profile of CWR is called {name!r}.", f"Name some of: {', '.join(SOCIETIES)}.")
    return CwrRules(societies) if societies else PLAIN_RULES
