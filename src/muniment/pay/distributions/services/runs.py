"""The life of a run outside its sums: draft it, approve it, discard it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.models import OF_SPLIT, Deduction, DistributionRun, PayeeLabel, Pool
from muniment.pay.distributions.queries.policies import get_policy
from muniment.pay.distributions.queries.runs import RunRow, run_row
from muniment.pay.distributions.rules import Policy, RunState, UnknownRun, deduct, parse_policy, require_state
from muniment.pay.distributions.rules.adjusting import AdjustmentRule
from muniment.pay.distributions.rules.holding import adjustment_rule
from muniment.pay.distributions.rules.policies.deductions import Taking
from muniment.pay.distributions.rules.policies.grouping import account_parts
from muniment.pay.distributions.rules.policies.readiness import (
    require_labels,
    require_minimum,
    require_payee_deductions,
    require_runnable,
)
from muniment.pay.distributions.services.frozen import require_frozen_inputs, split_of
from muniment.rights.parties.queries import party_hits
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import record_event
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import fund


class FundTooLow(UserError):
    """A fund has no money, or less than a run wants to distribute."""


class BadDraft(UserError):
    """A run cannot be drafted from what was given."""


@transaction.atomic
def draft_run(
    *,
    actor: Actor,
    at: datetime,
    title: str,
    policy: str,
    fund_codes: Sequence[str],
    known_at: datetime,
    amounts: Mapping[str, int] | None = None,
    currency: str | None = None,
    missing: Mapping[str, int] | None = None,
    payee_labels: Mapping[int, Collection[str]] | None = None,
) -> RunRow:
    """Draft a run: one pool for each fund, with its deductions taken.

    Args:
        policy: such as "census-1", or "census" for its newest version.
        fund_codes: one pool each, in this order; all funds of a run are in one currency.
        known_at: the instant whose knowledge of shares and mandates counts; not after `at`.
        amounts: micro-units to distribute of a fund; a fund that is not named gives its whole balance.
        currency: needed only where a fund has money in several currencies.
        payee_labels: by party, the labels that some deductions of payees ask for, such as "cheque".
        missing: how many set lists of a fund's events did not come, where its pool withholds a part for each.

    Raises:
        NotAllowed, BadPolicy: see there.
        BadDraft: no title, no fund, funds in two currencies, an instant in the future, or missing set lists of a fund
            of which nothing is withheld.
        FundTooLow: a fund holds no money, or less than was asked for.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    chosen = get_policy(policy)
    fund_codes = list(dict.fromkeys(fund_codes))
    _check_draft(title, fund_codes, known_at, at)
    currency = currency or _common_currency(fund_codes, chosen)
    require_minimum(chosen, currency)
    require_runnable(chosen, fund_codes)
    require_payee_deductions(chosen, currency)
    _check_missing(chosen, fund_codes, missing or {})
    labels = _labels(chosen, payee_labels or {})
    gross = {code: _gross(code, currency, (amounts or {}).get(code)) for code in fund_codes}
    last = DistributionRun.objects.aggregate(last=Max("number"))["last"] or 0
    run = DistributionRun.objects.create(
        number=last + 1,
        title=title.strip(),
        currency=currency,
        policy_code=chosen.code,
        policy_version=chosen.version,
        policy_text=chosen.text,
        policy_digest=chosen.digest,
        known_at=known_at,
        created_by=actor.name,
        created_at=at,
    )
    for ordinal, code in enumerate(fund_codes, start=1):
        _create_pool(run, ordinal, code, gross[code], chosen, (missing or {}).get(code, 0))
    PayeeLabel.objects.bulk_create(PayeeLabel(run=run, party_id=party_id, label=label) for party_id, label in labels)
    record_event(
        actor=actor,
        at=at,
        tag="distribution.drafted",
        subject_kind="distribution",
        subject_id=run.number,
        after={"title": run.title, "policy": chosen.name, "known_at": known_at, "currency": currency, "funds": gross},
    )
    return run_row(run)


def _check_draft(title: str, fund_codes: Sequence[str], known_at: datetime, at: datetime) -> None:
    if not title.strip():
        raise BadDraft("The run has no title.", "Give it one that members will recognise on their statements.")
    if not fund_codes:
        raise BadDraft("No fund is chosen.", "Choose at least one fund with money in it.")
    if known_at > at:
        raise BadDraft("The knowledge date lies in the future.", "Choose now or an earlier instant.")


def _check_missing(policy: Policy, fund_codes: Sequence[str], missing: Mapping[str, int]) -> None:
    for code, count in missing.items():
        pool = policy.pool_of(code)
        if code not in fund_codes or count < 0 or pool is None or not pool.withhold:
            raise BadDraft(
                f"{count} missing set lists of {code} cannot be counted in this run.",
                f"Name a fund of the run whose pool in {policy.name} has `withhold`, and a number from 0.",
            )


def _labels(policy: Policy, named: Mapping[int, Collection[str]]) -> list[tuple[int, str]]:
    """Return the labels of payees, each once, if the policy asks for them and there are such parties."""
    require_labels(policy, {label for labels in named.values() for label in labels})
    known = party_hits(named)
    if unknown := [party_id for party_id in named if party_id not in known]:
        raise BadDraft(f"There is no party {unknown[0]} to have a label.", "Look it up among the parties.")
    return sorted({(party_id, label) for party_id, labels in named.items() for label in labels})


