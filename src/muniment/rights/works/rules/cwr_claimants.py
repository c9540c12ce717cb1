"""Several claimants in one file: a society tells by EXC what each of them claims on the same work."""

from dataclasses import dataclass, field

from muniment.kernel.formats.cwr import CwrWork
from muniment.rights.works.rules.cwr_works import plain_text

_LONGEST = 80


@dataclass(slots=True)
class Claimants:
    """Under which names the claimants stand of whom a sender tells.

    The first on a work stands under the sender's own name, as the only one does; each other under the sender's name and
    its own, so that no claim takes the place of another's. Whoever is told of twice has said something else since.
    """

    sender: str
    _names: dict[str, dict[str, str]] = field(default_factory=dict)

    def claim_of(self, code: str, work: CwrWork) -> str:
        """Return the name under which what a work (by our code) is claimed stands."""
        names = self._names.setdefault(code, {})
        claimant = claimant_of(work)
        if claimant not in names:
            names[claimant] = f"{self.sender}: {claimant}"[:_LONGEST].strip() if names else self.sender
        return names[claimant]


def claimant_of(work: CwrWork) -> str:
    """Return who claims a work: its first publisher, else its first writer; blank where it names nobody."""
    for publisher in work.publishers:
        if name := plain_text(publisher.name or publisher.ipi_name):
            return name
    for writer in work.writers:
        if name := plain_text(f"{writer.first_name} {writer.last_name}".strip() or writer.ipi_name):
            return name
    return ""
