"""A quarter of the invented society, as the commands that its staff would type."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from muniment.interfaces.demo.manifest import DemoManifest
from muniment.pay.payments.queries import list_orders

POLICY = "census-1"
CLERK, APPROVER = "chen", "farida"
INVOICED_ON = "2026-10-01"


@dataclass(frozen=True, slots=True)
class Step:
    """One command; `rows` is how many rows of which `unit` it works on, for the one who measures."""

    arguments: tuple[str, ...]
    stage: str
    rows: int = 0
    unit: str = ""


def quarter_steps(folder: Path, manifest: DemoManifest, today: date) -> Iterator[Step]:
    """Yield the commands of the quarter in their order; each must have run before the next is asked for.

    `today` is the day on which the bank is asked to pay, and answers.
    """
    yield from _documents(folder, manifest)
    yield from _licences(folder, manifest)
    yield from _usage(folder, manifest)
    yield from _distribution(manifest)
    yield from _payments(folder, manifest, today)


def _documents(folder: Path, manifest: DemoManifest) -> Iterator[Step]:
    for file in manifest.of_kind("parties"):
        path = str(folder / file.name)
        yield Step(("party", "import", path, "--as", CLERK), "members imported", file.line_count, "parties")
    yield Step(("party", "bank", "approve-all", "--as", APPROVER), "bank details approved")
    for file in manifest.of_kind("works"):
        path = str(folder / file.name)
        yield Step(("work", "import", path, "--as", CLERK), "works imported", file.line_count, "table lines")
    for file in manifest.of_kind("cwr"):
        path = str(folder / file.name)
        yield Step(("work", "import-cwr", path, "--as", CLERK), "CWR imported", file.line_count, "works")


def _licences(folder: Path, manifest: DemoManifest) -> Iterator[Step]:
    commands = {"tariffs": ("tariff", "publish"), "licensees": ("licensee", "import"), "licences": ("import",)}
    for kind, command in commands.items():
        for file in manifest.of_kind(kind):
            yield Step(("licence", *command, str(folder / file.name), "--as", CLERK), "licences", file.line_count, kind)
    yield Step(("licence", "invoice", "issue", "2026-Q3", "--issued-on", INVOICED_ON, "--as", CLERK), "invoices")
    for file in manifest.of_kind("receipts"):
        path = str(folder / file.name)
        yield Step(("licence", "receipt", "import", path, "--as", CLERK), "receipts", file.line_count, "receipts")


def _usage(folder: Path, manifest: DemoManifest) -> Iterator[Step]:
    for file in manifest.of_kind("usage"):
        facts = {
            "--form": file.form,
            "--source": file.source_code,
            "--licensee": file.licensee_code,
            "--fund": file.fund_code,
            "--from": manifest.period_from.isoformat(),
            "--to": manifest.period_to.isoformat(),
            "--territory": str(manifest.territory),
            "--currency": manifest.currency,
            "--as": CLERK,
        }
        options = [word for option in facts.items() for word in option]
        yield Step(
            ("usage", "import", str(folder / file.name), *options), "usage imported", file.line_count, "usage lines"
        )
    lines = sum(file.line_count for file in manifest.of_kind("usage"))
    yield Step(("match", "run", "--all", "--as", CLERK), "usage matched", lines, "usage lines")


def _distribution(manifest: DemoManifest) -> Iterator[Step]:
    lines = sum(file.line_count for file in manifest.of_kind("usage"))
    funds = [word for file in manifest.of_kind("usage") for word in ("--fund", file.fund_code)]
    title = "Radio, concerts and streaming, third quarter of 2026"
    yield Step(
        ("distribution", "draft", "--title", title, "--policy", POLICY, *funds, "--as", CLERK), "distribution drafted"
    )
    yield Step(("distribution", "compute", "1", "--as", CLERK), "distribution computed", lines, "usage lines")
    yield Step(("distribution", "approve", "1", "--as", APPROVER), "distribution approved")
    yield Step(("distribution", "post", "1", "--as", CLERK), "distribution posted")
    yield Step(("distribution", "statements", "1", "--as", CLERK), "statements issued")
    yield Step(("distribution", "replay", "1"), "distribution replayed", lines, "usage lines")


def _payments(folder: Path, manifest: DemoManifest, today: date) -> Iterator[Step]:
    yield Step(
        ("payment", "draft", "--currency", manifest.currency, "--on", today.isoformat(), "--as", CLERK),
        "payments drafted",
    )
    yield Step(("payment", "approve", "1", "--as", APPROVER), "payments approved")
    yield Step(("payment", "export", "1", str(folder / "orders.xml"), "--as", CLERK), "payment orders")
    yield Step(("payment", "export", "1", str(folder / "orders.csv"), "--form", "csv", "--as", CLERK), "payment orders")
    answer = folder / "bank-answer.csv"
    _write_answer(answer, today)
    yield Step(("payment", "confirm", str(answer), "--as", APPROVER), "payments confirmed")


def _write_answer(path: Path, today: date) -> None:
    """Write what the invented bank answers: every order was paid, but the second, whose account was closed."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["end_to_end_id", "state", "booked_on", "reason"])
        for place, order in enumerate(list_orders(1).rows):
            returned = place == 1
            rows.writerow(
                [
                    order.end_to_end_id,
                    "returned" if returned else "paid",
                    today.isoformat(),
                    "account closed" if returned else "",
                ]
            )
