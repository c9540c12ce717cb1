"""Read a CWR file by CWR-API; print transactions, findings (it tells none), milliseconds, processor's, peak MiB.

It wants an environment of its own: CWR-API==0.0.40, pyparsing==2.1.10 (with later ones its publishers have no number)
and PyYAML. Files must be ASCII and name societies of its table; "UTF-8" in their header, which it refuses, is blanked.
"""

import collections
import collections.abc
import functools
import sys
import time
from pathlib import Path

import yaml

for name in ("Iterable", "Mapping", "MutableMapping", "Sequence"):
    setattr(collections, name, getattr(collections.abc, name))  # where that pyparsing looks for them
yaml.load = functools.partial(yaml.load, Loader=yaml.SafeLoader)  # it was written for PyYAML 3, which asked for none

from cwr.parser.decoder.file import default_file_decoder  # noqa: E402


def main(path: Path) -> None:
    """Decode the whole file; it makes one tree of it."""
    started, cpu = time.perf_counter(), time.process_time()
    content = path.read_text(encoding="ascii").replace("UTF-8".ljust(15), " " * 15, 1)
    decoded = default_file_decoder().decode({"filename": "CW260001AAA_BBB.V21", "contents": content})
    groups = decoded.transmission.groups
    transactions = sum(len(group.transactions) for group in groups)
    elapsed, used = time.perf_counter() - started, time.process_time() - cpu
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024
    print(transactions, 0, round(elapsed * 1000), round(used * 1000), peak)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
