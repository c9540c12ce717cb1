"""Finding the sister society that a file names by number, code or name, and registering it where it is new."""

from datetime import datetime

from muniment.kernel.words.names import fold
from muniment.rights.parties.models import Party, PartyName
from muniment.rights.parties.rules.values import PartyKind
from muniment.rights.parties.services.register import ensure_society, register_party
from muniment.trust.access.rules import Actor


class Societies:
    """The societies of the register, and those that a file adds. Ids by CISAC number, code and folded name."""

    def __init__(self, actor: Actor, at: datetime, intake_id: int | None) -> None:
        self._actor, self._at, self._intake_id = actor, at, intake_id
        self.created_count = 0
        self._by_number: dict[str, int] = {}
        self._by_word: dict[str, int] = {}
        rows = Party.objects.filter(kind=PartyKind.SOCIETY).order_by("-pk")
        for pk, number, code in rows.values_list("pk", "society_code", "code"):
            self._by_word[fold(code)] = pk
            if number:
                self._by_number[number] = pk
        names = PartyName.objects.filter(party__kind=PartyKind.SOCIETY).order_by("-party_id")
        self._by_word.update(names.values_list("folded", "party_id"))

    def id_of(self, text: str, name: str = "") -> int:
        """Return the party id of the society; one that nobody knows is registered under `name`, else as written.

        Raises:
            InvalidParty: the text can be neither a number nor a name.
        """
        if text.isascii() and text.isdigit():
            number = text.zfill(3)
            if number not in self._by_number:
                self._by_number[number] = ensure_society(
                    actor=self._actor,
                    at=self._at,
                    code=text,
                    name=name or f"Society {number}",
                    intake_id=self._intake_id,
                )
                self.created_count += 1
            return self._by_number[number]
        if fold(text) not in self._by_word:
            self._by_word[fold(text)] = register_party(
                actor=self._actor,
                at=self._at,
                kind=PartyKind.SOCIETY,
                name=text,
                intake_id=self._intake_id,
            )
            self.created_count += 1
        return self._by_word[fold(text)]
