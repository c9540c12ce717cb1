"""The columns that were remembered, of every kind of table: to list, to look at, to rename and to forget."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from muniment.interfaces.door.acts import NotAnswered
from muniment.interfaces.door.columns import MAPPABLE, Mappable
from muniment.trust.access.rules import Actor, require
from muniment.trust.batches.queries import MappingRow, list_mappings, mapping_of_number
from muniment.trust.batches.services import drop_saved_mapping, rename_saved_mapping


@dataclass(frozen=True, slots=True)
class Remembered:
    """Columns that were remembered, and what tables under such headers are about."""

    about: Mappable
    row: MappingRow

    @property
    def unused(self) -> tuple[str, ...]:
        """Return the fields for which no column is remembered."""
        return tuple(target.name for target in self.about.targets if target.name not in self.row.columns)


def remembered_columns() -> tuple[Remembered, ...]:
    """Return all that is remembered, by what it is about and by name."""
    return tuple(Remembered(about, row) for about in MAPPABLE for kind in about.kinds for row in list_mappings(kind))


def remembered_of(number: int) -> Remembered:
    """Return the remembered columns of this number.

    Raises:
        NotAnswered: there are none.
    """
    row = mapping_of_number(number)
    about = next((each for each in MAPPABLE if row is not None and row.kind in each.kinds), None)
    if row is None or about is None:
        raise NotAnswered(
            _("No columns are remembered under the number %(number)s.") % {"number": number},
            _("They may have been forgotten; look at the list."),
        )
    return Remembered(about, row)


@transaction.atomic
def rename_columns(*, actor: Actor, at: datetime, number: int, name: str) -> None:
    """Give remembered columns another name.

    Raises:
        NotAnswered: there are none of this number.
        NotAllowed: the actor may not import what they are about.
        MappingNameTaken: the name is blank, too long, or another's of the same kind.
    """
    this = remembered_of(number)
    require(actor, this.about.action)
    rename_saved_mapping(actor=actor, at=at, mapping_id=this.row.id, name=name)


@transaction.atomic
def forget_columns(*, actor: Actor, at: datetime, number: int) -> None:
    """Forget remembered columns; tables with their headers are asked about again. What was imported stays.

    Raises:
        NotAnswered: there are none of this number.
        NotAllowed: the actor may not import what they are about.
    """
    this = remembered_of(number)
    require(actor, this.about.action)
    drop_saved_mapping(actor=actor, at=at, mapping_id=this.row.id)
