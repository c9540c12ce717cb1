"""What fuzzing begins with: sound files of every format, awkward ones, and the words that a format's tables have."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from muniment.kernel import formats
from muniment.kernel.formats.pain001 import write_pain001
from muniment.kernel.formats.reports import layouts
from muniment.kernel.formats.statements import FORMS
from muniment.kernel.formats.statements.labels import LABELS
from muniment.kernel.formats.tables import Sheet, write_xlsx
from tests.kernel.formats.crd.test_crd import BREAKING as BROKEN_CRD
from tests.kernel.formats.crd.test_crd import written
from tests.kernel.formats.cwr.test_hostile_files import SOUND as SOUND_CWR
from tests.kernel.formats.cwr3.test_cwr3 import BREAKING as BROKEN_CWR3
from tests.kernel.formats.cwr3.test_cwr3 import FILE as SOUND_CWR3
from tests.kernel.formats.door.test_hostile_files import SOUND as SOUND_TABLES
from tests.kernel.formats.dsr.test_fuzz import CORPUS as AWKWARD_DSR
from tests.kernel.formats.dsr.test_fuzz import WHOLE as SOUND_DSR
from tests.kernel.formats.ern.test_ern import BROKEN as BROKEN_ERN
from tests.kernel.formats.ern.test_ern import ERN_3, ERN_4
from tests.kernel.formats.onix.test_onix import BROKEN as BROKEN_ONIX
from tests.kernel.formats.onix.test_onix import MESSAGE
from tests.kernel.formats.pain001.test_door import ANSWER
from tests.kernel.formats.pain001.test_pain001 import BATCH
from tests.kernel.formats.reports.samples import APPLE_LINES, sample_of
from tests.kernel.formats.statements.sample import sample_statement
from tests.kernel.formats.tables.test_measuring import book
from tests.kernel.formats.tables.test_reading import formulas

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
_SAMPLES = HERE.parent / "kernel" / "formats"
_GOLDEN = HERE.parent / "golden"
_LONGEST_WORD = 24
_ODD_TABLE = """Work title,PR share,Chain,Valid from,Duration,MR share
Rain,"12,5",1 234,03/04/2026,3:20,"1.234,50"
Rain,50%,1,31.01.2026,PT3M20S,-3
Rain,x,1.0,20260131,200.5,x
Snow,100,"1,234",31/01/2026,61:61,"1,234"
Snow,,1.234.567,2026-02-30,1:02:03.5,.5
,1,-1,today,long,+7
Rain,1,٣,١٢.٠١.٢٠٢٦,٣:٢٠,٣٫٥
Rain,1,1,1,1,1,1,1
"
 ",
Rain,1"""
_RARE_PERSON = (
    "<Contributor><ContributorRole>A01</ContributorRole><UnnamedPersons>02</UnnamedPersons></Contributor>"
    "<Contributor><ContributorRole>B01</ContributorRole><CorporateName>Steppe Press</CorporateName></Contributor>"
    "<Contributor><SequenceNumber>2</SequenceNumber><ContributorRole>A12</ContributorRole><PersonName>Dewi</PersonName>"
    "<NameIdentifier><NameIDType>16</NameIDType><IDValue>https://isni.org/isni/0</IDValue></NameIdentifier>"
    "<ContributorDate><ContributorDateRole>50</ContributorDateRole><Date>19700230</Date></ContributorDate>"
    "<ContributorDate><ContributorDateRole>51</ContributorDateRole><Date>202001</Date></ContributorDate></Contributor>"
)
_RARE_RELATED = (
    "<RelatedMaterial><RelatedWork><WorkRelationCode>01</WorkRelationCode><WorkIdentifier><WorkIDType>11</WorkIDType>"
    "<IDValue>W1</IDValue></WorkIdentifier></RelatedWork></RelatedMaterial>"
)
"""Parts of a product that few have."""


def seeds(name: str) -> list[bytes]:
    """Return the files that a format begins with: the kept ones, those of its tests, and awkward ones of any format."""
    folders = (CORPUS / name, _SAMPLES / name / "corpus", _SAMPLES / "door" / "corpus", _GOLDEN / name)
    paths = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir()) if path.is_file()]
    return [*(path.read_bytes() for path in paths), *_MAKERS.get(name, list)()]


def words(name: str) -> list[bytes]:
    """Return the short cells of the tables in a format's folder: its codes, record kinds and headers."""
    found: set[str] = set()
    for folder in formats.__path__:
        for path in (Path(folder) / name).glob("*.csv"):
            with path.open(encoding="utf-8", newline="") as lines:
                found.update(cell for row in csv.reader(lines) for cell in row if 0 < len(cell) <= _LONGEST_WORD)
    return [word.encode() for word in sorted(found)]


def _bwarm() -> Iterator[bytes]:
    for folder in sorted((_GOLDEN / "bwarm").iterdir()):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.iterdir()):
                archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes())
        yield stream.getvalue()


def _changed(whole: str, changes: Iterable[tuple[str, str]]) -> list[bytes]:
    """Return a text as it is, and with each of its changes."""
    return [whole.encode(), *(whole.replace(old, new).encode() for old, new in changes)]


