"""`muniment bench papers`, in small: each kind of paper is measured, and every random change is found."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from muniment.interfaces.bench.paper_mutations import CHANGES, try_paper_mutations
from muniment.interfaces.bench.papers import Clerk, PaperRate, measure_papers
from tests.rights.registry.estate import AT, SILK, give
from tests.rights.registry.office import put, trust
from tests.rights.registry.test_papers import registry
from tests.trust.evidence.logs import OPERATOR, keys, run

pytestmark = pytest.mark.django_db

KINDS = ["certificate of deposit", "certificate of registration", "extract", "search certificate"]


@pytest.fixture
def rates(tmp_path: Path) -> list[PaperRate]:
    """Return three papers of each kind, one in each language."""
    for number in range(4):
        (tmp_path / "silk.csv").write_text(f"invented {number}\n")
        give(replace(SILK, title=f"Silk {number}", deposit=put(tmp_path / "silk.csv").number))
    run()
    return measure_papers(Clerk(OPERATOR, AT, keys(), registry()), trust(), 3)


def test_each_kind_of_paper_is_measured_and_every_change_is_found(rates: list[PaperRate]) -> None:
    assert [one.kind for one in rates] == KINDS
    for one in rates:
        assert len(set(one.papers)) == len(one.made_ms) == len(one.verified_ms) == 3
        assert one.per_second > 0
    papers = {one.kind: one.papers for one in rates}
    trials = list(try_paper_mutations(papers, trust(), AT, count=100, seed=3))
    assert trials[-1].missed == []
    assert Counter(kind for kind, _ in trials[-1].tried.elements()) == dict.fromkeys(KINDS, 25)
    assert {change for _, change in trials[-1].tried} == CHANGES.keys()


def test_without_registrations_nothing_is_measured() -> None:
    run()
    with pytest.raises(ValueError, match="no registrations"):
        measure_papers(Clerk(OPERATOR, AT, keys(), registry()), trust(), 3)
