"""One invented society and the files it receives in one quarter, the same bytes for the same seed."""

import csv
import random
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from muniment.interfaces.demo import files, uses
from muniment.interfaces.demo.licensees import (
    CURRENCY,
    LICENCE_HEADERS,
    LICENSEE_HEADERS,
    RECEIPT_HEADERS,
    TERRITORY,
    DemoLicensee,
    licence_row,
    licensee_row,
    make_licensees,
    receipt_rows,
    tariffs_text,
)
from muniment.interfaces.demo.manifest import INVENTED, DemoFile, DemoManifest, write_manifest
from muniment.interfaces.demo.people import SOCIETY_CODE, SOCIETY_NAME, DemoParty, People, make_people
from muniment.interfaces.demo.registrations import cwr_lines, cwr_name, registered_by
from muniment.interfaces.demo.repertoire import DemoWork, make_works
from muniment.interfaces.demo.streams import STREAMS_FILE, stream_report


def write_demo_files(folder: Path, *, members: int, works: int, seed: int) -> DemoManifest:
    """Write every file of the demonstration into `folder` and return what they are.

    The number of uses follows the number of works: three radio lines, one and a half streamed recordings and a fifth
    of a concert song for each. The same arguments give the same bytes on every machine.

    Raises:
        ValueError: fewer than 10 members or 25 works, too few to show anything.
    """
    if members < 10 or works < 25:
        raise ValueError("the demonstration needs at least 10 members and 25 works")
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose, and no secret hangs on it
    people = make_people(rng, members)
    repertoire = make_works(rng, people, works)
    usage, streams = _write_usage(folder, rng, people, repertoire)
    licensees = make_licensees(rng, streams=streams)
    written = [
        *_write_members(folder, people),
        *_write_works(folder, repertoire),
        *_write_registrations(folder, people.publishers, repertoire),
        *_write_licensing(folder, licensees),
        *usage,
    ]
    manifest = DemoManifest(
        society=SOCIETY_NAME,
        society_code=SOCIETY_CODE,
        territory=TERRITORY,
        currency=CURRENCY,
        period_from=uses.QUARTER_FROM,
        period_to=uses.QUARTER_TO,
        members=members,
        works=works,
        seed=seed,
        note=INVENTED,
        files=tuple(written),
    )
    write_manifest(folder, manifest)
    return manifest


def _write_members(folder: Path, people: People) -> Iterator[DemoFile]:
    """Write the members as head office keeps them (XLSX), and publishers, performers and foreigners (CSV)."""
    rows = map(files.member_row, people.writers)
    count = files.write_xlsx_file(folder / "members.xlsx", "Members", files.MEMBER_HEADERS, rows)
    yield DemoFile("members.xlsx", "parties", "Writers who are members, with mandates and bank details", count)
    others: Iterable[DemoParty] = chain(
        people.sisters, people.publishers, people.performers, people.foreign_writers, people.heirs
    )
    count = files.write_csv_file(folder / "members.csv", files.MEMBER_HEADERS, map(files.member_row, others))
    yield DemoFile("members.csv", "parties", "Sister societies, publishers, performers, foreign writers, heirs", count)


def _write_works(folder: Path, repertoire: tuple[DemoWork, ...]) -> Iterator[DemoFile]:
    of_xlsx = chain.from_iterable(files.work_rows(work) for work in repertoire if work.home == "xlsx")
    count = files.write_xlsx_file(folder / "works.xlsx", "Works", files.WORK_HEADERS, of_xlsx)
    yield DemoFile("works.xlsx", "works", "Works with shares and recordings, a line for each share", count)
    of_csv = chain.from_iterable(files.work_rows(work) for work in repertoire if work.home == "csv")
    count = files.write_csv_file(folder / "works.csv", files.WORK_HEADERS, of_csv)
    yield DemoFile("works.csv", "works", "Works of the branch office, in the same columns", count)


def _write_registrations(
    folder: Path, publishers: tuple[DemoParty, ...], repertoire: tuple[DemoWork, ...]
) -> Iterator[DemoFile]:
    """Write the CWR files of the two publishers that send them."""
    for place, publisher in enumerate(publishers[:2], 1):
        works = list(registered_by(publisher, repertoire))
        with (folder / cwr_name(place)).open("wb") as file:
            file.writelines(cwr_lines(publisher, works))
        note = f"Registrations of {publisher.name.latin}, some of them claimed by the other publisher too"
        yield DemoFile(cwr_name(place), "cwr", note, len(works))


