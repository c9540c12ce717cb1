"""Every format at the door has the same five files, and its rules are rows."""

import subprocess
import sys
from pathlib import Path

import pytest

from muniment.kernel import formats
from muniment.kernel.formats.door import Format, all_formats

FILES = ("__init__.py", "reading.py", "writing.py", "rules.py", "door.py")


@pytest.mark.parametrize("format_", all_formats(), ids=lambda format_: format_.name)
def test_a_format_is_a_folder_with_the_same_five_files(format_: Format) -> None:
    folder = Path(formats.__path__[0]) / format_.name
    for name in FILES:
        there = (folder / name).is_file() or (folder / name.removesuffix(".py") / "__init__.py").is_file()
        assert there, f"{format_.name}/{name}"


def test_names_are_not_used_twice() -> None:
    names = [format_.name for format_ in all_formats()]
    assert len(names) == len(set(names))


def test_finding_the_formats_loads_none_of_their_readers() -> None:
    told = "import sys\nfrom muniment.kernel.formats.door import all_formats\nall_formats()\n"
    told += "print(*(name for name in sys.modules if name.startswith('muniment.kernel.formats.')))\n"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("muniment.kernel.formats.") for name in done.stdout.split()}
    doors = {f"{format_.name}.door" for format_ in all_formats()}
    assert {name for name in loaded if not name.startswith("door")} <= doors | {"previews", "ruling"}
