"""Tell what a file is from its first bytes; names lie."""

import zipfile
from pathlib import Path

from muniment.kernel.formats.tables.delimited import read_opening, sniff_delimiter
from muniment.kernel.formats.tables.rows import TableKind
from muniment.kernel.words.problems import BadFile

_SIGNATURES = (
    (b"%PDF", "a PDF document", "Ask the sender for the table itself, as CSV or XLSX."),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls) or a workbook with a password",
     "Open it, remove the password, and save it as .xlsx or CSV."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and import the file inside."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it and import the file inside."),
    (b"Rar!", "a RAR archive", "Unpack it and import the file inside."),
    (b"\x89PNG", "an image", "Import the table itself, as CSV or XLSX."),
    (b"\xff\xd8\xff", "an image", "Import the table itself, as CSV or XLSX."),
    (b"PAR1", "a Parquet file", "Import it with the command that reads Parquet, or save it as CSV."),
)  # fmt: skip
_EMPTY_ZIP = b"PK\x05\x06"
_ZIP = b"PK\x03\x04"


def sniff(path: Path | str, *, encoding: str | None = None) -> TableKind:
    """Return which form of table the file is, by its content.

    Raises:
        BadFile: it is missing, empty, or no table; the message says what it is and what to do.
    """
    path = Path(path)
    opening = read_opening(path)
    if opening.startswith((_ZIP, _EMPTY_ZIP)):
        return _sniff_zip(path)
    for signature, name, remedy in _SIGNATURES:
        if opening.startswith(signature):
            raise BadFile(f"{path.name} is {name}, not a table.", remedy)
    return TableKind.TSV if sniff_delimiter(path, encoding=encoding) == "\t" else TableKind.CSV


def _sniff_zip(path: Path) -> TableKind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = frozenset(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise BadFile(
            f"{path.name} begins as a workbook but is damaged or cut off ({error}).", "Ask the sender to send it again."
        ) from error
    if "xl/workbook.xml" in names:
        return TableKind.XLSX
    raise BadFile(f"{path.name} is an archive without a workbook in it.", "Unpack it and import the file inside.")
