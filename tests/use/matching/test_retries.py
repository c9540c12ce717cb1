"""Lines without a work are asked again when new works come, and by themselves ever more seldom."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.kernel.words.problems import silent
from muniment.rights.works.queries import ids_by_code
from muniment.rights.works.rules.drafts import ContributorDraft, RecordingDraft, WorkDraft
from muniment.rights.works.services import register_works
from muniment.trust.access.rules import NotAllowed
from muniment.use.matching import queries, services
from muniment.use.matching.bulk.probing import Waiting, codes_of
from muniment.use.matching.models import RetryState
from muniment.use.matching.rules.forms import memory_key
from muniment.use.matching.rules.retries import next_try, wait_days
from muniment.use.matching.rules.review import Verdict
from muniment.use.matching.rules.scoring import Band
from muniment.use.matching.services import retries
from tests.cast import CHEN, DEWI
from tests.interfaces.cli.keyboard import done
from tests.use.world import AT, ISRC, ISWC, import_log, register_repertoire, write_log

TODAY = AT.date()
HEAD = "title,artist,plays,date\n"
LOG = HEAD + "The Silver Ferry,Garden Collective,3,2026-07-01\nCopper Morning,Station Four,2,2026-07-04\n"
OTHER = HEAD + "Nothing Like It,Nobody At All,1,2026-07-04\n"


def test_the_waits_double_and_end_at_32_days() -> None:
    assert [wait_days(tries) for tries in range(7)] == [1, 2, 4, 8, 16, 32, 32]
    assert wait_days(10**9) == 32
    assert next_try(date(2026, 10, 8), 1) == date(2026, 10, 10)


@given(*(st.sampled_from(("", code)) for code in (ISRC, ISWC, "A-77")))
def test_the_codes_of_a_waiting_line_are_told_apart(isrc: str, iswc: str, own: str) -> None:
    texts = ("Copper Morning", "Station Four", "")
    key = memory_key(*texts, isrc, iswc, own)
    codes = tuple(code for code in (iswc, isrc, own) if code)
    line = Waiting(1, key, Band.REVIEW, *texts, codes, frozenset(), frozenset())
    assert codes_of(line) == (isrc, iswc, own)


def test_codes_that_fit_no_key_are_left_out() -> None:
    assert codes_of(Waiting(1, "x", Band.REVIEW, "t", "", "", (ISRC,), frozenset(), frozenset())) == ("", "", "")


def matched(folder: Path, text: str) -> int:
    """Import a log and match it; return the report's number."""
    receipt = import_log(write_log(folder, text, f"{len(text)}.csv"))
    assert receipt.report_id is not None
    services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)
    return receipt.report_id


@pytest.fixture
def reports(db: None, tmp_path: Path) -> tuple[int, int]:
    register_repertoire()
    return matched(tmp_path, LOG), matched(tmp_path, OTHER)


def register_copper() -> int:
    """Register the work that nobody knew."""
    draft = WorkDraft(
        title="Copper Morning",
        code="W-7",
        contributors=(ContributorDraft(name="Elva Marrow", role="CA"),),
        recordings=(RecordingDraft(performer="Station Four"),),
    )
    return register_works(actor=CHEN, at=AT, drafts=[draft], claim="own", intake_id=None).work_ids[0]


def due(days: int) -> services.RetryReceipt:
    """Ask again what is due so many days after the match."""
    return services.retry_due(actor=CHEN, at=AT, as_of=TODAY + timedelta(days=days))


def test_the_same_day_nothing_is_due(reports: tuple[int, int]) -> None:
    assert due(0) == services.RetryReceipt(0, 0, 0, (), 0)
    assert RetryState.objects.count() == len(reports)


def test_a_try_without_news_waits_longer(reports: tuple[int, int]) -> None:
    assert due(1) == services.RetryReceipt(2, 2, 0, (), 0)
    assert due(1).due_count == 0
    assert due(2).due_count == 0
    assert due(3).due_count == 2
    state = RetryState.objects.get(report_id=reports[0])
    assert (state.tries, state.next_try_on) == (2, TODAY + timedelta(days=7))
    assert len(queries.list_match_runs(reports[0])) == 1


def test_a_new_work_is_found_and_only_its_report_is_matched_again(reports: tuple[int, int]) -> None:
    work_id = register_copper()
    assert due(1) == services.RetryReceipt(2, 2, 1, (reports[0],), 1)
    run = queries.latest_match(reports[0])
    assert run is not None
    assert (run.matched_count, run.unidentified_count) == (2, 0)
    assert work_id in queries.matches_of(reports[0]).column("work_id").to_pylist()
    assert len(queries.list_match_runs(reports[1])) == 1
    assert due(3).due_count == 1
    assert list(RetryState.objects.values_list("report_id", flat=True)) == [reports[1]]


def test_works_of_an_intake_are_asked_for_at_once(reports: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    work_id = register_copper()
    monkeypatch.setattr(retries, "works_of_intake", {5: (work_id,), 6: (ids_by_code(["W-2"])["W-2"],)}.__getitem__)
    assert services.retry_with_works(actor=CHEN, at=AT, intake_id=6) == services.RetryReceipt(2, 2, 0, (), 0)
    found = services.retry_with_works(actor=CHEN, at=AT, intake_id=5, progress=silent)
    assert found == services.RetryReceipt(2, 2, 1, (reports[0],), 1)
    assert services.retry_with_works(actor=CHEN, at=AT, intake_id=5).hopeful_count == 0


def test_a_refused_work_gives_no_hope(reports: tuple[int, int], tmp_path: Path) -> None:
    register_copper()
    services.match_report(actor=CHEN, at=AT, report_id=reports[0])
    second = HEAD + "Lantern Song,,5,2026-07-02\n"
    assert matched(tmp_path, second)
    (item,) = queries.queue(band=None, text="lantern").rows
    services.decide(actor=CHEN, at=AT, item_id=item.id, verdict=Verdict.REJECT, work_id=None, source_code="")
    assert due(1).hopeful_count == 0


def test_who_may_not_write_usage_may_not_ask_again(reports: tuple[int, int]) -> None:
    with pytest.raises(NotAllowed):
        services.retry_due(actor=DEWI, at=AT)
    with pytest.raises(NotAllowed):
        services.retry_with_works(actor=DEWI, at=AT, intake_id=1)
    assert RetryState.objects.count() == 0
    assert reports


def test_the_commands_tell_what_they_did(reports: tuple[int, int]) -> None:
    register_copper()
    assert reports
    day = (TODAY + timedelta(days=1)).isoformat()
    assert "1 reports matched again: 1 more lines" in done("match", "retry", "--as-of", day)
    assert "0 reports due" in done("match", "retry", "--as-of", day)
    shown = done("index", "status")
    assert "2 indexes" in shown
    assert done("index", "check").count(": good.") == 2
    assert "The index of 7 works is ready" in done("index", "build", "--afresh")
    assert "1 indexes removed" in done("index", "prune", "--keep", "1", "--used-days", "0")
