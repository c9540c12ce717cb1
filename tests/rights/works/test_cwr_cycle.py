"""The CWR cycle: what comes in is kept and answered, what goes out is followed, and nothing of a file is lost."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from muniment.kernel.formats.cwr import (
    CwrAnswer,
    CwrDecision,
    CwrHeader,
    CwrMessage,
    CwrSender,
    CwrTransaction,
    CwrWork,
    acknowledge,
    answer_of,
    iter_transactions,
    work_of,
    work_transaction,
    write_cwr,
    write_transactions,
)
from muniment.kernel.words.identifiers import make_ipi_name, make_iswc
from muniment.kernel.words.problems import BadFile, Problem
from muniment.rights.works import queries, services
from muniment.rights.works.models import CwrItem
from muniment.rights.works.queries import UnknownCwrFile, UnknownSender
from muniment.rights.works.services import (
    InvalidSubmission,
    NotAnswerable,
    NothingToSubmit,
    WorksReport,
)
from muniment.trust.access.rules import NotAllowed
from muniment.trust.batches.services import DuplicateFile
from tests.cast import CHEN, DEWI
from tests.kernel.formats.cwr.case_files import case_file
from tests.kernel.formats.cwr.works import DUST, HEADER, RAIN
from tests.kernel.formats.cwr3.test_cwr3 import FILE as CWR3
from tests.kernel.formats.real_files import SHARED, needs_real_files
from tests.rights.works.samples import AT, ISWC, LATER, PUBLISHER, RIVAL, STILL_LATER, sample_work, write_cwr_file

pytestmark = pytest.mark.django_db

SOCIETY = CwrSender("SO", "000000052", "DEMO SOCIETY")
OTHER_ISWC = make_iswc(34_524_681)
THIRD = make_ipi_name(420_000_777)

_ENDED = ";".join(
    f"AGR.{text}"
    for text in (
        "agreement_start_date=20150101",
        "agreement_end_date=20200101",
        "retention_end_date=",
        "prior_royalty_status=N",
        "prior_royalty_start_date=",
        "post_term_collection_status=N",
        "post_term_collection_end_date=",
        "signature_date=",
    )
)


def take(path: Path, content: bytes, at: datetime = AT) -> WorksReport:
    """Write content as a file and import it."""
    path.write_bytes(content)
    return services.import_cwr(actor=CHEN, at=at, path=path)


def take_works(path: Path, *works: CwrWork, sender: str = "FIRST PUBLISHER", at: datetime = AT) -> WorksReport:
    """Import works as a sender's file, made on the day on which it comes."""
    number = PUBLISHER if sender == "FIRST PUBLISHER" else RIVAL
    content = write_cwr_file(path, works, sender, number).read_bytes()
    return take(path, content.replace(b"20261001090000", f"{at:%Y%m%d}090000".encode()), at)


def answers(intake_id: int) -> list[CwrAnswer]:
    """Return what the sender of an intake reads in our answer."""
    lines = services.acknowledge_cwr(actor=CHEN, at=STILL_LATER, intake_id=intake_id, sender=SOCIETY)
    items = list(iter_transactions(io.BytesIO(b"".join(lines)), keep_refused=True))
    assert not [item for item in items if isinstance(item, Problem)]
    return [answer_of(item) for item in items if isinstance(item, CwrTransaction)]


def statuses(intake_id: int) -> list[str]:
    return [one.status for one in answers(intake_id)]


def works_in(content: bytes) -> list[CwrWork]:
    """Return the works of a file."""
    items = iter_transactions(io.BytesIO(content))
    return [work_of(item) for item in items if isinstance(item, CwrTransaction)]


# What comes in is answered


def test_a_new_work_is_accepted_with_our_number_and_a_repeated_one_is_a_duplicate(tmp_path: Path) -> None:
    first = take_works(tmp_path / "a.V21", sample_work())
    [told] = answers(first.intake_id)
    [hit] = queries.find_works("").rows
    assert (told.status, told.recipient_number, told.submitter_number) == ("AS", hit.code, "A1")
    again = take_works(tmp_path / "b.V21", sample_work(), at=LATER)
    assert statuses(again.intake_id) == ["DU"]
    assert (again.share_line_count, again.work_count) == (0, 0)
    with pytest.raises(DuplicateFile):
        services.import_cwr(actor=CHEN, at=STILL_LATER, path=tmp_path / "b.V21")


