"""Deposits and certificates: do rows, records of the log, bags and PDFs say the same?

The bytes in the bags are read by `muniment deposit check`; here it is their manifests that are compared.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

from muniment.interfaces.fsck.logged import RECORD, Report, check_missing, check_record
from muniment.interfaces.fsck.reading import by_key, rows

_DEPOSITS = (
    "SELECT id, number, kind, content_sha256, file_count, byte_count, commitment, is_kept, deposited_at, erased_at,"
    " request_key FROM registry_deposit WHERE id > %s ORDER BY id LIMIT %s"
)
_FILES = (
    "SELECT path, sha256, byte_count, code, band_0, band_1, band_2, band_3 FROM registry_depositfile"
    " WHERE deposit_id = %s ORDER BY place"
)
_CERTIFICATES = (
    "SELECT c.id, c.number, c.language, c.issued_at, c.pdf_sha256, c.tree_size, c.withdrawn_at, c.reason, d.number,"
    " d.erased_at FROM registry_certificate c JOIN registry_deposit d ON d.id = c.deposit_id"
    " WHERE c.id > %s ORDER BY c.id LIMIT %s"
)


def check_deposits(report: Report) -> str:
    """Report deposits whose files, particulars, record or bag are not those that were logged."""
    count, subjects = 0, set[str]()
    for row in by_key(_DEPOSITS):
        key, number, _, content, files, size, commitment, is_kept, at, erased_at, request_key = row
        count += 1
        subjects.add(f"deposit/{number}")
        listed = rows(_FILES, key)
        text = "".join(sorted(f"{one[1]} {one[2]}\n" for one in listed))
        if (_sha256(text), len(listed), sum(one[2] for one in listed)) != (content, files, size):
            report(f"the files of {number} are not those that its digest is over")
        if any(one[4:] != _bands(one[3]) for one in listed):
            report(f"a file of {number} is not found by its code")
        said = {"number": number, "content_sha256": content, "file_count": files, "byte_count": size}
        check_record(report, f"deposit/{number}", {**said, "kind": "deposit", "particulars": commitment}, at)
        _check_person(report, row, listed)
        _check_bag(report, number, request_key, listed, is_kept=is_kept)
        if erased_at is not None and is_kept:
            report(f"{number} is erased, and its bytes are kept")
    check_missing(report, "deposit/", subjects)
    return f"{count} deposits"


def check_certificates(report: Report) -> str:
    """Report certificates whose record, PDF or withdrawal is not the one that was logged."""
    count, subjects, withdrawn = 0, set[str](), set[str]()
    sizes = {size for (size,) in rows("SELECT size FROM evidence_treehead")}
    for _, number, language, at, digest, size, withdrawn_at, reason, deposit, erased_at in by_key(_CERTIFICATES):
        count += 1
        subjects.add(f"certificate/{number}")
        leaf = rows(RECORD, f"deposit/{deposit}")
        said = {"kind": "certificate", "number": number, "language": language, "deposit": deposit}
        check_record(report, f"certificate/{number}", said | {"deposit_leaf": leaf[0][1] if leaf else ""}, at)
        if withdrawn_at is not None:
            withdrawn.add(f"withdrawal/{number}")
            check_record(report, f"withdrawal/{number}", {"number": number, "reason": reason}, withdrawn_at)
        path = Path(settings.MUNIMENT_HOME) / "certificates" / f"{number}.pdf"
        if erased_at is not None:
            if path.exists():
                report(f"the deposit of {number} is erased, and its PDF is kept")
        elif digest and (not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest):
            report(f"the PDF of {number} is missing or altered")
        if bool(digest) != (size is not None) or (size is not None and size not in sizes):
            report(f"{number} was made against a tree of {size} leaves, which was never signed")
    check_missing(report, "certificate/", subjects)
    check_missing(report, "withdrawal/", withdrawn)
    return f"{count} certificates"


def _check_person(report: Report, deposit: tuple[Any, ...], listed: list[Any]) -> None:
    number, commitment, is_kept, erased_at, request_key = (deposit[place] for place in (1, 6, 7, 9, 10))
    found = rows("SELECT body, salt, party_id FROM registry_particulars WHERE deposit_id = %s", deposit[0])
    if erased_at is not None:
        if found or any(one[0] for one in listed):
            report(f"{number} is erased, and its person or a name of a file is not")
        return
    if len(found) != 1:
        report(f"{number} has {len(found)} depositors")
        return
    body, salt, party = found[0]
    if hashlib.sha256(bytes.fromhex(salt) + body.encode()).hexdigest() != commitment:
        report(f"the depositor or the title of {number} is not the one that its leaf commits to")
        return
    said = json.loads(body)
    if _sha256(_manifest(listed)) != said["manifest_sha256"]:
        report(f"the names of the files of {number} are not those of its manifest")
    asked = [said[name] for name in ("depositor", "contact", "title", "note", "manifest_sha256")]
    spelt = json.dumps([*asked, party, "kept" if is_kept else "hashes"], separators=(",", ":"), ensure_ascii=False)
    if _sha256(spelt) != request_key:
        report(f"{number} is of another request, or of another party")


def _check_bag(report: Report, number: str, request_key: str, listed: list[Any], *, is_kept: bool) -> None:
    place = Path(settings.MUNIMENT_HOME) / "deposits" / request_key[:2] / request_key
    if not is_kept:
        if place.exists():
            report(f"{number} keeps no bytes, and there is a bag of it")
        return
    manifest = place / "manifest-sha256.txt"
    if not manifest.is_file() or manifest.read_bytes() != _manifest(listed, "data/").encode():
        report(f"the bag of {number} is missing, or its manifest is another")
    elif any(not (place / "data" / one[0]).is_file() for one in listed):
        report(f"a file is missing in the bag of {number}")


def _manifest(listed: Iterable[Any], prefix: str = "") -> str:
    return "".join(f"{digest}  {path}\n" for path, digest in sorted((f"{prefix}{one[0]}", one[1]) for one in listed))


def _bands(code: str) -> tuple[int | None, ...]:
    return tuple(int(code[place : place + 4], 16) if code else None for place in (0, 4, 8, 12))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
