"""The columnar path of matching: Arrow columns in, Arrow columns out, compiled functions in between.

`build` writes an index folder and `index` opens it; `matcher` answers lines with it, `match` whole reports; `training`
fits the model. `texts` and `parse` take texts apart, `search` finds candidates, `evidence` weighs them.

Compiled code is kept in a folder named for the sources of this package. The compiler looks only at the file that a
function stands in, and would go on using code that has a former version of its neighbours built in.
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba

config: Any = numba.config
_HERE = Path(__file__).parent


def _cache_folder() -> Path:
    """Return where compiled code of exactly these sources is kept: beside them, else with the user's caches."""
    digest = sha256(b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))).hexdigest()[:16]
    beside = Path(config.CACHE_DIR) if config.CACHE_DIR else _HERE / "__pycache__"
    writable = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    return (beside if writable else Path.home() / ".cache" / "muniment") / digest


config.CACHE_DIR = str(_cache_folder())