def test_a_registration_sent_again_with_other_shares_is_a_revision_and_told_so(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    changed = take_works(tmp_path / "b.V21", sample_work(publisher=RIVAL), at=LATER)
    [told] = answers(changed.intake_id)
    assert (told.status, told.messages[0].number) == ("AC", "013")
    revised = take_works(tmp_path / "c.V21", sample_work(kind="REV"), at=STILL_LATER)
    assert statuses(revised.intake_id) == ["AS"]


def test_a_revision_of_nothing_is_taken_as_a_registration(tmp_path: Path) -> None:
    report = take_works(tmp_path / "a.V21", sample_work(kind="REV"))
    [told] = answers(report.intake_id)
    assert (told.status, told.messages[0].number, report.work_count) == ("AC", "002", 1)


def test_a_rivals_claim_is_a_conflict_with_the_other_side_as_exc(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    rival = take_works(tmp_path / "b.V21", sample_work(number="R9", publisher=RIVAL), sender="RIVAL", at=LATER)
    [told] = answers(rival.intake_id)
    assert told.status == "CO"
    assert "FIRST PUBLISHER" in told.messages[0].text
    [other] = told.conflicts
    assert {one.ipi_name for one in other.publishers} >= {PUBLISHER}
    [row] = queries.list_cwr_items(status="CO").rows
    assert (row.claim, row.other_claim, row.work_code) == ("RIVAL", "FIRST PUBLISHER", row.other_code)


def test_a_work_under_another_iswc_is_a_conflict_and_keeps_its_own(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work(iswc=ISWC))
    other = take_works(tmp_path / "b.V21", sample_work(kind="REV", iswc=OTHER_ISWC), at=LATER)
    [told] = answers(other.intake_id)
    assert (told.status, other.work_count) == ("CO", 0)
    assert "ANOTHER ISWC" in told.messages[0].text
    [hit] = queries.find_works("").rows
    assert hit.iswc == ISWC


def test_the_number_of_one_work_with_the_iswc_of_another_is_a_conflict(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work(), sample_work(number="A2", title="SECOND", iswc=ISWC))
    mixed = take_works(tmp_path / "b.V21", sample_work(kind="REV", iswc=ISWC), at=LATER)
    [told] = answers(mixed.intake_id)
    assert told.status == "CO"
    assert [other.title for other in told.conflicts] == ["RIVER SONG"]


def test_same_title_and_writers_under_another_iswc_is_a_conflict_of_two_works(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work(iswc=ISWC))
    rival = take_works(tmp_path / "b.V21", sample_work(number="R9", iswc=OTHER_ISWC), sender="RIVAL", at=LATER)
    assert (statuses(rival.intake_id), rival.work_count) == (["CO"], 1)


def test_our_iswc_is_written_back_where_the_submitter_had_none(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work(iswc=ISWC))
    other = take_works(tmp_path / "b.V21", sample_work(number="R9"), sender="RIVAL", at=LATER)
    [told] = answers(other.intake_id)
    assert told.work is not None
    assert told.work.iswc == ISWC


def test_what_breaks_the_standard_is_rejected_and_the_rest_is_taken(tmp_path: Path) -> None:
    file = write_cwr_file(tmp_path / "a.V21", [sample_work(), sample_work(number="A2", title="SECOND")])
    text = file.read_bytes()
    first = text.index(b"SWR")
    report = take(tmp_path / "b.V21", text[:first] + text[first:].replace(b"05000", b"0X000", 1))
    assert statuses(report.intake_id) == ["RJ", "AS"]
    assert all(one.messages for one in answers(report.intake_id) if one.status == "RJ")


def test_a_refused_file_is_answered_with_rejections_and_nothing_is_written(tmp_path: Path) -> None:
    text = write_cwr_file(tmp_path / "a.V21", [sample_work()]).read_bytes()
    report = take(tmp_path / "b.V21", text.replace(b"TRL0000100000001", b"TRL0000100000009"))
    assert (report.state, statuses(report.intake_id)) == ("refused", ["RJ"])
    assert not CwrItem.objects.exists()


def two_groups(*broken: bytes) -> bytes:
    """Return a registration and a revision, each in a group of its own; the trailers of some count nine works."""
    works = (sample_work(), replace(sample_work(number="A2", title="SECOND"), kind="REV"))
    header = CwrHeader(CwrSender("PB", PUBLISHER, "FIRST PUBLISHER"), AT)
    first, second = (b"".join(write_transactions(header, [work_transaction(work)])).splitlines() for work in works)
    second[1] = second[1].replace(b"GRHREV00001", b"GRHREV00002")
    second[-2] = second[-2].replace(b"GRT00001", b"GRT00002")
    lines = [*first[:-1], *second[1:-1]]
    lines.append(b"TRL%05d%08d%08d" % (2, 2, len(lines) + 1))
    content = b"".join(line + b"\r\n" for line in lines)
    for group in broken:
        assert b"GRT" + group + b"00000001" in content
        content = content.replace(b"GRT" + group + b"00000001", b"GRT" + group + b"00000009")
    return content


@pytest.mark.parametrize(
    ("broken", "told", "left"), [(b"00001", ["RJ", "AC"], "SECOND"), (b"00002", ["AS", "RJ"], "FIRST")]
)
def test_a_group_that_breaks_the_standard_is_rejected_and_the_others_are_taken(
    tmp_path: Path, broken: bytes, told: list[str], left: str
) -> None:
    report = take(tmp_path / "b.V21", two_groups(broken))
    assert (report.state, report.work_count, report.bad_count) == ("imported", 1, 1)
    assert [problem.rule for problem in report.problems if "GRT-02" in problem.rule] != []
    assert statuses(report.intake_id) == told
    assert sorted(CwrItem.objects.values_list("status", flat=True)) == sorted(told)
    [refused] = [one for one in answers(report.intake_id) if one.status == "RJ"]
    assert any("COUNTS 9 TRANSACTIONS" in message.text for message in refused.messages)
    [hit] = queries.find_works("").rows
    assert (hit.title == "SECOND") == (left == "SECOND")
    services.undo_works_intake(actor=CHEN, at=LATER, intake_id=report.intake_id)
    assert queries.find_works("").total == 0


def test_where_every_group_breaks_it_nothing_is_written(tmp_path: Path) -> None:
    report = take(tmp_path / "b.V21", two_groups(b"00001", b"00002"))
    assert (report.state, report.bad_count, statuses(report.intake_id)) == ("refused", 2, ["RJ", "RJ"])
    assert not CwrItem.objects.exists()


def test_a_group_whose_header_breaks_it_is_rejected_alone(tmp_path: Path) -> None:
    content = two_groups()
    assert content.count(b"GRHREV0000202.10") == 1
    report = take(tmp_path / "b.V21", content.replace(b"GRHREV0000202.10", b"GRHREV0000209.10"))
    assert (report.state, statuses(report.intake_id)) == ("imported", ["AS", "RJ"])


def test_only_a_cwr_file_that_stands_is_answered(tmp_path: Path) -> None:
    report = take_works(tmp_path / "a.V21", sample_work())
    with pytest.raises(NotAllowed):
        services.acknowledge_cwr(actor=DEWI, at=LATER, intake_id=report.intake_id, sender=SOCIETY)
    services.undo_works_intake(actor=CHEN, at=LATER, intake_id=report.intake_id)
    for intake_id in (report.intake_id, 999):
        with pytest.raises(NotAnswerable):
            services.acknowledge_cwr(actor=CHEN, at=LATER, intake_id=intake_id, sender=SOCIETY)


# Agreements


def test_an_agreement_is_kept_with_its_parties_and_sent_again_is_a_duplicate(tmp_path: Path) -> None:
    content = case_file("both", "", "02.10")
    report = take(tmp_path / "a.V21", content)
    assert statuses(report.intake_id)[0] == "AS"
    [agreement] = queries.list_agreements().rows
    assert {one.role for one in agreement.parties} == {"AS", "AC"}
    assert all(one.territories for one in agreement.parties)
    again = take(tmp_path / "b.V21", content.replace(b"093000", b"093001", 1), LATER)
    assert statuses(again.intake_id)[0] == "DU"
    services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=report.intake_id)
    assert queries.list_agreements().total == 0


def test_a_chain_that_contradicts_its_agreement_is_told(tmp_path: Path) -> None:
    ended = case_file("both", _ENDED, "02.10")
    report = take(tmp_path / "a.V21", ended)
    said = [problem.rule for problem in report.problems]
    assert "work.agreement_ended" in said
    [_agreement, work] = answers(report.intake_id)
    assert any("ENDED" in message.text for message in work.messages)


# Notices of an ISWC, and exceptions


def notice(kind: str, *works: CwrWork) -> bytes:
    """Return a society's file of ISW or EXC transactions."""
    transactions = [work_transaction(replace(work, kind=kind)) for work in works]
    return b"".join(write_transactions(CwrHeader(SOCIETY, AT), transactions))


def test_a_new_iswc_is_taken_and_the_undo_takes_it_back(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    told = take(tmp_path / "isw.V21", notice("ISW", sample_work(iswc=ISWC)), LATER)
    assert statuses(told.intake_id) == ["AS"]
    assert [hit.iswc for hit in queries.find_works(ISWC).rows] == [ISWC]
    again = take(tmp_path / "isw2.V21", notice("ISW", sample_work(iswc=ISWC), sample_work(number="X", title="Y")))
    assert statuses(again.intake_id) == ["DU", "NP"]
    services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=told.intake_id)
    assert queries.find_works(ISWC).total == 0


def test_an_iswc_that_contradicts_is_a_conflict(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work(iswc=ISWC), sample_work(number="A2", title="SECOND"))
    content = notice("ISW", sample_work(iswc=OTHER_ISWC), sample_work(number="A2", title="SECOND", iswc=ISWC))
    told = take(tmp_path / "isw.V21", content, LATER)
    assert statuses(told.intake_id) == ["CO", "CO"]
    assert sorted(hit.iswc or "" for hit in queries.find_works("").rows) == ["", ISWC]


def test_an_exception_becomes_a_conflict_with_both_sides(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    content = notice("EXC", sample_work(publisher=RIVAL), sample_work(number="X9", title="UNHEARD OF"))
    told = take(tmp_path / "exc.V21", content, LATER)
    assert sorted(statuses(told.intake_id)) == ["CO", "NP"]
    conflicts = queries.list_conflicts().rows
    assert {row.claims for row in conflicts} == {("DEMO SOCIETY", "FIRST PUBLISHER")}
    services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=told.intake_id)
    assert queries.list_conflicts().total == 0


def third_claim(number: str = "A1") -> CwrWork:
    """Return the work as a third publisher claims it."""
    work = sample_work(number=number, publisher=THIRD)
    publishers = tuple(replace(one, name="THIRD PUBLISHER") for one in work.publishers)
    return replace(work, publishers=publishers)


def test_of_several_claimants_each_is_kept(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    told = take(tmp_path / "exc.V21", notice("EXC", sample_work(publisher=RIVAL), third_claim()), LATER)
    assert statuses(told.intake_id) == ["CO", "CO"]
    [claims] = {row.claims for row in queries.list_conflicts().rows}
    assert set(claims) == {"DEMO SOCIETY", "DEMO SOCIETY: THIRD PUBLISHER", "FIRST PUBLISHER"}
    again = take(tmp_path / "again.V21", notice("EXC", third_claim(), third_claim()), LATER)
    assert len(statuses(again.intake_id)) == 2
    services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=again.intake_id)
    services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=told.intake_id)
    assert queries.list_conflicts().total == 0


