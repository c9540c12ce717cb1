"""To whom nothing may be paid now, and why: what is on file about everybody who has money coming."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.rules.causes import PAYEE_REASONS
from muniment.pay.distributions.rules.policies.waiting import HoldReason
from muniment.pay.payments.models import AdvanceRecord
from muniment.pay.payments.queries.policies import DEFAULT_POLICY, get_payment_policy
from muniment.pay.payments.queries.records import records_of
from muniment.pay.payments.rules.facts import DocumentKind, PayeeRecord, stop_on
from muniment.pay.payments.rules.policy import Withholding
from muniment.pay.payments.rules.slips import lacks_tax_form
from muniment.rights.parties.queries import party_facts, party_hits
from muniment.rights.parties.rules.values import PartyKind
from muniment.trust.ledger.queries import balances
from muniment.trust.ledger.rules import advance, payable, recoverable

_PAYABLE = payable(0).removesuffix("0")
_OWED = recoverable(0).removesuffix("0")
_CAUSES = {DocumentKind.SANCTION: HoldReason.SANCTION, DocumentKind.DEATH: HoldReason.ESTATE}
_NOTHING = PayeeRecord()


@dataclass(frozen=True, slots=True)
class Stops:
    """Why payees are not paid (`causes`), and to whom everything of a payee who died passes (`heirs`, in ppm)."""

    causes: Mapping[int, HoldReason]
    heirs: Mapping[int, Mapping[int, int]]


def find_stops(currency: str, *, on: date, at: datetime, policy: str = DEFAULT_POLICY) -> Stops:
    """Return the stops on all who have money coming or owe some in a currency, on a day and as known at an instant.

    A payee who died and whose successors hold the whole of what was owned has heirs, and no cause any more. Residence
    documents are asked for where the payment policy says so.

    Raises:
        BadPaymentPolicy: there is no such policy.
    """
    rule = get_payment_policy(policy).withholding
    wanted = _with_money(currency) | _in_debt(currency)
    causes, heirs = _stops_of(wanted, rule, on, at)
    if found := {heir for shares in heirs.values() for heir in shares} - wanted:
        causes |= _stops_of(found, rule, on, at)[0]  # an heir may be stopped as well
    return Stops(causes, heirs)


def _with_money(currency: str) -> set[int]:
    accounts = [code for code, amount_micro in balances(_PAYABLE, currency).items() if amount_micro > 0]
    parties = {int(code.removeprefix(_PAYABLE)) for code in accounts}
    for code, amount_micro in balances("held/", currency).items():
        _, reason, scope = code.split("/", 2)
        if reason in PAYEE_REASONS and amount_micro > 0:
            parties.add(int(scope.removeprefix("party-")))
    return parties


def _in_debt(currency: str) -> set[int]:
    """Return who owes what was once paid too much, or has an advance that is not recouped."""
    found = {int(code.removeprefix(_OWED)) for code, amount_micro in balances(_OWED, currency).items() if amount_micro}
    open_advances = {code for code, amount_micro in balances("advance/", currency).items() if amount_micro}
    rows = AdvanceRecord.objects.filter(state="approved", currency=currency, known_to=None)
    return found | {row.party_id for row in rows if advance(row.root_id or row.pk) in open_advances}


def _stops_of(
    party_ids: Iterable[int], rule: Withholding | None, on: date, at: datetime
) -> tuple[dict[int, HoldReason], dict[int, Mapping[int, int]]]:
    wanted = sorted(party_ids)
    records, hits = records_of(wanted), party_hits(wanted)
    causes: dict[int, HoldReason] = {}
    for party_id in wanted:
        hit = hits.get(party_id)
        record = replace(records.get(party_id, _NOTHING), country=hit.country if hit else "")
        is_society = hit is not None and hit.kind is PartyKind.SOCIETY  # taxed by agreement, when its run is settled
        stop = stop_on(record.documents, on, at)
        if stop is not None:
            causes[party_id] = _CAUSES[stop.kind]
        elif rule is not None and not is_society and lacks_tax_form(record, rule, on, at):
            causes[party_id] = HoldReason.NO_TAX_FORM
    heirs = _heirs([party_id for party_id, cause in causes.items() if cause is HoldReason.ESTATE], on, at)
    return {party_id: cause for party_id, cause in causes.items() if party_id not in heirs}, heirs


def _heirs(party_ids: list[int], on: date, at: datetime) -> dict[int, Mapping[int, int]]:
    """Return the successors of those who died, where their shares are known to the whole."""
    found: dict[int, Mapping[int, int]] = {}
    for party_id, facts in party_facts(party_ids).items():
        shares: dict[int, int] = {}
        for passing in facts.successions:
            if passing.valid.contains(on) and passing.known.contains(at):
                heir = passing.successor.party_id
                shares[heir] = shares.get(heir, 0) + passing.share_ppm
        if sum(shares.values()) == PPM:
            found[party_id] = dict(sorted(shares.items()))
    return found
