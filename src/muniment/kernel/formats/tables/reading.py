"""Open a table of any kind, told by its content."""

from pathlib import Path

from muniment.kernel.formats.tables.delimited import read_delimited
from muniment.kernel.formats.tables.rows import TableKind, TableRows
from muniment.kernel.formats.tables.sniffing import sniff


def read_rows(
    path: Path | str,
    *,
    sheet: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_line: int | None = None,
) -> TableRows:
    """Open a table of any kind, told by its content.

    `sheet` names a sheet of a workbook; `encoding` is used for text that has no mark and is not UTF-8; `delimiter`
    and `header_line` overrule what is found.

    Raises:
        BadFile: the file cannot be used; the message says where and what to do.
    """
    path = Path(path)
    if sniff(path, encoding=encoding) is TableKind.XLSX:
        from muniment.kernel.formats.tables.workbooks import read_workbook  # its parsers are slow to load

        return read_workbook(path, sheet=sheet, header_line=header_line)
    return read_delimited(path, encoding=encoding, delimiter=delimiter, header_line=header_line)
