"""Where the fields of CWR 3.0 and 3.1 stand, as far as they are known outside of CISAC; unofficial.

A member of CISAC who has the specification puts a `cwr3_layout.csv` with the same names of fields into a folder and
names it in the environment as MUNIMENT_CWR_TABLES, where the tables of CWR 2.1 and 2.2 may be as well.
"""

from functools import lru_cache
from importlib.resources import files
from os import environ

from muniment.kernel.formats.widths import Widths, widths_of

TABLES = "MUNIMENT_CWR_TABLES"
"""The variable that names a folder with a layout in place of ours."""


def layout() -> Widths:
    """Return the layout in force; widths count characters.

    Raises:
        BadLayout: the table put in place of ours is none.
    """
    return _layout(environ.get(TABLES, ""))


@lru_cache(maxsize=4)
def _layout(_folder: str) -> Widths:
    return widths_of(files(__package__) / "cwr3_layout.csv", TABLES, in_bytes=False)
