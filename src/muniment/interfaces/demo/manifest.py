"""What each demonstration file is: written beside the files as manifest.json, and read by who imports them."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

INVENTED = "Every person, firm, work, number and amount in these files is invented."


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file of the folder.

    `kind` says which command imports it: parties, works, cwr, tariffs, licensees, licences, receipts, usage, answers.
    A usage file has its form (radio, setlist, dsr), the licensee, the fund that pays for it, and its source.
    `line_count` counts lines of data: table rows without the head, CWR works, sales of a streaming report.
    """

    name: str
    kind: str
    note: str
    line_count: int
    form: str = ""
    licensee_code: str = ""
    fund_code: str = ""
    source_code: str = ""


@dataclass(frozen=True, slots=True)
class DemoManifest:
    """The world that the files describe, and the files in the order in which they are imported.

    The period is from `period_from` up to, not including, `period_to`.
    """

    society: str
    society_code: str
    territory: int
    currency: str
    period_from: date
    period_to: date
    members: int
    works: int
    seed: int
    note: str
    files: tuple[DemoFile, ...]

    def of_kind(self, kind: str) -> tuple[DemoFile, ...]:
        """Return the files of one kind, in their order."""
        return tuple(file for file in self.files if file.kind == kind)


def write_manifest(folder: Path, manifest: DemoManifest) -> None:
    """Write manifest.json and README.txt into `folder`."""
    text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False, default=date.isoformat)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    lines = [
        manifest.society,
        "",
        INVENTED,
        "The numbers have valid check digits so that the same checks run as on real ones; none was ever assigned.",
        f"Made by: muniment demo-data --members {manifest.members} --works {manifest.works} --seed {manifest.seed}",
        "",
        *(f"{file.name}: {file.note} ({file.line_count} lines)" for file in manifest.files),
    ]
    (folder / "README.txt").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def read_manifest(folder: Path) -> DemoManifest:
    """Read the manifest.json that `write_manifest` wrote."""
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    content["period_from"] = date.fromisoformat(content["period_from"])
    content["period_to"] = date.fromisoformat(content["period_to"])
    content["files"] = tuple(DemoFile(**file) for file in content["files"])
    return DemoManifest(**content)
