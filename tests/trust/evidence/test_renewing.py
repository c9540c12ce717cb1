"""The archive of a log over the years: stamped, renewed, hashed anew, by the policy and on demand."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from muniment.trust.access.rules import NotAllowed
from muniment.trust.evidence.models import ArchiveList, Timestamp
from muniment.trust.evidence.queries import TimestampRow, list_timestamps, timestamps_of
from muniment.trust.evidence.queries.stamped import content_of, newest_stamps, next_due, record_of
from muniment.trust.evidence.rules.archive import Kind, Proven, read_record, verify_record
from muniment.trust.evidence.rules.lifetimes import Lifetimes, Renewal
from muniment.trust.evidence.rules.stamps import BadStamp
from muniment.trust.evidence.services import LogDamaged, erase_record, log_record
from muniment.trust.evidence.services.renewing import Asked, NotRenewed, renew_stamps
from muniment.trust.evidence.services.stamping import Authorities, StampAnswer, stamp_head, stamped_bytes
from tests.cast import DEWI
from tests.trust.evidence.authority import Authority
from tests.trust.evidence.logs import AT, OPERATOR, add, entropy, keys, run
from tests.trust.evidence.years import YearsAuthority

pytestmark = pytest.mark.django_db
NORTH, SOUTH = "https://north.example/tsa", "https://south.example/tsa"
START = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
LIFETIMES = {"sha256": date(2031, 12, 31)}


class Years:
    """A log whose stamps come from an authority with a clock of its own."""

    def __init__(self, folder: Path) -> None:
        self.authority = YearsAuthority(folder, START, days=730)
        self.urls: tuple[str, ...] = (NORTH,)
        self.lifetimes: Lifetimes = LIFETIMES

    @property
    def authorities(self) -> Authorities:
        """Whom to ask, as the commands say it."""
        return Authorities(self.urls, (self.authority.root,), entropy, self.authority.send)

    def stamp(self) -> tuple[StampAnswer, ...]:
        """Have the newest checkpoint stamped."""
        return stamp_head(actor=OPERATOR, at=self.authority.now, authorities=self.authorities, lifetimes=self.lifetimes)

    def renew(self, asked: Asked | None = None, **changes: object) -> tuple[StampAnswer, ...]:
        """Renew what is due, or what is asked for."""
        given = {
            "actor": OPERATOR,
            "at": self.authority.now,
            "authorities": self.authorities,
            "lifetimes": self.lifetimes,
            "asked": asked,
        }
        return renew_stamps(**(given | changes))  # type: ignore[arg-type]

    def proven(self, row: TimestampRow) -> Proven:
        """Return what the record of a stamp proves now."""
        return verify_record(
            record_of(row),
            content_of(row),
            [self.authority.root],
            lifetimes=self.lifetimes,
            at=self.authority.now,
        )


@pytest.fixture
def years(tmp_path: Path) -> Years:
    """Return a log that is stamped from 2027 on."""
    return Years(tmp_path / "years")


def test_the_newest_checkpoint_is_stamped_once_by_each_authority(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = Authority(tmp_path / "tsa", now)

    def stamp(**changes: object) -> list[str]:
        asked = {"urls": (NORTH, SOUTH), "roots": (authority.root,), "entropy": entropy, "send": authority.send}
        given = {"actor": OPERATOR, "at": now, "lifetimes": {}} | {
            name: value for name, value in changes.items() if name not in asked
        }
        asked |= {name: value for name, value in changes.items() if name in asked}
        answers = stamp_head(authorities=Authorities(**asked), **given)  # type: ignore[arg-type]
        return [answer.problem for answer in answers]

    with pytest.raises(LogDamaged):
        stamp()
    add(0, 3)
    with pytest.raises(NotAllowed):
        stamp(actor=DEWI)
    assert "answered 0" in stamp(send=lambda url, body: (0, b"nobody"))[0]
    assert "clock" in stamp(at=now - timedelta(hours=1))[0]
    assert "no trusted root" in stamp(roots=())[0]
    assert list_timestamps() == ()
    assert stamp() == ["", ""]
    assert stamp() == []
    assert {row.authority for row in timestamps_of(3)} == {NORTH, SOUTH}
    assert all(authority.verifies(row.token, stamped_bytes(3)) for row in timestamps_of(3))
    with pytest.raises(LogDamaged):
        stamped_bytes(2)


def test_one_token_renews_many_before_they_expire_unless_nothing_is_gained(years: Years) -> None:
    for size in range(5):
        add(size, 1)
        years.stamp()
    assert years.renew() == (), "nothing is due"
    years.authority.now += YEAR * 2 - timedelta(days=20)
    years.authority.begin(10)
    (answer,) = years.renew()
    assert "it needs a new certificate" in answer.problem
    assert len(list_timestamps()) == 5
    years.authority.begin(700, "sha512")
    (answer,) = years.renew()
    assert (answer.problem, answer.thing_count, answer.renewal) == ("", 5, Renewal.STAMP)
    rows = list(newest_stamps())
    assert len(rows) == 5
    assert len({row.token for row in rows}) == 1, "one question for all"
    for row in rows:
        proven = years.proven(row)
        assert [link.kind for link in proven.links] == [Kind.FIRST, Kind.STAMP]
        assert all(years.authority.verifies(link.stamp.token, link.covers) for link in proven.links)
        assert proven.since == START
    assert years.renew() == ()
    assert [answer.problem for answer in years.renew(Asked(Renewal.STAMP))] == [""], "unless somebody asks"


def test_everything_is_hashed_anew_a_year_before_the_hash_ends(years: Years) -> None:
    years.authority.begin(2_500, "sha512")
    log_record(at=AT, subject="deed/1", record={"kind": "deed"}, keys=keys(), entropy=entropy)
    add(0, 299)
    years.stamp()
    assert ArchiveList.objects.count() == 0
    due = next_due(LIFETIMES)
    assert due is not None
    assert (due.renewal, due.due_at.date(), due.token_count) == (Renewal.HASH, date(2031, 1, 1), 1)
    years.authority.now = datetime(2031, 1, 2, tzinfo=UTC)
    answers = years.renew()
    assert [(answer.problem, answer.renewal) for answer in answers] == [("", None), ("", Renewal.HASH)]
    checkpoint, archive = newest_stamps()
    if checkpoint.archive_list is not None:
        checkpoint, archive = archive, checkpoint
    assert {checkpoint.algorithm, archive.algorithm} == {"sha384"}
    proven = years.proven(checkpoint)
    assert [link.kind for link in proven.links] == [Kind.FIRST, Kind.HASH]
    assert [len(chain) for chain in read_record(record_of(checkpoint))] == [1, 1]
    listed = content_of(archive).decode().splitlines()
    assert [line.split("  ")[1].split("/")[0] for line in listed] == ["tile", "tile", "record"]
    assert listed[1].endswith("  tile/entries/001.p/44")
    erase_record(actor=OPERATOR, at=AT, subject="deed/1")
    assert years.proven(archive).since == years.authority.now, "the list goes on to hold"
    years.authority.now = datetime(2032, 6, 1, tzinfo=UTC)
    assert years.proven(checkpoint).since == START
    with pytest.raises(BadStamp, match="rests on sha256"):
        years.proven(timestamps_of(300)[0])
    add(299, 1)
    assert [answer.size for answer in years.stamp()] == [301, 301], "the checkpoint, and what was added"
    last = content_of(next(row for row in list_timestamps() if row.archive_list is not None)).decode()
    assert [line.split("  ")[1] for line in last.splitlines()] == ["tile/entries/001.p/45"]


def test_what_is_asked_for_is_done_at_once_and_only_for_the_better(years: Years) -> None:
    add(0, 3)
    years.stamp()
    with pytest.raises(NotAllowed):
        years.renew(actor=DEWI)
    with pytest.raises(BadStamp, match="md5"):
        years.renew(Asked(Renewal.HASH, "md5"))
    years.lifetimes = {"sha384": date(2028, 6, 1)}
    with pytest.raises(NotRenewed, match="sha384 ends before sha256"):
        years.renew(Asked(Renewal.HASH, "sha384"))
    assert years.renew(Asked(Renewal.HASH, "sha256")) == (), "it is of that algorithm already"
    assert {answer.problem for answer in years.renew(Asked(Renewal.HASH, "sha512"))} == {""}
    assert {answer.problem for answer in years.renew(Asked(Renewal.HASH, "sha3_512"))} == {""}
    kinds = [
        [link.stamp.imprint.algorithm for link in years.proven(row).links]
        for row in newest_stamps()
        if row.archive_list is None
    ]
    assert kinds == [["sha256", "sha512", "sha3_512"]]


def test_too_late_closed_and_clocks_that_go_back_are_refused(years: Years) -> None:
    add(0, 3)
    years.stamp()
    asked = Asked(Renewal.STAMP)
    years.authority.now -= timedelta(seconds=2)
    assert "its clock went backwards" in years.renew(asked)[0].problem
    assert "its clock says" in years.renew(asked, at=START - timedelta(hours=1))[0].problem
    years.authority.now = START + YEAR
    years.urls = (SOUTH,)
    assert [(answer.authority, answer.problem) for answer in years.renew(asked)] == [(SOUTH, "")], "north has closed"
    years.authority.now = START + YEAR * 3
    years.authority.begin(700)
    (answer,) = years.renew()
    assert "expired before it was renewed" in answer.problem
    assert len(list_timestamps()) == 2


def test_kept_tokens_do_not_change(years: Years) -> None:
    add(0, 3)
    years.stamp()
    for change in (lambda: Timestamp.objects.update(token="00"), lambda: Timestamp.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert years.proven(list_timestamps()[0]).since == START
    assert next_due({}) is not None


def test_two_processes_that_renew_at_once_make_one_record(years: Years) -> None:
    add(0, 3)
    years.stamp()
    answers: list[StampAnswer] = []
    own = years.authority.send

    def meanwhile(url: str, query: bytes) -> tuple[int, bytes]:
        years.authority.send = own  # type: ignore[method-assign]
        answers.extend(years.renew(Asked(Renewal.STAMP)))
        return own(url, query)

    years.authority.send = meanwhile  # type: ignore[method-assign, assignment]
    (late,) = years.renew(Asked(Renewal.STAMP))
    assert ("another process" in late.problem, [answer.problem for answer in answers]) == (True, [""])
    assert len(list_timestamps()) == 2
    assert run().size == 3
