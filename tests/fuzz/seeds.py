"""What fuzzing begins with: sound files of every format, awkward ones, and the words that a format's tables have."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from muniment.kernel import formats
from muniment.kernel.formats.pain001 import write_pain001
from muniment.kernel.formats.reports import layouts
from muniment.kernel.formats.statements import FORMS
from tests.kernel.formats.crd.test_crd import written
from tests.kernel.formats.cwr.test_hostile_files import SOUND as SOUND_CWR
from tests.kernel.formats.cwr3.test_cwr3 import FILE as SOUND_CWR3
from tests.kernel.formats.door.test_hostile_files import SOUND as SOUND_TABLES
from tests.kernel.formats.dsr.test_fuzz import CORPUS as AWKWARD_DSR
from tests.kernel.formats.dsr.test_fuzz import WHOLE as SOUND_DSR
from tests.kernel.formats.ern.test_ern import ERN_3, ERN_4
from tests.kernel.formats.onix.test_onix import MESSAGE
from tests.kernel.formats.pain001.test_door import ANSWER
from tests.kernel.formats.pain001.test_pain001 import BATCH
from tests.kernel.formats.reports.samples import APPLE_LINES, sample_of
from tests.kernel.formats.statements.sample import sample_statement

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
_SAMPLES = HERE.parent / "kernel" / "formats"
_GOLDEN = HERE.parent / "golden"
_LONGEST_WORD = 24


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


def _reports() -> Iterator[bytes]:
    for layout in layouts():
        yield sample_of(layout).encode()
        yield (APPLE_LINES + sample_of(layout, "\t")).encode()


def _statements() -> Iterator[bytes]:
    for language in ("en", "ur"):
        yield FORMS["csv"].render(sample_statement(3, language))
    yield FORMS["xlsx"].render(sample_statement(2))


_MAKERS: Mapping[str, Callable[[], list[bytes]]] = {
    "bwarm": lambda: list(_bwarm()),
    "crd": lambda: [written()],
    "cwr": lambda: list(SOUND_CWR),
    "cwr3": lambda: [SOUND_CWR3],
    "dsr": lambda: [*SOUND_DSR, *AWKWARD_DSR],
    "ern": lambda: [ERN_3.encode(), ERN_4.encode()],
    "onix": lambda: [MESSAGE.encode()],
    "pain001": lambda: [ANSWER.encode(), write_pain001(BATCH)],
    "reports": lambda: list(_reports()),
    "statements": lambda: list(_statements()),
    "tables": lambda: list(SOUND_TABLES.values()),
}
