"""Tables of payment batches, their orders and slips, and of what is on file for payees."""

from django.db import models
from django.db.models import F, Q

from muniment.pay.payments.rules import BatchState, OrderState
from muniment.pay.payments.rules.facts import DocumentKind, RedirectionKind
from muniment.pay.payments.rules.policy import Method, Step
from muniment.pay.payments.rules.reasons import SkipReason


class PaymentBatch(models.Model):
    """Orders in one currency that are approved, sent and confirmed together.

    `source_currency` is that of the balances, empty where it is `currency`. The policy is copied, as is the rate.
    `seen_entry_id` is the last entry of the ledger that the draft saw.
    """

    currency = models.CharField(max_length=3)
    source_currency = models.CharField(max_length=3, blank=True)
    method = models.CharField(max_length=10, choices=[(item.value, item.value) for item in Method], default="transfer")
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in BatchState])
    pay_on = models.DateField()
    minimum_micro = models.BigIntegerField()
    policy_name = models.CharField(max_length=60, blank=True)
    policy_digest = models.CharField(max_length=64, blank=True)
    policy_text = models.TextField(blank=True)
    rate_nano = models.BigIntegerField(null=True)
    rate_source = models.CharField(max_length=140, blank=True)
    rate_on = models.DateField(null=True)
    order_count = models.BigIntegerField()
    slip_count = models.BigIntegerField(default=0)
    total_micro = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    seen_entry_id = models.BigIntegerField(null=True)
    entry_id = models.BigIntegerField(null=True)
    exported_at = models.DateTimeField(null=True)
    exchange_cost_micro = models.BigIntegerField(null=True)
    debtor_name = models.CharField(max_length=140, blank=True)
    debtor_iban = models.CharField(max_length=34, blank=True)
    debtor_bic = models.CharField(max_length=11, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"], approved_by="", approved_at__isnull=True)
                | (~Q(state__in=["draft", "cancelled"]) & ~Q(approved_by="") & Q(approved_at__isnull=False)),
                name="payments_batch_approval",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=models.F("created_by")),
                name="payments_batch_second_person",
            ),
            models.CheckConstraint(
                condition=Q(order_count__gt=0, total_micro__gt=0) | Q(order_count=0, total_micro=0, slip_count__gt=0),
                name="payments_batch_does_something",
            ),
            models.CheckConstraint(
                condition=Q(source_currency="", rate_nano__isnull=True) | Q(rate_nano__gt=0, rate_on__isnull=False),
                name="payments_batch_has_its_rate",
            ),
        ]


class PaymentOrder(models.Model):
    """One amount to one payee, with the bank account as it was when the batch was drafted."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    bank_account_id = models.BigIntegerField()
    holder = models.CharField(max_length=140)
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11, blank=True)
    currency = models.CharField(max_length=3)
    balance_micro = models.BigIntegerField()
    amount_cents = models.BigIntegerField()
    end_to_end_id = models.CharField(max_length=35, unique=True)
    state = models.CharField(max_length=10, choices=[(state.value, state.value) for state in OrderState])
    reason = models.CharField(max_length=300, blank=True)
    paid_on = models.DateField(null=True)
    returned_on = models.DateField(null=True)
    confirmed_by = models.CharField(max_length=150, blank=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "party"], name="payments_order_once_a_batch"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payments_order_positive"),
            models.CheckConstraint(
                condition=Q(balance_micro__gte=models.F("amount_cents") * 10_000)
                & Q(balance_micro__lt=models.F("amount_cents") * 10_000 + 10_000),
                name="payments_order_is_the_balance_to_the_cent",
            ),
        ]
        indexes = [models.Index(fields=["batch", "state"], name="payments_order_state")]


class PaymentSlip(models.Model):
    """How a payee's balance became an order, or why it did not (`held`); the lines say it step by step."""

    batch = models.ForeignKey(PaymentBatch, models.PROTECT, related_name="+")
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    balance_micro = models.BigIntegerField()
    cleared_micro = models.BigIntegerField()
    taxed_micro = models.BigIntegerField()
    net_micro = models.BigIntegerField()
    paid_micro = models.BigIntegerField()
    order_cents = models.BigIntegerField()
    left_by_source = models.JSONField(default=dict)
    held = models.CharField(max_length=80, blank=True, choices=[(item.value, item.value) for item in SkipReason])
    held_detail = models.CharField(max_length=300, blank=True)
    held_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "party"], name="payments_slip_once_a_batch"),
            models.CheckConstraint(
                condition=Q(held="") | Q(paid_micro=0, order_cents=0), name="payments_slip_held_pays_nothing"
            ),
            models.CheckConstraint(
                condition=Q(paid_micro__gte=0, paid_micro__lte=F("net_micro")) | ~Q(held=""),
                name="payments_slip_pays_at_most_the_net",
            ),
        ]
        indexes = [models.Index(fields=["party", "batch"], name="payments_slip_party")]