def _common_currency(fund_codes: Sequence[str], policy: Policy) -> str:
    """Return the currency that every fund has money in, among those that the policy can pay."""
    found = {currency for code in fund_codes for currency in policy.minimum_payout if balance(fund(code), currency) > 0}
    if not found:
        raise FundTooLow(
            f"There is no money in {', '.join(fund_codes)}, in any currency that {policy.name} pays.",
            "Receive the licensee's money first, or use a policy with a minimum for the fund's currency.",
        )
    if len(found) > 1:
        raise BadDraft(f"The funds hold money in {', '.join(sorted(found))}.", "Make one run for each currency.")
    return found.pop()


def _gross(code: str, currency: str, wanted_micro: int | None) -> int:
    balance_micro = balance(fund(code), currency)
    gross_micro = balance_micro if wanted_micro is None else wanted_micro
    if gross_micro <= 0 or gross_micro > balance_micro:
        raise FundTooLow(
            f"Fund {code} holds {currency} {format_amount(balance_micro, currency)},"
            f" and {format_amount(gross_micro, currency)} is to be distributed.",
            "Distribute what is there, or receive the money first.",
        )
    return gross_micro


def _create_pool(
    run: DistributionRun, ordinal: int, code: str, gross_micro: int, policy: Policy, missing_count: int
) -> None:
    steps = deduct(gross_micro, policy.deductions, currency=run.currency)
    left_micro = steps[-1].left_micro if steps else gross_micro
    split = split_of(policy, code)
    accounts = account_parts(split.rule, left_micro) if split else []
    net_micro = left_micro - sum(amount_micro for _, amount_micro in accounts)
    pool = Pool.objects.create(
        run=run,
        ordinal=ordinal,
        fund_code=code,
        gross_micro=gross_micro,
        deducted_micro=gross_micro - net_micro,
        net_micro=net_micro,
        missing_count=missing_count,
    )
    taken = [
        Deduction(
            pool=pool,
            name=step.rule.name,
            account=step.rule.account,
            kind=step.rule.taking.value,
            base=step.rule.base_text,
            rule_line=step.rule.line,
            purpose=step.rule.purpose,
            rate_ppm=step.rule.rate_ppm,
            base_micro=step.base_micro,
            amount_micro=step.amount_micro,
        )
        for step in steps
    ]
    taken += [
        Deduction(
            pool=pool,
            name=part.to.replace("_", " ").capitalize(),
            account=part.account,
            kind=Taking.SPLIT.value,
            base=OF_SPLIT,
            rule_line=part.line,
            rate_ppm=int((part.share or 0) * PPM),
            base_micro=left_micro,
            amount_micro=amount_micro,
        )
        for part, amount_micro in accounts
    ]
    for place, row in enumerate(taken, start=1):
        row.ordinal = place
    Deduction.objects.bulk_create(taken)


def policy_of(run: DistributionRun) -> Policy:
    """Return the policy of a run, from the very text that the run keeps."""
    return parse_policy(run.policy_text, f"policy of run {run.number}")


def rule_of(run: DistributionRun) -> AdjustmentRule:
    """Return how the run's policy funds adjustments."""
    return adjustment_rule(policy_of(run), run.currency)


def locked_run(run_id: int, step: str) -> DistributionRun:
    """Lock a run for a step of its life.

    Raises:
        UnknownRun, WrongState: there is no such run, or it is not in a state for the step.
    """
    run = DistributionRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise UnknownRun(f"There is no distribution run with the id {run_id}.", "Look it up in the list of runs.")
    require_state(run.number, RunState(run.state), step)
    return run


@transaction.atomic
def approve_run(*, actor: Actor, at: datetime, run_id: int) -> RunRow:
    """Approve a computed run; the approver has neither drafted nor computed it.

    Raises:
        NotAllowed, SamePerson, UnknownRun, WrongState: see there.
        BrokenBatch: a sealed input or the result is missing or changed.
    """
    require(actor, Action.DISTRIBUTION_APPROVE)
    run = locked_run(run_id, "approve")
    require_second_person(run.created_by, actor)
    require_second_person(run.computed_by, actor)
    require_frozen_inputs(run)
    run.state, run.approved_by, run.approved_at = RunState.APPROVED.value, actor.name, at
    run.save(update_fields=["state", "approved_by", "approved_at"])
    _record_step(actor, at, run, "approved", RunState.COMPUTED)
    return run_row(run)


@transaction.atomic
def discard_run(*, actor: Actor, at: datetime, run_id: int) -> RunRow:
    """Give up a run that was not posted; its funds can be distributed by another.

    Raises:
        NotAllowed, UnknownRun, WrongState: see there.
    """
    require(actor, Action.DISTRIBUTION_WRITE)
    run = locked_run(run_id, "discard")
    before = RunState(run.state)
    run.state = RunState.DISCARDED.value
    run.save(update_fields=["state"])
    _record_step(actor, at, run, "discarded", before)
    return run_row(run)


def _record_step(actor: Actor, at: datetime, run: DistributionRun, verb: str, before: RunState) -> None:
    record_event(
        actor=actor,
        at=at,
        tag=f"distribution.{verb}",
        subject_kind="distribution",
        subject_id=run.number,
        before={"state": before.value},
        after={"state": run.state, "digest": run.digest},
    )
