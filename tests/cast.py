"""The cast: the people in the tests, each with one role.

Aigul is a member, Bilal a publisher's member, Chen runs documentation and distribution, Farida approves, Dewi audits,
and Erlan has no business here.
"""

from muniment.trust.access.rules import Actor, Role

AIGUL = Actor(1, "aigul", frozenset({Role.MEMBER}), party_id=1)
BILAL = Actor(2, "bilal", frozenset({Role.MEMBER}), party_id=2)
CHEN = Actor(3, "chen", frozenset({Role.DISTRIBUTION}))
DEWI = Actor(4, "dewi", frozenset({Role.AUDITOR}))
ERLAN = Actor(5, "erlan", frozenset())
FARIDA = Actor(6, "farida", frozenset({Role.FINANCE}))
