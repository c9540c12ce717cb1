"""What the applicants of the invented registry year state."""

import hashlib
import random
from dataclasses import replace
from datetime import date, timedelta

from muniment.interfaces.demo.registry_words import CHANGES, Firm, make_title
from muniment.rights.registry.rules.application import Applicant, DataField, Source, Statement

_FORMATS = ("CSV 1.0 (UTF-8)", "Excel 2016", "JSON Lines", "MySQL 8.0", "Parquet 2.6")
_FREQUENCIES = ("daily", "weekly", "monthly", "quarterly")
_CONTRACTED = ("licensed", "public_mandate")
_EXCHANGE, _OFFICE = "Yunze Data Exchange (invented)", "Office of Public Data of Yunze (invented)"


def first_statement(chance: random.Random, firm: Firm, number: int, on: date) -> Statement:
    """Return what a firm states of a data-set on a day; the runner adds the number of the deposit."""
    title = make_title(chance, firm.trade, number)
    records = chance.randrange(20_000, 9_000_000)
    columns = tuple(DataField(name, kind, meaning or name) for name, kind, meaning in firm.trade.columns)
    head = ",".join(one.name for one in columns)
    return Statement(
        title=title.native,
        title_latin=title.latin,
        industry=firm.trade.code,
        scenario=firm.trade.scenario,
        summary=f"Invented data: {title.latin}, {firm.place.latin}, from {on.year - 3} to {on.year - 1}.",
        applicants=(applicant_of(firm),),
        sources=(_source(chance, number, on),),
        processing="Rows are cleaned, joined by place and hour, and weighted by a rule that the applicant worked out: "
        f"the median of {chance.randint(3, 15)} neighbours, without outliers beyond {chance.randint(2, 5)} spreads.",
        is_substantive=True,
        structure=columns,
        record_count=records,
        byte_count=records * chance.randrange(40, 400),
        storage_format=chance.choice(_FORMATS),
        update_frequency=chance.choice(_FREQUENCIES),
        update_term=chance.choice(("1y", "3y")),
        sample=f"{head}\n{','.join('invented' for _ in columns)}\n{','.join('example' for _ in columns)}",
        has_personal_data=False,
        is_unpublished=True,
        rights_claimed=chance.choice((("hold",), ("hold", "use"), ("hold", "use", "operate"))),
    )


def applicant_of(firm: Firm, role: str = "holder") -> Applicant:
    """Return a firm as it applies."""
    address = f"{firm.place.native} (invented)"
    return Applicant(firm.name.native, firm.kind, firm.identifier, role, firm.country, address)


def with_contract(chance: random.Random, statement: Statement, until: date) -> Statement:
    """Return the statement with data under a contract that ends on a day."""
    digest = hashlib.sha256(f"{statement.title} {until} {chance.random()}".encode()).hexdigest()
    source = replace(
        statement.sources[0],
        kind="licensed",
        counterpart=_EXCHANGE,
        contract_sha256=digest,
        contract_from_on=until - timedelta(days=400),
        contract_until_on=until,
    )
    return replace(statement, sources=(source,), update_term="1y")


def flawed(chance: random.Random, statement: Statement) -> Statement:
    """Return a first draft that no pre-check lets pass: something that must be there is not, or may not be there."""
    source = statement.sources[0]
    flaws = [
        replace(statement, title=""),
        replace(statement, applicants=()),
        replace(statement, sources=()),
        replace(statement, has_core_data=True),
        replace(statement, sources=(replace(source, kind="licensed", counterpart="Somebody", contract_sha256=""),)),
    ]
    return chance.choice(flaws)


def until_of(statement: Statement) -> date | None:
    """Return the day on which the first contract ends that the data is held under; None without one."""
    return min((one.contract_until_on for one in statement.sources if one.contract_until_on), default=None)


def changed(chance: random.Random, statement: Statement) -> Statement:
    """Return what a holder states who has the entry changed."""
    return replace(statement, summary=f"{statement.summary} A second region since.", reason=chance.choice(CHANGES))


def transferred(statement: Statement, to: Firm) -> Statement:
    """Return what holder and taker state of a transfer."""
    return replace(statement, transferee=applicant_of(to), reason="Sold with the branch that collects the data.")


def cancelled(statement: Statement) -> Statement:
    """Return what a holder states who gives a registration up."""
    return replace(statement, reason="The data is no longer kept.")


def renewed(chance: random.Random, statement: Statement) -> Statement:
    """Return what a holder states whose contract goes on for two years."""
    until = until_of(statement) or date.max
    later = with_contract(chance, statement, until + timedelta(days=730))
    source = replace(later.sources[0], contract_from_on=statement.sources[0].contract_from_on)
    return replace(later, sources=(source,), reason="The contract goes on.")


def _source(chance: random.Random, number: int, on: date) -> Source:
    draw = chance.random()
    if draw < 0.7:
        return Source("self_collected", "Sensors and order books of the applicant", "Read every hour by its own system")
    kind = _CONTRACTED[draw > 0.95]
    return Source(
        kind=kind,
        route="Handed over through an interface",
        method="Fetched every night",
        counterpart="Yunze Data Exchange (invented)"
        if kind == "licensed"
        else "Office of Public Data of Yunze (invented)",
        contract_sha256=hashlib.sha256(f"contract {number}".encode()).hexdigest(),
        contract_from_on=on - timedelta(days=chance.randrange(30, 300)),
        contract_until_on=on + timedelta(days=chance.randrange(500, 1_500)),
    )