def _onix() -> list[bytes]:
    rare = (
        ("<NotificationType>03", "<NotificationType>05"),
        ("</Contributor>", f"</Contributor>{_RARE_PERSON}"),
        ("</Product>", f"{_RARE_RELATED}</Product>"),
    )
    return _changed(MESSAGE, (*BROKEN_ONIX.values(), *rare))


def _marc() -> Iterator[bytes]:
    """Yield a book, a song on a carrier and a UNIMARC record with fields that few have."""
    rare = (
        ("010", "  ", "a  85153773 "), ("020", "  ", "a9780306406157 (set)"), ("020", "  ", "anone"),
        ("022", "  ", "a0378-5955"), ("024", "0 ", "aQZMUN2600001"), ("024", "1 ", "a036000291452"),
        ("024", "2 ", "aM571100511"), ("024", "7 ", "a10.5555/12345678|2doi"), ("024", "8 ", "aX"),
        ("041", "1 ", "aengurd"), ("100", "1 ", "6880-01|aMalik, Saniya|d1970-2020|4aut|0(isni)0000000000000000"),
        ("110", "2 ", "aSteppe Press"), ("240", "10", "6880-02|aBridge"), ("245", "10", "6880-03|aA bridge|bby night"),
        ("260", "  ", "bSteppe,|c[ca. 1998]"), ("490", "0 ", "aRiver books"), ("700", "1 ", "aDewi|tA song"),
        ("711", "2 ", "aA meeting|jhost"), ("856", "4 ", "uhttps://books.example/1"), ("880", "1 ", "6100-01/(3|aملک"),
        ("880", "10", "6240-02|aپل"), ("880", "10", "6245-03/$1|a橋"), ("880", "10", "6999-09|aنہیں"),
    )  # fmt: skip
    for kind, title in (("a", "245"), ("j", "245"), ("g", "245"), ("a", "200")):
        fields = "".join(
            f'<datafield tag="{title if tag == "245" else tag}" ind1="{told[0]}" ind2="{told[1]}">'
            + "".join(f'<subfield code="{one[0]}">{one[1:]}</subfield>' for one in text.split("|"))
            + "</datafield>"
            for tag, told, text in rare
        )
        record = f"<record><leader>00000n{kind}m a2200000 a 4500</leader>{fields}</record>"
        yield f"<collection>{record}{record}</collection>".encode()


def _reports() -> Iterator[bytes]:
    for layout in layouts():
        yield sample_of(layout).encode()
        yield (APPLE_LINES + sample_of(layout, "\t")).encode()
    rows = list(csv.reader((APPLE_LINES + sample_of(layouts()[0], "\t")).splitlines(), delimiter="\t"))
    stream = io.BytesIO()
    write_xlsx([Sheet("Report", rows[0], rows[1:])], stream)
    yield stream.getvalue()


def _tables() -> Iterator[bytes]:
    yield from SOUND_TABLES.values()
    yield _ODD_TABLE.encode()
    yield "sep=;\nTitle;Artist;Plays;Date\nRain;Dewi;3;2026-01-31\n".encode("utf-16")
    with TemporaryDirectory() as name:
        folder = Path(name)
        yield formulas(folder / "formulas.xlsx").read_bytes()
        rows = (
            '<row><c t="s"><v>1</v></c><c t="n"><v>1.5</v></c></row><row r="7"><c r="A7" t="e"><v>#REF!</v></c></row>'
        )
        rows += '<row r="8"><c r="A8" t="b"><v>1</v></c><c r="B8"><f>A1</f></c></row>'
        rows += '<row r="9"><c r="B9"><v>4</v></c></row>'
        two = "".join(f'<sheet name="s{number}" sheetId="{number}" r:id="rId1"/>' for number in (1, 2))
        yield book(folder, rows, texts="<si><t>Rain</t></si><si><r><t>A</t></r></si>", sheets=two).read_bytes()


def _statements() -> Iterator[bytes]:
    for language in ("en", "ur"):
        yield FORMS["csv"].render(sample_statement(3, language))
    yield FORMS["xlsx"].render(sample_statement(2))
    for words in LABELS.values():
        title = f"<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>{words['statement']} S-1</rdf:li>"
        yield b"%PDF-1.7\n" + title.encode() + b"\nTypst\n%%EOF\n"


_MAKERS: Mapping[str, Callable[[], list[bytes]]] = {
    "bwarm": lambda: list(_bwarm()),
    "crd": lambda: [written(), *BROKEN_CRD.values()],
    "cwr": lambda: list(SOUND_CWR),
    "cwr3": lambda: [SOUND_CWR3, *BROKEN_CWR3.values()],
    "dsr": lambda: [*SOUND_DSR, *AWKWARD_DSR],
    "ern": lambda: [ERN_3.encode(), *_changed(ERN_4, BROKEN_ERN.values())],
    "marc": lambda: list(_marc()),
    "onix": _onix,
    "pain001": lambda: [ANSWER.encode(), write_pain001(BATCH)],
    "reports": lambda: list(_reports()),
    "statements": lambda: list(_statements()),
    "tables": lambda: list(_tables()),
}
