"""What is on file for payees: advances, redirections, documents, terms, rates, notices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched

from django.db.models import Q, Sum

from muniment.kernel.words.period import Known, Period
from muniment.pay.payments.models import (
    AdvanceRecord,
    DocumentRecord,
    PaymentLine,
    PaymentNotice,
    RateRecord,
    RedirectionRecord,
    TermsRecord,
)
from muniment.pay.payments.rules import BatchState
from muniment.pay.payments.rules.facts import (
    Advance,
    Document,
    DocumentKind,
    PayeeRecord,
    PayingTerms,
    Redirection,
    RedirectionKind,
)
from muniment.pay.payments.rules.policy import Method
from muniment.pay.payments.rules.slips import ExchangeRate
from muniment.rights.parties.queries import names_of
from muniment.trust.ledger.queries import balances

_LOOK_UP = 500


@dataclass(frozen=True, slots=True)
class RedirectionRow:
    """A redirection as a page shows it; `left_micro` is what its ceiling leaves, None without a ceiling."""

    id: int
    number: int
    kind: RedirectionKind
    party_id: int
    party_name: str
    to_party_id: int
    to_party_name: str
    currency: str
    share_ppm: int
    ceiling_micro: int
    left_micro: int | None
    protected_micro: int
    priority: int
    sources: str
    document: str
    valid_from: date | None
    valid_to: date | None
    known_to: datetime | None
    state: str
    proposed_by: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class AdvanceRow:
    """An advance as a page shows it; `left_micro` is what is still to be recouped."""

    id: int
    number: int
    party_id: int
    party_name: str
    crossed: tuple[str, ...]
    currency: str
    amount_micro: int
    left_micro: int
    instalment_micro: int
    sources: str
    document: str
    valid_from: date | None
    valid_to: date | None
    known_to: datetime | None
    state: str
    proposed_by: str
    decided_by: str


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as a page shows it."""

    id: int
    kind: DocumentKind
    number: str
    country: str
    rate_ppm: int
    sources: str
    valid_from: date | None
    valid_to: date | None
    known_to: datetime | None
    recorded_by: str


