"""What keeps two records of a party apart, and what keeps a merge from being undone: each as a part of a sentence."""

from collections.abc import Iterator, Mapping

from django.db.models import Model

from muniment.rights.parties.models import (
    Affiliation,
    BankAccount,
    Mandate,
    Membership,
    Party,
    PartyMerge,
    Successor,
)
from muniment.rights.parties.queries import party_merge_of
from muniment.rights.parties.rules.merges import Term, contradictions, right_name
from muniment.rights.parties.rules.successions import leads_to
from muniment.trust.access.queries import users_of_parties
from muniment.trust.ledger.queries import trial_balance


def obstacles_to_merge(kept: Party, dropped: Party) -> Iterator[str]:
    """Yield everything that forbids to lead `dropped` to `kept`."""
    if (kept.kind == "society") != (dropped.kind == "society"):
        yield "one is a society and the other is not"
    yield from _money(kept, dropped)
    for users in users_of_parties([dropped.pk]).values():
        for user in users:
            yield f"the login {user.username} stands for {dropped.code}"
    if BankAccount.objects.filter(party=dropped, state="proposed").exists():
        yield f"a bank account of {dropped.code} waits for a decision"
    members = Membership.objects.filter(party__in=[kept, dropped], left_on__isnull=True)
    if members.count() == 2:
        yield "both are members now, so one membership must end first"
    yield from _societies(kept, dropped)
    yield from _successions(kept, dropped)
    for one, other in contradictions(_terms(kept), _terms(dropped)):
        right = right_name(one.right or other.right)
        yield f"for {right}, {_said(kept, one)} and {_said(dropped, other)}"


def _money(kept: Party, dropped: Party) -> Iterator[str]:
    """Yield that the dropped record holds money: booked money never moves by a merge."""
    holding = {pk: _held(pk) for pk in (kept.pk, dropped.pk)}
    if not holding[dropped.pk]:
        return
    accounts = ", ".join(holding[dropped.pk])
    if holding[kept.pk]:
        yield f"both hold money in the ledger ({accounts} on the one side); pay it out first"
    else:
        yield f"{dropped.code} holds money in the ledger ({accounts}); keep that record, or pay it out first"


def _held(party_id: int) -> list[str]:
    rows = [*trial_balance(prefix="payable/"), *trial_balance(prefix="held/")]
    return [
        row.code
        for row in rows
        if (row.code == f"payable/{party_id}" or row.code.endswith(f"/party-{party_id}")) and row.balance_micro
    ]


def _societies(kept: Party, dropped: Party) -> Iterator[str]:
    links = Affiliation.objects.filter(known_to__isnull=True)
    if links.filter(party=kept, society=dropped).exists() or links.filter(party=dropped, society=kept).exists():
        yield "one of the two belongs to the other as its society"


def _successions(kept: Party, dropped: Party) -> Iterator[str]:
    links: dict[int, list[int]] = {}
    rows = Successor.objects.filter(known_to__isnull=True).values_list("predecessor_id", "successor_id")
    for before, after in rows:
        links.setdefault(before, []).append(after)
    if dropped.pk in links:
        yield f"what {dropped.code} owned has passed to successors"
    if leads_to(kept.pk, dropped.pk, links):
        yield f"{dropped.code} is a successor of {kept.code}"


def _terms(party: Party) -> list[Term]:
    believed = Mandate.objects.filter(party=party, known_to__isnull=True).order_by("pk")
    terms = [Term(row.right, f"{row.territories}", row.work_class, row.valid_from, row.valid_to) for row in believed]
    links = Affiliation.objects.filter(party=party, known_to__isnull=True).select_related("society").order_by("pk")
    return terms + [Term(row.right, f"@{row.society.name}", "", row.valid_from, row.valid_to) for row in links]


def _said(party: Party, term: Term) -> str:
    if term.what.startswith("@"):
        return f"{party.code} belongs to {term.what[1:]}"
    return (
        f"{party.code} gave us a mandate ({term.what}, from {term.valid_from or 'ever'} to {term.valid_to or 'ever'})"
    )


def obstacles_to_undo(merge: PartyMerge, tables: Mapping[str, type[Model]]) -> Iterator[str]:
    """Yield, as parts of a sentence, what has happened since that an undo would tear apart."""
    onward = party_merge_of(merge.kept_id)
    if onward is not None:
        yield f"{onward.dropped_code} was itself merged into {onward.kept_code} later"
    later = PartyMerge.objects.filter(kept=merge.kept, undone_at__isnull=True, pk__gt=merge.pk).order_by("pk")
    for code in later.values_list("dropped__code", flat=True):
        yield f"{code} was merged into {merge.kept.code} later"
    last: dict[tuple[str, int, str], object] = {}
    for kind, word, *rest in merge.steps:
        table = tables[word]
        if kind == "set":
            pk, field, _before, after = rest
            last[word, pk, field] = after
        elif rest[1] is not None and not table._default_manager.filter(pk=rest[1], known_to__isnull=True).exists():
            yield f"a {word} that went over was changed since"
    for (word, pk, field), after in last.items():
        row = tables[word]._default_manager.filter(pk=pk).first()
        if row is None:
            yield f"a {word} that went over was removed since"
        elif getattr(row, field) != after:
            yield f"the {field.removesuffix('_id').replace('_', ' ')} of a {word} was changed since"
