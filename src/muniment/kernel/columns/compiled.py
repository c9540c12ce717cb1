"""Functions compiled to machine code by numba, kept in folders that are named for the sources they were made of.

The compiler looks only at the file that a function stands in, and would go on using code that has a former version of
its neighbours built in. So the code of a package is kept under the digest of all of its sources.
"""

import inspect
import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba

config: Any = numba.config

_CHOSEN = str(config.CACHE_DIR)  # NUMBA_CACHE_DIR of the environment; read before anything here changes it


@cache
def cache_folder(package: Path, *others: Path) -> Path:
    """Return where compiled code of exactly the sources in `package` is kept: beside them, else in the user's cache.

    `others` are source files elsewhere whose functions are compiled into it.
    """
    sources = [*sorted(package.glob("*.py")), *others]
    digest = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    beside = Path(_CHOSEN) if _CHOSEN else package / "__pycache__"
    writable = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    return (beside if writable else Path.home() / ".cache" / "muniment") / digest


def compiled[**Given, Returned](function: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Compile a function on its first call for each set of types; it runs without the interpreter's lock.

    It may call compiled functions of its own package only. Integers wrap and indices are not checked: whoever calls
    it answers for both.
    """
    before = config.CACHE_DIR
    config.CACHE_DIR = str(cache_folder(Path(inspect.getfile(function)).parent))
    try:
        made: Callable[Given, Returned] = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    finally:
        config.CACHE_DIR = before
    return made