@dataclass(frozen=True, slots=True)
class TermsRow:
    """In which currency and how a payee wants to be paid."""

    id: int
    currency: str
    method: Method
    valid_from: date | None
    recorded_by: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A payee was told that the bank account was changed, and from when on money goes there."""

    party_id: int
    iban_end: str
    changed_at: datetime
    pays_from: date
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class PayeeFile:
    """Everything on file for one payee, ended facts included."""

    party_id: int
    name: str
    advances: tuple[AdvanceRow, ...]
    redirections: tuple[RedirectionRow, ...]
    documents: tuple[DocumentRow, ...]
    terms: TermsRow | None
    notices: tuple[NoticeRow, ...]


def payee_file(party_id: int) -> PayeeFile:
    """Return what is on file for one payee; redirections from the payee and to the payee both."""
    redirections = RedirectionRecord.objects.filter(Q(party_id=party_id) | Q(to_party_id=party_id))
    terms = TermsRecord.objects.filter(party_id=party_id, known_to=None).first()
    return PayeeFile(
        party_id=party_id,
        name=names_of([party_id]).get(party_id, ""),
        advances=_advance_rows(
            row for row in AdvanceRecord.objects.order_by("id") if party_id in (row.party_id, *row.crossed_ids)
        ),
        redirections=_redirection_rows(redirections.order_by("id")),
        documents=tuple(
            DocumentRow(
                row.pk,
                DocumentKind(row.kind),
                row.number,
                row.country,
                row.rate_ppm,
                row.sources,
                row.valid_from,
                row.valid_to,
                row.known_to,
                row.recorded_by,
            )
            for row in DocumentRecord.objects.filter(party_id=party_id).order_by("id")
        ),
        terms=None
        if terms is None
        else TermsRow(terms.pk, terms.currency, Method(terms.method), terms.valid_from, terms.recorded_by),
        notices=tuple(
            NoticeRow(row.party_id, row.iban_end, row.changed_at, row.pays_from, row.noticed_at)
            for row in PaymentNotice.objects.filter(party_id=party_id).order_by("-id")
        ),
    )


def open_proposals() -> tuple[tuple[AdvanceRow, ...], tuple[RedirectionRow, ...]]:
    """Return the advances and the redirections that wait for a second person, oldest first."""
    return (
        _advance_rows(AdvanceRecord.objects.filter(state="proposed").order_by("id")),
        _redirection_rows(RedirectionRecord.objects.filter(state="proposed").order_by("id")),
    )


def redirections_from(party_id: int, kind: RedirectionKind) -> list[Redirection]:
    """Return the approved redirections of one kind of a payee that were not superseded."""
    rows = RedirectionRecord.objects.filter(party_id=party_id, kind=kind.value, state="approved", known_to=None)
    return [redirection_of(row) for row in rows.order_by("id")]


def rate_on(base: str, quote: str, on: date) -> ExchangeRate | None:
    """Return the newest rate between two currencies up to a day, or None."""
    row = RateRecord.objects.filter(base=base, quote=quote, on__lte=on).order_by("-on", "-id").first()
    return None if row is None else ExchangeRate(row.pk, row.base, row.quote, row.rate_nano, row.source, row.on)


def list_rates(limit: int = 50) -> tuple[ExchangeRate, ...]:
    """Return the rates on file, newest first."""
    rows = RateRecord.objects.order_by("-on", "-id")[:limit]
    return tuple(ExchangeRate(row.pk, row.base, row.quote, row.rate_nano, row.source, row.on) for row in rows)


def records_of(party_ids: Iterable[int]) -> dict[int, PayeeRecord]:
    """Return what is on file for payees, without countries and sources; a payee without facts is left out."""
    wanted = set(party_ids)
    advances: dict[int, list[Advance]] = {}
    redirections: dict[int, list[Redirection]] = {}
    documents: dict[int, list[Document]] = {}
    terms: dict[int, list[PayingTerms]] = {}
    for row in AdvanceRecord.objects.filter(state="approved").order_by("valid_from", "id"):
        fact = advance_of(row)
        for party_id in fact.party_ids & wanted:
            advances.setdefault(party_id, []).append(fact)
    for piece in batched(sorted(wanted), _LOOK_UP):
        for item in RedirectionRecord.objects.filter(state="approved", party_id__in=piece).order_by("id"):
            redirections.setdefault(item.party_id, []).append(redirection_of(item))
        for paper in DocumentRecord.objects.filter(party_id__in=piece).order_by("id"):
            documents.setdefault(paper.party_id, []).append(_document_of(paper))
        for term in TermsRecord.objects.filter(party_id__in=piece).order_by("id"):
            period, known = Period(term.valid_from, term.valid_to), Known(term.known_from, term.known_to)
            terms.setdefault(term.party_id, []).append(PayingTerms(term.currency, Method(term.method), period, known))
    return {
        party_id: PayeeRecord(
            "",
            tuple(advances.get(party_id, ())),
            tuple(redirections.get(party_id, ())),
            tuple(documents.get(party_id, ())),
            tuple(terms.get(party_id, ())),
        )
        for party_id in advances.keys() | redirections.keys() | documents.keys() | terms.keys()
    }


def what_is_left(currency: str) -> dict[str, int]:
    """Return by key what is left of every approved advance and ceiling in a currency, less what drafts will use."""
    left = balances("advance/", currency)
    ceilings = RedirectionRecord.objects.filter(state="approved", currency=currency, ceiling_micro__gt=0)
    for row in ceilings:
        left[f"redirection/{row.root_id or row.pk}"] = row.ceiling_micro
    used = _used(left, drafts_only=False)
    drafted = _used([key for key in left if key.startswith("advance/")], drafts_only=True)
    return {key: amount - (drafted if key.startswith("advance/") else used).get(key, 0) for key, amount in left.items()}


def _used(keys: Iterable[str], *, drafts_only: bool) -> dict[str, int]:
    """Return what the lines of batches that were not cancelled take for each key."""
    found: dict[str, int] = {}
    for piece in batched(sorted(keys), _LOOK_UP):
        lines = PaymentLine.objects.filter(fact__in=piece).exclude(account="")
        lines = (
            lines.filter(slip__batch__state=BatchState.DRAFT.value)
            if drafts_only
            else lines.exclude(slip__batch__state=BatchState.CANCELLED.value)
        )
        sums = lines.order_by().values_list("fact").annotate(total=Sum("amount_micro"))
        found |= {fact: -int(total) for fact, total in sums}
    return found


def redirection_of(row: RedirectionRecord) -> Redirection:
    """Return the fact that a row keeps; a row that waits for a decision counts from its proposal."""
    return Redirection(
        row.root_id or row.pk,
        RedirectionKind(row.kind),
        row.party_id,
        row.to_party_id,
        row.currency,
        row.share_ppm,
        row.ceiling_micro,
        row.protected_micro,
        row.priority,
        frozenset(row.sources.split()),
        row.document,
        Period(row.valid_from, row.valid_to),
        Known(row.known_from or row.proposed_at, row.known_to),
    )


def advance_of(row: AdvanceRecord) -> Advance:
    """Return the fact that a row keeps."""
    return Advance(
        row.root_id or row.pk,
        row.currency,
        row.instalment_micro,
        frozenset([row.party_id, *row.crossed_ids]),
        frozenset(row.sources.split()),
        row.document,
        Period(row.valid_from, row.valid_to),
        Known(row.known_from or row.proposed_at, row.known_to),
    )


def _document_of(row: DocumentRecord) -> Document:
    return Document(
        row.number,
        DocumentKind(row.kind),
        row.country,
        row.rate_ppm,
        frozenset(row.sources.split()),
        Period(row.valid_from, row.valid_to),
        Known(row.known_from, row.known_to),
    )


def _advance_rows(rows: Iterable[AdvanceRecord]) -> tuple[AdvanceRow, ...]:
    found: Sequence[AdvanceRecord] = list(rows)
    names = names_of({party_id for row in found for party_id in (row.party_id, *row.crossed_ids)})
    left = {
        (code, row.currency): amount
        for row in found
        for code, amount in balances(f"advance/{row.root_id or row.pk}", row.currency, exact=True).items()
    }
    return tuple(
        AdvanceRow(
            row.pk,
            row.root_id or row.pk,
            row.party_id,
            names.get(row.party_id, ""),
            tuple(names.get(party_id, "") for party_id in row.crossed_ids),
            row.currency,
            row.amount_micro,
            left.get((f"advance/{row.root_id or row.pk}", row.currency), 0),
            row.instalment_micro,
            row.sources,
            row.document,
            row.valid_from,
            row.valid_to,
            row.known_to,
            row.state,
            row.proposed_by,
            row.decided_by,
        )
        for row in found
    )


def _redirection_rows(rows: Iterable[RedirectionRecord]) -> tuple[RedirectionRow, ...]:
    found: Sequence[RedirectionRecord] = list(rows)
    names = names_of({party_id for row in found for party_id in (row.party_id, row.to_party_id)})
    used = _used((f"redirection/{row.root_id or row.pk}" for row in found if row.ceiling_micro), drafts_only=False)
    return tuple(
        RedirectionRow(
            row.pk,
            row.root_id or row.pk,
            RedirectionKind(row.kind),
            row.party_id,
            names.get(row.party_id, ""),
            row.to_party_id,
            names.get(row.to_party_id, ""),
            row.currency,
            row.share_ppm,
            row.ceiling_micro,
            row.ceiling_micro - used.get(f"redirection/{row.root_id or row.pk}", 0) if row.ceiling_micro else None,
            row.protected_micro,
            row.priority,
            row.sources,
            row.document,
            row.valid_from,
            row.valid_to,
            row.known_to,
            row.state,
            row.proposed_by,
            row.decided_by,
        )
        for row in found
    )