def test_a_conflict_is_answered_with_every_other_claim(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    take(tmp_path / "exc.V21", notice("EXC", sample_work(publisher=RIVAL)), LATER)
    report = take_works(tmp_path / "t.V21", third_claim("T1"), sender="THIRD PUBLISHER", at=STILL_LATER)
    [told] = answers(report.intake_id)
    assert told.status == "CO"
    others = [other.publishers[0].ipi_name for other in told.conflicts]
    assert sorted(others) == sorted([PUBLISHER, RIVAL])


# The publisher's side


def submit(at: datetime = LATER, **values: object) -> services.SubmissionReport:
    """Submit every work of the first publisher to a society."""
    given: dict[str, object] = {
        "work_ids": [hit.id for hit in queries.find_works("").rows],
        "society_code": "52",
        "sender": CwrSender("PB", PUBLISHER, "FIRST PUBLISHER"),
        "sender_code": "FPB",
        "claim": "FIRST PUBLISHER",
        **values,
    }
    return services.submit_works(actor=CHEN, at=at, **given)  # type: ignore[arg-type]


def answer_file(submission_id: int, decide: Callable[[CwrTransaction], CwrDecision]) -> bytes:
    """Return a society's answer to a submission."""
    content = b"".join(queries.submission_lines(submission_id))
    header = CwrHeader(SOCIETY, STILL_LATER)
    return b"".join(acknowledge(io.BytesIO(content), header, processed_on=STILL_LATER.date(), decide=decide))


def test_works_go_out_are_answered_and_go_out_again_as_revisions(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work(), sample_work(number="A2", title="SECOND"))
    report = submit()
    assert (report.new_count, report.revised_count, report.file_name) == (2, 0, "CW260001FPB_052.V21")
    content = b"".join(queries.submission_lines(report.submission_id))
    assert works_in(content) == works_in((tmp_path / "a.V21").read_bytes())
    assert [row.state for row in queries.list_submitted().rows] == ["open", "open"]
    with pytest.raises(NothingToSubmit):
        submit(STILL_LATER)
    refused = CwrDecision("RJ", "", (CwrMessage("T", 0, "NWR", "T", "011", "SHARES DO NOT SUM"),))
    taken = CwrDecision("AS", "S-77", iswc=ISWC)
    content = answer_file(
        report.submission_id, lambda item: taken if item.header.text("submitter_work_number") == "A1" else refused
    )
    told = take(tmp_path / "ack.V21", content, STILL_LATER)
    first, second = sorted(queries.list_submitted().rows, key=lambda row: row.number)
    assert (first.status, first.state, first.society_number, first.iswc) == ("AS", "accepted", "S-77", ISWC)
    assert (second.status, second.state, second.reasons) == ("RJ", "rejected", ("SHARES DO NOT SUM",))
    work = queries.get_work(first.work_id)
    assert (work.iswc, ("DEMO SOCIETY", "S-77") in work.numbers) == (ISWC, True)
    once_more = submit(STILL_LATER)
    assert (once_more.new_count, once_more.revised_count) == (1, 1)
    services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=told.intake_id)
    work = queries.get_work(first.work_id)
    assert (work.iswc, work.numbers) == (None, (("FIRST PUBLISHER", "A1"),))
    of_first = queries.list_submitted(submission_id=report.submission_id).rows
    assert [row.state for row in of_first] == ["open", "open"]


