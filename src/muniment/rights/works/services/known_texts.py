"""Which work of letters does a draft describe: by a number of one of its editions, or by its title and authors."""

from collections.abc import Sequence
from itertools import batched

from muniment.kernel.words.names import fold
from muniment.rights.works.models import Contribution, EditionNumber, Work
from muniment.rights.works.queries.merges import current_work_ids
from muniment.rights.works.rules.drafts import PUBLISHER_ROLES, TELLING_SCHEMES, TEXT, WorkDraft
from muniment.rights.works.rules.words import title_key

_CHUNK = 2_000


def authors_of(draft: WorkDraft) -> frozenset[str]:
    """Return the folded names of everybody but publishers."""
    return frozenset(fold(one.name) for one in draft.contributors if not one.is_publisher) - {""}


def works_by_edition(drafts: Sequence[WorkDraft], places: Sequence[int]) -> dict[int, int]:
    """Return the works of the drafts, by place, one of whose editions has a number that a living edition has."""
    wanted = {
        number: place
        for place in reversed(places)
        for edition in drafts[place].editions
        for number in edition.telling_numbers
    }
    works: dict[int, int] = {}
    for chunk in batched({number for _scheme, number in wanted}, _CHUNK):
        found = EditionNumber.objects.filter(
            number__in=chunk, scheme__in=TELLING_SCHEMES, edition__known_to__isnull=True
        ).order_by("-pk")
        columns = ("scheme", "number", "edition__work_id", "edition__kind")
        for scheme, number, work_id, kind in found.values_list(*columns):
            if (scheme, number) in wanted and (scheme != "ISSN" or kind == "journal"):
                works[wanted[scheme, number]] = work_id
    current = current_work_ids(works.values())
    living = set(Work.objects.filter(pk__in=current.values(), known_to__isnull=True).values_list("pk", flat=True))
    return {place: current[work_id] for place, work_id in works.items() if current[work_id] in living}


def works_by_names(drafts: Sequence[WorkDraft], places: Sequence[int]) -> dict[int, int]:
    """Return the works of letters, by place, that have the draft's title and exactly its authors' names."""
    wanted = {
        place: (title_key(drafts[place].title), authors)
        for place in places
        if drafts[place].work_class == TEXT and (authors := authors_of(drafts[place]))
    }
    works: dict[tuple[str, frozenset[str]], int] = {}
    for chunk in batched({title for title, _authors in wanted.values()}, _CHUNK):
        found = dict(
            Work.objects.filter(title_key__in=chunk, work_class=TEXT, known_to__isnull=True)
            .order_by("-pk")
            .values_list("pk", "title_key")
        )
        names: dict[int, set[str]] = {}
        contributions = Contribution.objects.filter(work_id__in=list(found), known_to__isnull=True)
        for work_id, name in contributions.exclude(role__in=PUBLISHER_ROLES).values_list("work_id", "name"):
            names.setdefault(work_id, set()).add(fold(name))
        works |= {(title, frozenset(names.get(pk, ()))): pk for pk, title in found.items()}
    return {place: works[identity] for place, identity in wanted.items() if identity in works}