def _write_licensing(folder: Path, licensees: tuple[DemoLicensee, ...]) -> Iterator[DemoFile]:
    text = tariffs_text()
    (folder / "tariffs.toml").write_text(text, encoding="utf-8", newline="\n")
    yield DemoFile("tariffs.toml", "tariffs", "The society's tariffs", text.count("[[tariff]]"))
    for name, kind, note, headers, rows in (
        ("licensees.csv", "licensees", "Users of music", LICENSEE_HEADERS, map(licensee_row, licensees)),
        (
            "licences.csv",
            "licences",
            "Their licences, with the figures declared for the quarter",
            LICENCE_HEADERS,
            map(licence_row, licensees),
        ),
        (
            "receipts.csv",
            "receipts",
            "Money received for the invoices of the quarter, issued by 2026-10-07",
            RECEIPT_HEADERS,
            chain.from_iterable(map(receipt_rows, licensees)),
        ),
    ):
        yield DemoFile(name, kind, note, files.write_csv_file(folder / name, headers, rows))


def _write_usage(
    folder: Path, rng: random.Random, people: People, repertoire: tuple[DemoWork, ...]
) -> tuple[list[DemoFile], int]:
    """Write every usage file and the answers; return what they are and how many streams were reported."""
    popularity = uses.Popularity(rng, repertoire)
    with Answers(folder) as answers:
        rows = uses.radio_rows(rng, popularity, people, 3 * len(repertoire))
        noted = answers.noting("radio.csv", rows)
        plays = files.write_csv_file(folder / "radio.csv", uses.RADIO_HEADERS, noted, ";")
        rows = uses.setlist_rows(rng, popularity, people, len(repertoire) // 5)
        noted = answers.noting("setlists.xlsx", rows)
        songs = files.write_xlsx_file(folder / "setlists.xlsx", "Set lists", uses.SETLIST_HEADERS, noted)
        report = stream_report(rng, popularity, people, 3 * len(repertoire) // 2)
        (folder / STREAMS_FILE).write_bytes(b"".join(report.lines))
        answers.note(STREAMS_FILE, report.answers)
    return [
        _usage_file("radio.csv", "The log of a radio station", plays, "radio", "LIC-0001", "radio"),
        _usage_file("setlists.xlsx", "Set lists of a concert hall", songs, "setlist", "LIC-0002", "live"),
        _usage_file(
            STREAMS_FILE, "The sales report of a streaming service", report.sale_count, "dsr", "LIC-0004", "online"
        ),
        DemoFile("answers.csv", "answers", "The work behind each line of usage, to measure matching", answers.count),
    ], report.stream_count


def _usage_file(name: str, note: str, count: int, form: str, licensee: str, fund: str) -> DemoFile:
    return DemoFile(
        name=name,
        kind="usage",
        note=note,
        line_count=count,
        form=form,
        licensee_code=licensee,
        fund_code=f"{fund}/{licensee}/2026-Q3",
        source_code=licensee.replace("LIC", "SRC"),
    )


class Answers:
    """Writes answers.csv as the usage goes by: file, line and the number of the work that was really used."""

    def __init__(self, folder: Path) -> None:
        """Open the file in `folder`."""
        self._file = (folder / "answers.csv").open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self._writer.writerow(("File", "Line", "Work number"))
        self.count = 0

    def __enter__(self) -> "Answers":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def note(self, name: str, answers: Iterable[tuple[int, str]]) -> None:
        """Note lines and works of a file that is written already."""
        for line, work_code in answers:
            self._writer.writerow((name, line, work_code))
            self.count += 1

    def noting(
        self, name: str, rows: Iterable[tuple[uses.Heard, tuple[str, ...]]], first_line: int = 2
    ) -> Iterator[tuple[str, ...]]:
        """Pass the rows on, noting for each its line and work."""
        for line, (heard, row) in enumerate(rows, first_line):
            self._writer.writerow((name, line, heard.work_code))
            self.count += 1
            yield row
