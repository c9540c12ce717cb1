"""Tell of which format a file is: each format is asked, the most certain wins, a tie is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from muniment.kernel.formats.door.describing import CERTAIN_PPM, Becomes, Format, Head, Recognised
from muniment.kernel.formats.door.finding import all_formats
from muniment.kernel.formats.door.looking import head_of
from muniment.kernel.words.problems import BadFile


class NotRecognised(BadFile):
    """The file is of no format that is known here."""


class AmbiguousFile(BadFile):
    """The file is of two formats with the same certainty."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a file is, why, and what it becomes; `overruled` says that a person named the format."""

    format: Format
    recognised: Recognised
    overruled: bool = False

    @property
    def becomes(self) -> Becomes:
        """Return what this file becomes."""
        return self.recognised.becomes or self.format.becomes

    def __str__(self) -> str:
        version = f" {self.recognised.version}" if self.recognised.version else ""
        profile = f", {self.recognised.profile}" if self.recognised.profile else ""
        return f"{self.format.title}{version}{profile}"


def recognise_head(head: Head, formats: Sequence[Format] | None = None) -> Recognition:
    """Return the format that is most certain of a head.

    Raises:
        NotRecognised: none is.
        AmbiguousFile: two are, and equally.
    """
    found: list[tuple[int, str, Recognition]] = []
    for format_ in all_formats() if formats is None else formats:
        recognised = format_.recognise(head)
        if recognised is not None:
            found.append((recognised.certainty_ppm, format_.name, Recognition(format_, recognised)))
    found.sort(key=lambda each: (-each[0], each[1]))
    if not found and head.defines_entities:
        raise NotRecognised(
            f"{head.file_name} is XML that defines a document type of its own, which is not read.",
            "Ask the sender for the file without one: no format that is known here needs it.",
        )
    if not found:
        raise NotRecognised(
            f"{head.file_name} is of no format that is known here.",
            "Ask the sender what it is; a table of any kind is read as CSV or XLSX.",
        )
    best = [recognition for certainty, _, recognition in found if certainty == found[0][0]]
    if len(best) > 1:
        names = " and ".join(f"{each.format.title} ({each.recognised.because})" for each in best)
        raise AmbiguousFile(
            f"{head.file_name} can be {names}.",
            f"Say which it is: {' or '.join(each.format.name for each in best)}.",
        )
    return best[0]


def recognise(path: Path) -> Recognition:
    """Return of which format a file or folder is.

    Raises:
        BadFile: it cannot be looked into; `NotRecognised`: no format knows it; `AmbiguousFile`: two do.
    """
    return recognise_head(head_of(path))


def as_format(path: Path, format_: Format) -> Recognition:
    """Return the recognition of a file whose format a person named; version and profile are its own where it knows it.

    Raises:
        BadFile: the file cannot be looked into.
    """
    recognised = format_.recognise(head_of(path))
    return Recognition(format_, recognised or Recognised("", "", CERTAIN_PPM, "you said so"), overruled=True)
