"""What tells works apart, for the search for records that are one work."""

from collections.abc import Iterable, Iterator
from itertools import batched

from django.db.models import Q

from muniment.rights.works.models import Contribution, Recording, Work, WorkTitle
from muniment.rights.works.rules.drafts import PUBLISHER_ROLES
from muniment.rights.works.rules.rows import WorkTraits

_CHUNK = 5_000
_LIVING = Q(known_to__isnull=True)


def works_of_intake(intake_id: int) -> tuple[int, ...]:
    """Return the works, by id, that came with an intake and stand today."""
    return tuple(Work.objects.filter(_LIVING, intake_id=intake_id).order_by("pk").values_list("pk", flat=True))


def work_traits(ids: Iterable[int] | None = None) -> Iterator[WorkTraits]:
    """Yield the traits of the works, by id (None: of every work); records that do not stand are left out."""
    wanted = (
        Work.objects.filter(_LIVING).order_by("pk").values_list("pk", flat=True) if ids is None else sorted(set(ids))
    )
    for chunk in batched(list(wanted), _CHUNK):
        yield from _traits(chunk)


def _traits(ids: tuple[int, ...]) -> Iterator[WorkTraits]:
    titles: dict[int, dict[str, None]] = {}
    further = WorkTitle.objects.filter(_LIVING, work_id__in=ids).order_by("pk")
    for work_id, title in further.values_list("work_id", "title"):
        titles.setdefault(work_id, {})[title] = None
    writers: dict[int, dict[str, None]] = {}
    people = Contribution.objects.filter(_LIVING, work_id__in=ids).exclude(role__in=PUBLISHER_ROLES).exclude(name="")
    for work_id, name in people.order_by("pk").values_list("work_id", "name"):
        writers.setdefault(work_id, {})[name] = None
    performers: dict[int, dict[str, None]] = {}
    recordings = Recording.objects.filter(_LIVING, work_id__in=ids).exclude(performer="").order_by("pk")
    for recorded_id, performer in recordings.values_list("work_id", "performer"):
        performers.setdefault(recorded_id or 0, {})[performer] = None
    works = Work.objects.filter(_LIVING, pk__in=ids).order_by("pk")
    for pk, title, iswc, original_id in works.values_list("pk", "title", "iswc", "original_id"):
        yield WorkTraits(
            pk,
            (title, *(one for one in titles.get(pk, ()) if one != title)),
            tuple(performers.get(pk, ())),
            tuple(writers.get(pk, ())),
            iswc,
            original_id,
        )
