"""Bank accounts: one person proposes, another decides, and only then money may go there."""

from collections.abc import Sequence
from datetime import datetime
from itertools import batched

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.rights.parties.models import BankAccount
from muniment.rights.parties.rules.drafts import clean_bank
from muniment.rights.parties.rules.values import BankDraft
from muniment.rights.parties.services.facts import locked_party
from muniment.trust.access.rules import Action, Actor, SamePerson, require, require_second_person
from muniment.trust.access.services import record_event

_CHUNK = 2_000


class NotProposed(UserError):
    """The account does not wait for a decision."""


class OpenProposal(UserError):
    """Another account of the party waits for a decision, or this one is in use already."""


@transaction.atomic
def propose_bank_account(*, actor: Actor, at: datetime, party_id: int, iban: str, holder: str, bic: str = "") -> int:
    """Propose where money for the party shall go; until somebody else approves it, nothing changes.

    Raises:
        NotAllowed, UnknownParty, InvalidIdentifier, InvalidParty: nothing is written.
        OpenProposal: another proposal of the party is open, or the account is the approved one.
    """
    require(actor, Action.BANK_PROPOSE)
    party = locked_party(party_id)
    draft = clean_bank(BankDraft(iban, holder, bic))
    accounts = {account.state: account for account in BankAccount.objects.filter(party_id=party_id)}
    if "proposed" in accounts:
        raise OpenProposal(
            "{proposed_by} proposed an account for {name}, which waits for a decision.",
            "Have it approved or refused first.",
            proposed_by=accounts["proposed"].proposed_by,
            name=party.name,
        )
    approved = accounts.get("approved")
    if approved and (approved.iban, approved.holder, approved.bic) == (draft.iban, draft.holder, draft.bic):
        raise OpenProposal("{name} is paid to this account already.", "Nothing needs to be done.", name=party.name)
    account = BankAccount.objects.create(
        party_id=party_id,
        holder=draft.holder,
        iban=draft.iban,
        bic=draft.bic,
        state="proposed",
        proposed_by=actor.name,
        proposed_at=at,
    )
    _record(actor, at, "bank.proposed", account)
    return account.pk


@transaction.atomic
def approve_bank_account(*, actor: Actor, at: datetime, account_id: int) -> None:
    """Approve a proposed account; the account that was approved before becomes replaced.

    Raises:
        NotAllowed: the actor may not approve.
        NotProposed: it is decided already.
        SamePerson: the actor proposed it.
    """
    require(actor, Action.BANK_APPROVE)
    account = _waiting(account_id)
    require_second_person(account.proposed_by, actor)
    BankAccount.objects.filter(party_id=account.party_id, state="approved").update(state="replaced")
    _decide(account, "approved", actor, at)
    _record(actor, at, "bank.approved", account)


@transaction.atomic
def approve_bank_accounts(*, actor: Actor, at: datetime, account_ids: Sequence[int]) -> int:
    """Approve many proposed accounts at once, as after the import of a member file; all, or none.

    Raises:
        NotAllowed, NotProposed, SamePerson: see `approve_bank_account`.
    """
    require(actor, Action.BANK_APPROVE)
    ids = list(dict.fromkeys(account_ids))
    for chunk in batched(ids, _CHUNK):
        waiting = BankAccount.objects.select_for_update().filter(pk__in=chunk, state="proposed")
        rows = list(waiting.values_list("party_id", "proposed_by"))
        if len(rows) < len(chunk):
            raise NotProposed("Some of these accounts are decided already.", "Open the list again.")
        if any(proposed_by == actor.name for _, proposed_by in rows):
            raise SamePerson("You proposed some of these accounts yourself.", "Ask a second person to approve them.")
        parties = [party_id for party_id, _ in rows]
        BankAccount.objects.filter(party_id__in=parties, state="approved").update(state="replaced")
        BankAccount.objects.filter(pk__in=chunk).update(state="approved", decided_by=actor.name, decided_at=at)
    if ids:
        after = {"count": len(ids), "account_ids": ids}
        record_event(actor=actor, at=at, tag="bank.approved_many", subject_kind="bank", subject_id=ids[0], after=after)
    return len(ids)


@transaction.atomic
def refuse_bank_account(*, actor: Actor, at: datetime, account_id: int) -> None:
    """Refuse a proposed account. Its proposer may take it back in the same way, without being an approver.

    Raises:
        NotAllowed: the actor neither approves accounts nor proposed this one.
        NotProposed: it is decided already.
    """
    account = _waiting(account_id)
    own = account.proposed_by == actor.name
    require(actor, Action.BANK_PROPOSE if own else Action.BANK_APPROVE)
    _decide(account, "refused", actor, at)
    _record(actor, at, "bank.refused", account)


def _waiting(account_id: int) -> BankAccount:
    account = BankAccount.objects.select_for_update().filter(pk=account_id, state="proposed").first()
    if account is None:
        raise NotProposed("This account does not wait for a decision.", "Open the list of proposed accounts again.")
    return account


def _decide(account: BankAccount, state: str, actor: Actor, at: datetime) -> None:
    account.state, account.decided_by, account.decided_at = state, actor.name, at
    account.save(update_fields=["state", "decided_by", "decided_at"])


def _record(actor: Actor, at: datetime, tag: str, account: BankAccount) -> None:
    """Tell the party's history; the number itself stays in the account's row, its end is enough to know it by."""
    after = {"account_id": account.pk, "iban_end": account.iban[-4:], "state": account.state}
    record_event(actor=actor, at=at, tag=tag, subject_kind="party", subject_id=account.party_id, after=after)
