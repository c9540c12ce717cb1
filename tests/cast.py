"""The cast: the people in the tests, each with one role.

Aigul is a member, Bilal a publisher's member, Chen runs documentation and distribution, Farida approves, Dewi audits,
Gulnar and Hamid examine what is to be registered, Irina decides as chief registrar, and Erlan has no business here.
"""

from muniment.trust.access.rules import Actor, Role

AIGUL = Actor(1, "aigul", frozenset({Role.MEMBER}), party_id=1)
BILAL = Actor(2, "bilal", frozenset({Role.MEMBER}), party_id=2)
CHEN = Actor(3, "chen", frozenset({Role.DISTRIBUTION}))
DEWI = Actor(4, "dewi", frozenset({Role.AUDITOR}))
ERLAN = Actor(5, "erlan", frozenset())
FARIDA = Actor(6, "farida", frozenset({Role.FINANCE}))
GULNAR = Actor(7, "gulnar", frozenset({Role.REGISTRAR}))
HAMID = Actor(8, "hamid", frozenset({Role.REGISTRAR}))
IRINA = Actor(9, "irina", frozenset({Role.CHIEF_REGISTRAR}))