def test_a_conflict_in_an_answer_is_kept_with_the_others_claims(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    report = submit()
    conflict = CwrDecision("CO", "S-1", conflicts=(sample_work(number="OTHER-1", publisher=RIVAL),))
    take(tmp_path / "ack.V21", answer_file(report.submission_id, lambda _item: conflict), STILL_LATER)
    [row] = queries.list_submitted(state="conflict").rows
    assert row.conflict_title == "RIVER SONG"
    assert {found.claims for found in queries.list_conflicts().rows} == {("DEMO SOCIETY", "FIRST PUBLISHER")}


def test_of_several_conflicts_in_an_answer_each_is_kept(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    report = submit()
    rivals = (sample_work(number="OTHER-1", publisher=RIVAL), third_claim("OTHER-2"))
    decision = CwrDecision("CO", "S-1", conflicts=rivals)
    take(tmp_path / "ack.V21", answer_file(report.submission_id, lambda _item: decision), STILL_LATER)
    [claims] = {found.claims for found in queries.list_conflicts().rows}
    assert set(claims) == {"DEMO SOCIETY", "DEMO SOCIETY: THIRD PUBLISHER", "FIRST PUBLISHER"}


def test_an_answer_twice_changes_nothing_and_one_to_nothing_is_told(tmp_path: Path) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    report = submit()
    content = answer_file(report.submission_id, lambda _item: CwrDecision("AS", "S-1"))
    take(tmp_path / "ack.V21", content, STILL_LATER)
    again = take(tmp_path / "ack2.V21", content.replace(b"090000", b"090001", 1), STILL_LATER)
    assert again.problems == ()
    [row] = queries.list_submitted().rows
    assert row.status == "AS"
    with pytest.raises(NotAnswerable):
        services.acknowledge_cwr(actor=CHEN, at=STILL_LATER, intake_id=again.intake_id, sender=SOCIETY)
    stranger = write_cwr_file(tmp_path / "s.V21", [sample_work(number="NOBODY")]).read_bytes()
    told = take(
        tmp_path / "ack3.V21",
        b"".join(acknowledge(io.BytesIO(stranger), CwrHeader(SOCIETY, AT), processed_on=date(2026, 10, 3))),
    )
    assert [problem.rule for problem in told.problems] == ["work.answer_to_nothing"]
    assert list(services.check_cwr_answers(tmp_path / "ack3.V21")) == list(told.problems)
    assert list(services.check_cwr_answers(tmp_path / "ack.V21")) == []


def test_a_work_made_here_goes_out_as_it_is_registered(tmp_path: Path) -> None:
    table = tmp_path / "w.csv"
    table.write_text(
        "Work number,Title,ISWC,Duration,Party name,IPI name number,Role,PR share,MR share,Territories,Chain\n"
        f"W1,Дала,{ISWC},3:20,Asan Aitmatov,,CA,50,0,2136,1\n"
        f"W1,Дала,{ISWC},3:20,River Publishing,{PUBLISHER},E,50,100,2136 -840,1\n"
        "W2,Broken,,,Asan Aitmatov,,CA,50,50,2136,1\n",
        encoding="utf-8",
    )
    services.import_works_table(actor=CHEN, at=AT, path=table, mapping=None, claim="FIRST PUBLISHER")
    report = submit(version="02.20")
    assert report.new_count == 1
    assert [problem.rule for problem in report.problems] == ["work.submission_unwritable"]
    content = b"".join(queries.submission_lines(report.submission_id))
    [sent] = works_in(content)
    assert (sent.title, sent.iswc, sent.duration_ms) == ("DALA", ISWC, 200_000)
    [publisher] = sent.publishers
    assert [(term.sign, term.tis, term.pr_ppm) for term in publisher.terms] == [("I", 2136, 500_000), ("E", 840, 0)]
    assert (sent.writers[0].last_name, sent.writers[0].publishers[0].publisher_ip_number) == (
        "AITMATOV",
        publisher.ip_number,
    )


@pytest.mark.parametrize(
    "values", [{"society_code": "ABC"}, {"society_code": "0"}, {"sender_code": "TOO LONG"}, {"version": "03.00"}]
)
def test_a_submission_that_cannot_be_is_refused(tmp_path: Path, values: dict[str, object]) -> None:
    take_works(tmp_path / "a.V21", sample_work())
    with pytest.raises(InvalidSubmission):
        submit(**values)
    assert queries.list_submissions().total == 0


def test_who_we_are_is_asked_of_the_register() -> None:
    with pytest.raises(UnknownSender):
        queries.own_sender("Nobody's Society")
    with pytest.raises(UnknownCwrFile):
        queries.submission_lines(7)


# Nothing is lost


def test_a_file_is_written_again_from_what_is_stored(tmp_path: Path) -> None:
    content = b"".join(write_cwr(HEADER, [RAIN, DUST]))
    report = take(tmp_path / "a.V21", content)
    assert b"".join(queries.cwr_file_lines(report.intake_id)) == content
    assert queries.list_cwr_items(report.intake_id).total == 2


def test_agreements_with_records_of_every_kind_are_written_again(tmp_path: Path) -> None:
    content = case_file("both", "", "02.20")
    report = take(tmp_path / "a.V22", content)
    again = b"".join(queries.cwr_file_lines(report.intake_id))
    assert records_in(again) == records_in(content)


def records_in(content: bytes) -> list[bytes]:
    """Return the records of a file without those that frame it, whose zeros may be blanks."""
    return [line for line in content.splitlines() if line[:3] not in (b"HDR", b"GRH", b"GRT", b"TRL")]


# CWR 3


def test_a_file_of_cwr_3_is_taken_by_what_is_known_of_it(tmp_path: Path) -> None:
    assert services.preview_cwr(write(tmp_path / "p.SUB", CWR3))[1][0].title == "RAIN"
    report = take(tmp_path / "a.SUB", CWR3)
    assert (report.work_count, report.share_line_count, report.good_count) == (1, 4, 2)  # both have one ISWC
    [work] = queries.find_works("RAIN").rows
    told = queries.get_work(work.id)
    assert told.numbers == (("STEPPE MUSIC", "A1"), ("STEPPE MUSIC", "A2"))
    assert {line.territories for line in told.share_lines} == {"2136"}
    with pytest.raises(BadFile):
        list(services.acknowledge_cwr(actor=CHEN, at=LATER, intake_id=report.intake_id, sender=SOCIETY))
    broken = take(tmp_path / "b.SUB", CWR3.replace(b"TRL00001", b"TRL00009"), LATER)
    assert (broken.state, broken.work_count) == ("refused", 0)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# What others wrote


@pytest.mark.real
@needs_real_files
@pytest.mark.parametrize(
    "name",
    [
        "CW220001DMP_000.V21",
        "CW220004DMP_000.V21",
        "nwrexample2.V21",
        "revexample.V21",
        "demo_cwr_cleaned.v22",
    ],
)
def test_every_transaction_of_others_files_is_kept_answered_and_written_again(tmp_path: Path, name: str) -> None:
    content = (SHARED / "cwr" / name).read_bytes()
    report = take(tmp_path / name, content)
    kept = queries.list_cwr_items(report.intake_id).total
    asked = [one for one in transactions_in(content) if one.kind != "ACK"]
    assert len(answers(report.intake_id)) == len(asked) > 0
    if report.state == "imported":
        assert kept == report.line_count
        again = b"".join(queries.cwr_file_lines(report.intake_id))
        assert fields_in(again) == fields_in(content)


def fields_in(content: bytes) -> list[object]:
    """Return what the transactions of a file say, without places and numbers."""
    return [
        [(record.kind, dict(record.values), dict(record.unread)) for record in (item.header, *item.records)]
        for item in transactions_in(content)
    ]


def transactions_in(content: bytes) -> list[CwrTransaction]:
    """Return the transactions of a file, refused ones too."""
    items = iter_transactions(io.BytesIO(content), keep_refused=True)
    return [item for item in items if isinstance(item, CwrTransaction)]


def test_a_generated_catalogue_is_written_again_byte_for_byte(tmp_path: Path) -> None:
    works = [replace(RAIN, submitter_work_number=f"G-{place}", title=f"RAIN {place}", iswc="") for place in range(300)]
    content = b"".join(write_cwr(HEADER, works))
    report = take(tmp_path / "g.V21", content)
    assert (report.work_count, queries.list_cwr_items(report.intake_id).total) == (300, 300)
    assert b"".join(queries.cwr_file_lines(report.intake_id)) == content


CORPUS = Path(__file__).parents[2] / "kernel" / "formats" / "cwr" / "corpus"


@pytest.mark.parametrize("name", sorted(path.name for path in CORPUS.iterdir()))
def test_hostile_files_are_refused_or_taken_and_answered(tmp_path: Path, name: str) -> None:
    try:
        report = take(tmp_path / name, (CORPUS / name).read_bytes())
    except BadFile:
        return
    kept = queries.list_cwr_items(report.intake_id).total
    assert kept == (report.line_count if report.state == "imported" else 0)
    if any(one.kind != "ACK" for one in transactions_in((CORPUS / name).read_bytes())):
        lines = services.acknowledge_cwr(actor=CHEN, at=LATER, intake_id=report.intake_id, sender=SOCIETY)
        assert b"".join(lines).startswith(b"HDRSO")