class PaymentLine(models.Model):
    """The effect of one step on one payment."""

    slip = models.ForeignKey(PaymentSlip, models.PROTECT, related_name="+")
    place = models.IntegerField()
    step = models.CharField(max_length=20, choices=[(step.value, step.value) for step in Step])
    amount_micro = models.BigIntegerField()
    account = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    base_micro = models.BigIntegerField()
    rate_ppm = models.IntegerField(null=True)
    document = models.CharField(max_length=140, blank=True)
    fact = models.CharField(max_length=40, blank=True)
    sources = models.CharField(max_length=300, blank=True)
    taxed = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slip", "place"], name="payments_line_place")]
        indexes = [
            models.Index(fields=["fact"], name="payments_line_fact", condition=~Q(fact="")),
            models.Index(fields=["account"], name="payments_line_taxed", condition=Q(taxed=True)),
        ]


class _Proposal(models.Model):
    """A fact that sends money elsewhere: one person proposes it, a second one decides."""

    state = models.CharField(max_length=10, choices=[(state, state) for state in ("proposed", "approved", "refused")])
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    document = models.CharField(max_length=140)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    known_from = models.DateTimeField(null=True)
    known_to = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by="", known_from__isnull=True)
                | (~Q(state="proposed") & ~Q(decided_by="") & Q(decided_at__isnull=False)),
                name="%(app_label)s_%(class)s_decision",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | (~Q(decided_by=F("proposed_by")) & Q(known_from__isnull=False)),
                name="%(app_label)s_%(class)s_second_person",
            ),
        ]


class AdvanceRecord(_Proposal):
    """Money given ahead of earnings. `root` is the first row of the same advance, empty in that row itself."""

    root = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    crossed_ids = models.JSONField(default=list)
    currency = models.CharField(max_length=3)
    amount_micro = models.BigIntegerField()
    instalment_micro = models.BigIntegerField()
    sources = models.CharField(max_length=300, blank=True)
    entry_id = models.BigIntegerField(null=True)

    class Meta(_Proposal.Meta):
        constraints = [
            *_Proposal.Meta.constraints,
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0, instalment_micro__gte=0, instalment_micro__lte=F("amount_micro")),
                name="payments_advance_amounts",
            ),
        ]


class RedirectionRecord(_Proposal):
    """A share of a payee's money that goes to another party: assignment, letter of direction or garnishment."""

    root = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in RedirectionKind])
    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    to_party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3, blank=True)
    share_ppm = models.IntegerField()
    ceiling_micro = models.BigIntegerField()
    protected_micro = models.BigIntegerField()
    priority = models.IntegerField()
    sources = models.CharField(max_length=300, blank=True)

    class Meta(_Proposal.Meta):
        constraints = [
            *_Proposal.Meta.constraints,
            models.CheckConstraint(
                condition=Q(share_ppm__gt=0, share_ppm__lte=1_000_000), name="payments_redirection_share"
            ),
            models.CheckConstraint(condition=~Q(party=F("to_party")), name="payments_redirection_elsewhere"),
            models.CheckConstraint(
                condition=Q(ceiling_micro=0, protected_micro=0) | ~Q(currency=""),
                name="payments_redirection_amounts_have_a_currency",
            ),
        ]


class DocumentRecord(models.Model):
    """A document on file: residence for tax, a VAT number, a deduction at the source."""

    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in DocumentKind])
    number = models.CharField(max_length=140)
    country = models.CharField(max_length=2)
    rate_ppm = models.IntegerField()
    sources = models.CharField(max_length=300, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    recorded_by = models.CharField(max_length=150)

    class Meta:
        indexes = [models.Index(fields=["party"], name="payments_document_party")]


class TermsRecord(models.Model):
    """In which currency and how a payee wants to be paid."""

    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=10, choices=[(item.value, item.value) for item in Method])
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    known_from = models.DateTimeField()
    known_to = models.DateTimeField(null=True)
    recorded_by = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["party"], condition=Q(known_to__isnull=True), name="payments_terms_one_a_payee"
            )
        ]


class RateRecord(models.Model):
    """What a source said on a day that one unit of a currency buys of another, in billionths; never changed."""

    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    rate_nano = models.BigIntegerField()
    source = models.CharField(max_length=140)
    on = models.DateField()
    recorded_by = models.CharField(max_length=150)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "quote", "source", "on"], name="payments_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate_nano__gt=0), name="payments_rate_positive"),
        ]


class PaymentNotice(models.Model):
    """What a payee was told: that the bank account was changed, and from when on money goes there."""

    party = models.ForeignKey("parties.Party", models.PROTECT, related_name="+")
    bank_account_id = models.BigIntegerField(unique=True)
    iban_end = models.CharField(max_length=4)
    changed_at = models.DateTimeField()
    pays_from = models.DateField()
    noticed_at = models.DateTimeField()
    noticed_by = models.CharField(max_length=150)
