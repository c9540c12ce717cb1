"""The figures of a year, counted by the database from the rows and events themselves; nothing is kept beside them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Model, QuerySet, Sum

from muniment.kernel.words.money import Money
from muniment.rights.registry.models import (
    Application,
    Event,
    Objection,
    Recordal,
    RecordalVersion,
    Registration,
    RegistrationVersion,
)
from muniment.rights.registry.rules.estate import Cause, RecordalAct, RecordalKind
from muniment.rights.registry.rules.standing import State


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there are of a name: a profile, a code of an industry."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class AnnualFigures:
    """What happened in a year (UTC): applications of all kinds, first registrations, and what became of them.

    `withdrawn` counts corrections that were not answered in time, and no drafts. The amounts are one for each currency,
    and those of pledges the most that they secured when they were recorded. `median_days_to_registration` runs from
    submission; of two middle values it is the lower, and None where nothing was registered.
    """

    year: int
    applied: int
    registered: int
    refused: int
    withdrawn: int
    objected: int
    objections_upheld: int
    renewed: int
    changed: int
    transferred: int
    cancelled: int
    revoked: int
    lapsed: int
    licences: int
    licence_amounts: tuple[Money, ...]
    pledges: int
    pledge_amounts: tuple[Money, ...]
    pledges_amended: int
    pledges_assigned: int
    pledges_subordinated: int
    median_days_to_registration: int | None
    by_industry: tuple[Tally, ...]
    by_profile: tuple[Tally, ...]


def annual_figures(year: int, profile: str | None = None) -> AnnualFigures:
    """Return the figures of a year, of one profile or of all; the greatest tally first."""
    span = (datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
    applications, registrations = Application.objects.all(), Registration.objects.all()
    if profile is not None:
        applications, registrations = applications.filter(profile=profile), registrations.filter(profile=profile)
    events = Event.objects.filter(application__in=applications)
    objections = Objection.objects.filter(application__in=applications)
    versions = RegistrationVersion.objects.filter(registration__in=registrations)
    recordals = Recordal.objects.filter(registration__in=registrations)
    registrations = registrations.filter(registered_on__gte=span[0].date(), registered_on__lt=span[1].date())
    ends = _within(events, "at", span).exclude(from_state=State.DRAFT).values_list("to_state").order_by()
    moves = dict(ends.annotate(count=Count("application", distinct=True)))
    causes = dict(_within(versions, "recorded_at", span).values_list("cause").order_by().annotate(count=Count("id")))
    acts = _within(RecordalVersion.objects.filter(recordal__in=recordals), "recorded_at", span)
    recorded = acts.filter(act=RecordalAct.RECORDED)
    licences, pledges = (recorded.filter(recordal__kind=kind) for kind in (RecordalKind.LICENCE, RecordalKind.PLEDGE))
    changes = dict(acts.values_list("act").order_by().annotate(count=Count("id")))
    return AnnualFigures(
        year=year,
        applied=_within(applications, "submitted_at", span).count(),
        registered=registrations.count(),
        refused=moves.get(State.REFUSED, 0),
        withdrawn=moves.get(State.WITHDRAWN, 0),
        objected=_within(objections, "filed_at", span).count(),
        objections_upheld=_within(objections, "decided_at", span).filter(state="upheld").count(),
        renewed=causes.get(Cause.RENEWAL, 0),
        changed=causes.get(Cause.CHANGE, 0),
        transferred=causes.get(Cause.TRANSFER, 0),
        cancelled=causes.get(Cause.CANCELLATION, 0),
        revoked=causes.get(Cause.REVOCATION, 0),
        lapsed=causes.get(Cause.LAPSE, 0),
        licences=licences.count(),
        licence_amounts=_amounts(licences),
        pledges=pledges.count(),
        pledge_amounts=_amounts(pledges),
        pledges_amended=changes.get(RecordalAct.AMENDED, 0),
        pledges_assigned=changes.get(RecordalAct.ASSIGNED, 0),
        pledges_subordinated=changes.get(RecordalAct.SUBORDINATED, 0),
        median_days_to_registration=_median(registrations),
        by_industry=_tallies(registrations, "industry"),
        by_profile=_tallies(registrations, "profile"),
    )


def _within[Row: Model](rows: "QuerySet[Row]", field: str, span: tuple[datetime, datetime]) -> "QuerySet[Row]":
    return rows.filter(**{f"{field}__gte": span[0], f"{field}__lt": span[1]})


def _amounts(rows: QuerySet[RecordalVersion]) -> tuple[Money, ...]:
    sums = rows.exclude(amount_micro=None).values_list("currency").order_by("currency").annotate(Sum("amount_micro"))
    return tuple(Money(currency, int(amount_micro)) for currency, amount_micro in sums)


def _median(rows: QuerySet[Registration]) -> int | None:
    count = rows.count()
    middle = max(0, (count - 1) // 2)
    return rows.order_by("day_count").values_list("day_count", flat=True)[middle] if count else None


def _tallies(rows: QuerySet[Registration], field: str) -> tuple[Tally, ...]:
    counted = rows.values_list(field).order_by().annotate(count=Count("id")).order_by("-count", field)
    return tuple(Tally(name, count) for name, count in counted)
