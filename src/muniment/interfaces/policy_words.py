"""A distribution policy in sentences, for pages and the command line; titles and names come from the policy's text."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from muniment.interfaces.formula_words import rounding_words, step_sentence
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.rules import (
    ClockStart,
    DeductionRule,
    DurationRule,
    HoldRule,
    PointsRule,
    Policy,
    Release,
)
from muniment.pay.distributions.rules.policies.deductions import Base, DeductionStep, Measure
from muniment.pay.distributions.rules.policies.numbers import format_number, format_share
from muniment.pay.distributions.rules.policies.pools import Placement, PoolKind, PoolRule
from muniment.pay.distributions.rules.policies.recipients import LeftOver, SplitPart, SplitRule, Ties
from muniment.pay.distributions.rules.policies.worked import ExampleLine, Worked


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with sentences; `is_ordered` where their order counts."""

    title: str
    sentences: tuple[str, ...]
    is_ordered: bool = False


def sections_of(policy: Policy) -> list[Section]:
    """Return what a policy says, section by section; what it says nothing of is left out."""
    found = [
        Section(_("Where the money goes"), tuple(map(pool_sentence, policy.pools))),
        Section(_("Deductions, in this order"), _deductions(policy.deductions), True),
        Section(_("Points"), tuple(points_sentences(policy.points))),
        *(
            Section(formula.title, tuple(step_sentence(step) for step in formula.steps), True)
            for formula in policy.formulas
        ),
        *(Section(split.title, tuple(split_sentences(split)), True) for split in policy.splits),
        Section(
            _("Deductions from what one payee has coming"), _deductions(policy.payee_deductions, of_payee=True), True
        ),
        Section(_("Who has which label"), tuple(_label_sentences(policy))),
        Section(_("What waits, and how long"), tuple(map(hold_sentence, policy.holds))),
        Section(_("Least amount that is paid"), tuple(minimum_sentences(policy))),
    ]
    return [section for section in found if section.sentences]


# ---- pools ----

_POOL_WORDS: dict[PoolKind, Promise | str] = {
    PoolKind.DIRECT: gettext_lazy("%(pool)s: the money of each event goes to what was played there."),
    PoolKind.CENSUS: gettext_lazy("%(pool)s: every use is reported, and each counts."),
    PoolKind.SAMPLE: gettext_lazy("%(pool)s: a sample is read, and stands for the rest."),
    PoolKind.ANALOGY: gettext_lazy("%(pool)s: without data of its own, divided as other pools are: %(parts)s."),
    PoolKind.CLAIM_BASED: gettext_lazy("%(pool)s: divided among those who claim in time."),
    PoolKind.MARKET_SHARE: gettext_lazy("%(pool)s: divided in proportion to what these pools come to: %(parts)s."),
}


def pool_sentence(pool: PoolRule) -> str:
    """Say how the money of a pool finds its works, and where it goes without any."""
    parts = ", ".join(f"{name} {format_share(part)}" if part else name for name, part in (pool.on or {}).items())
    words = [_POOL_WORDS[pool.kind] % {"pool": pool.title, "parts": parts}]
    if pool.factor != 1:
        words.append(_("Each use that was read counts as %(factor)s.") % {"factor": format_number(pool.factor)})
    words += [
        _("In %(stratum)s one stands for %(factor)s.")
        % {"stratum": stratum.name, "factor": format_number(stratum.factor)}
        for stratum in pool.strata
    ]
    if pool.least_event_fee:
        words.append(
            _("A fee below %(amounts)s is too small to be divided by itself.")
            % {"amounts": _amounts(pool.least_event_fee)}
        )
    if pool.claim_months:
        words.append(_("Claims are taken for %(months)s months.") % {"months": pool.claim_months})
    if pool.split:
        words.append(_("The split %(split)s comes first.") % {"split": pool.split})
    if pool.fallback:
        words.append(_("Without usage it goes to %(pool)s.") % {"pool": pool.fallback})
    return " ".join(words)


def _amounts(amounts: Mapping[str, str]) -> str:
    return ", ".join(f"{currency} {amount}" for currency, amount in amounts.items())


# ---- deductions ----


def _deductions(rules: Iterable[DeductionRule], *, of_payee: bool = False) -> tuple[str, ...]:
    return tuple(deduction_sentence(rule, of_payee=of_payee) for rule in rules)


def _label_sentences(policy: Policy) -> Iterator[str]:
    """Yield who has each label that a deduction of payees asks for: payees of some countries, or those named."""
    countries = {rule.name: ", ".join(rule.countries) for rule in policy.payee_labels}
    for label in dict.fromkeys(rule.label for rule in policy.payee_deductions if rule.label):
        if label in countries:
            yield _("%(label)s: payees of %(countries)s.") % {"label": label, "countries": countries[label]}
        else:
            yield _("%(label)s: payees who are named when a run is drafted.") % {"label": label}


def base_words(rule: DeductionRule, *, of_payee: bool = False) -> str:
    """Say of what a deduction is a part: of a pool, or of what one payee has coming."""
    if of_payee and not rule.of and rule.base is Base.GROSS:
        return _("of all that the payee has coming")
    if rule.of and rule.measure is Measure.TAKEN:
        return _("of what %(account)s took") % {"account": rule.of}
    if rule.of:
        return _("of what %(account)s left") % {"account": rule.of}
    return _("of the gross pool") if rule.base.value == "gross" else _("of what the deductions above have left")


def deduction_sentence(rule: DeductionRule, *, of_payee: bool = False) -> str:
    """Say what is taken, of what, and when."""
    if rule.fixed is not None:
        words = [f"{rule.name}: {_amounts(rule.fixed)}."]
    else:
        rate = Fraction(rule.rate_ppm, PPM) if rule.rate is None else rule.rate
        words = [f"{rule.name}: {format_share(rate)} {base_words(rule, of_payee=of_payee)}."]
    if rule.is_included:
        words.append(_("The base contains it already."))
    if rule.rounding is not None:
        words.append(_("The amount is %(rounded)s.") % {"rounded": rounding_words(rule.rounding)})
    if rule.label:
        words.append(_("Taken only when: %(label)s.") % {"label": rule.label})
    return " ".join(words)


# ---- points ----


def points_sentences(rule: PointsRule) -> Iterator[str]:
    """Say how a use earns points."""
    yield _duration_words(rule)
    if rule.duration_rule is not DurationRule.NONE:
        yield _("A use that came without a duration counts as %(default)s.") % {
            "default": clock(rule.default_duration_ms)
        }
    if rule.minimum_duration_ms:
        yield _("A shorter use counts as %(minimum)s.") % {"minimum": clock(rule.minimum_duration_ms)}
    if rule.maximum_duration_ms is not None:
        yield _("A longer use counts as %(maximum)s.") % {"maximum": clock(rule.maximum_duration_ms)}
    yield _("Units are multiplied by the number of uses and by the weight of their kind: %(weights)s.") % {
        "weights": _weights(rule.use_weight_ppm)
    }
    if rule.station_weight_ppm:
        yield _("Stations weigh: %(weights)s.") % {"weights": _weights(rule.station_weight_ppm)}
    if rule.time_weights:
        times = [
            f"{minute(time.from_minute)}–{minute(time.to_minute)} × {format_number(Fraction(time.weight_ppm, PPM))}"
            for time in rule.time_weights
        ]
        yield _("Times of the day weigh: %(times)s.") % {"times": ", ".join(times)}
    for band in rule.degressive:
        yield _("Of the points of a work beyond %(points)s only %(share)s count.") % {
            "points": f"{band.above_units:,}",
            "share": format_share(Fraction(band.weight_ppm, PPM)),
        }
    if rule.event_cap is not None:
        yield _("A work earns at most %(points)s points at one event.") % {"points": format_number(rule.event_cap)}
    if rule.rounding is not None:
        yield _("The points of a work are %(rounded)s.") % {"rounded": rounding_words(rule.rounding)}


def _duration_words(rule: PointsRule) -> str:
    return {
        DurationRule.SECOND: _("Each started second counts one unit."),
        DurationRule.STARTED_MINUTE: _("Each started minute counts one unit."),
        DurationRule.BLOCK: _("Each started block of %(block)s counts one unit.") % {"block": clock(rule.block_ms)},
        DurationRule.MILLISECOND: _("The exact duration counts, to the thousandth of a second."),
        DurationRule.LONG_PLAY: _(
            "Up to %(first)s a use counts %(units)s, and each further started block of %(block)s %(further)s more."
        )
        % {
            "first": clock(rule.first_ms),
            "units": format_number(Fraction(rule.first_units_ppm, PPM)),
            "block": clock(rule.block_ms),
            "further": format_number(Fraction(rule.block_units_ppm, PPM)),
        },
        DurationRule.NONE: _("A use counts one unit whatever its duration."),
    }[rule.duration_rule]


def _weights(weights: Mapping[str, int]) -> str:
    return ", ".join(f"{name} × {format_number(Fraction(weight, PPM))}" for name, weight in weights.items())


def clock(duration_ms: int) -> str:
    """Show milliseconds as m:ss or h:mm:ss."""
    minutes, seconds = divmod(duration_ms // 1_000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


def minute(minute_of_day: int) -> str:
    """Show a minute of the day as hh:mm."""
    return f"{minute_of_day // 60:02d}:{minute_of_day % 60:02d}"


# ---- splits ----


def split_sentences(split: SplitRule) -> Iterator[str]:
    """Say who gets what of an amount, and who the odd cent."""
    for part in split.parts:
        yield _part_words(part)
    if split.left_over == LeftOver.PRO_RATA:
        yield _("What is left over goes to all of them in the same proportion.")
    elif split.left_over == LeftOver.POOL:
        yield _("What is left over goes back to the pool.")
    elif split.left_over != LeftOver.REFUSED:
        yield _("What is left over goes to %(part)s.") % {"part": split.left_over}
    if split.ties is Ties.FIRST:
        yield _("Odd units go to the largest remainders, of equal ones to the first.")
    else:
        yield _("Odd units go to the largest remainders, of equal ones to the last.")


def _recipient_words(part: SplitPart) -> str:
    """Return who gets a part: a further split, owners with roles, or an account; with a space before it."""
    if part.split:
        return " " + _("It is divided further by %(split)s.") % {"split": part.split}
    if part.account:
        return " " + _("It is taken from the pool before points count, to the account %(account)s.") % {
            "account": part.account
        }
    return " " + _("Owners with the role %(roles)s.") % {"roles": ", ".join(part.roles)} if part.roles else ""


def _part_words(part: SplitPart) -> str:
    further = _recipient_words(part)
    if part.weight is not None:
        return _("%(to)s: weight %(weight)s.") % {"to": part.to, "weight": format_number(part.weight)} + further
    if part.share is not None:
        return f"{part.to}: {format_share(part.share)}.{further}"
    each = format_share(part.each or Fraction(0))
    if part.cap is None:
        return _("%(to)s: %(share)s for each head.") % {"to": part.to, "share": each} + further
    words = _("%(to)s: %(share)s for each head, together at most %(cap)s.")
    return words % {"to": part.to, "share": each, "cap": format_share(part.cap)} + further


# ---- holds and minimums ----

_CLOCKS: dict[ClockStart, Promise | str] = {
    ClockStart.DISTRIBUTION: gettext_lazy("from the distribution on"),
    ClockStart.COLLECTION_YEAR_END: gettext_lazy("from the end of the year in which the money came in"),
    ClockStart.RECEIPT: gettext_lazy("from the day on which the money came in"),
    ClockStart.NOTICE: gettext_lazy("from the notice on"),
}

_RELEASES: dict[Release, Promise | str] = {
    Release.KEEP: gettext_lazy("it goes on waiting"),
    Release.MARKET_SHARE: gettext_lazy("it goes to all payees by what they earned"),
    Release.REFERENCE_REPERTOIRE: gettext_lazy("it goes to a reference repertoire"),
    Release.POOL_SUPPLEMENT: gettext_lazy("it is added to a pool"),
    Release.REDUCE_ADMIN_FEE: gettext_lazy("it lowers the cost of administration"),
    Release.SOCIAL_FUND: gettext_lazy("it goes to the social fund"),
}


def hold_sentence(hold: HoldRule) -> str:
    """Say how long money waits for a reason, and what becomes of it."""
    values = {
        "reason": hold.reason,
        "months": hold.claim_months,
        "clock": _CLOCKS[hold.clock],
        "release": _RELEASES[hold.release],
    }
    if hold.is_legal:
        words = _("%(reason)s: until a person ends it, whatever the clock says.") % values
    elif not hold.claim_months:
        words = _("%(reason)s: without an end.") % values
    else:
        words = _("%(reason)s: %(months)s months %(clock)s; then %(release)s.") % values
    if hold.publish_months:
        listed = _("It stands on the published list after %(months)s months.") % {"months": hold.publish_months}
        return f"{words} {listed}"
    return words


def minimum_sentences(policy: Policy) -> Iterator[str]:
    """Say from what amount on a payee is paid: the first rule that fits counts."""
    for rule in policy.minimums:
        values = {
            "amount": f"{rule.currency} {rule.amount}",
            "countries": ", ".join(rule.countries) or _("all"),
            "months": ", ".join(map(str, rule.months)) or _("all"),
        }
        yield _("%(amount)s (countries: %(countries)s; months: %(months)s).") % values
    if policy.minimum_payout:
        yield _("Else: %(amounts)s. Exactly the minimum is paid.") % {"amounts": _amounts(policy.minimum_payout)}


# ---- an amount on its way ----


def worked_sections(worked: Worked) -> list[Section]:
    """Say what becomes of an example amount, step by step."""

    def money(amount_micro: int) -> str:
        return f"{worked.currency} {format_amount(amount_micro, worked.currency)}"

    def taken(steps: Iterable[DeductionStep], *, of_payee: bool = False) -> tuple[str, ...]:
        return tuple(
            _("%(name)s takes %(amount)s: %(rate)s %(base)s, which is %(from)s. %(left)s are left.")
            % {
                "name": step.rule.name,
                "amount": money(step.amount_micro),
                "rate": format_share(step.rule.exact_rate),
                "base": base_words(step.rule, of_payee=of_payee),
                "from": money(step.base_micro),
                "left": money(step.left_micro),
            }
            if step.rule.fixed is None
            else _("%(name)s takes %(amount)s, a fixed amount. %(left)s are left.")
            % {"name": step.rule.name, "amount": money(step.amount_micro), "left": money(step.left_micro)}
            for step in steps
        )

    groups = [f"{' / '.join(portion.path)} ({portion.head}): {money(portion.amount)}." for portion in worked.portions]
    lines = [
        _("%(line)s: %(points)s of %(total)s points, that is %(amount)s.")
        % {
            "line": line_words(outcome.line),
            "points": format_number(outcome.points),
            "total": format_number(worked.total_points),
            "amount": money(outcome.amount_micro),
        }
        for outcome in worked.lines
    ]
    found = [
        Section(_("Deducted from %(amount)s") % {"amount": money(worked.gross_micro)}, taken(worked.deductions), True),
        Section(_("Divided to groups"), tuple(groups)),
        Section(_("%(amount)s divided by points") % {"amount": money(worked.divided_micro)}, tuple(lines)),
        Section(
            _("If one payee had %(amount)s coming") % {"amount": money(worked.divided_micro)},
            taken(worked.payee_steps, of_payee=True),
            True,
        ),
    ]
    return [section for section in found if section.sentences]


def placement_sentences(placements: Iterable[Placement], currency: str) -> Iterator[str]:
    """Say by whose usage the money of each pool is divided, and by what way it came there."""
    for some in placements:
        values = {
            "pool": some.pool,
            "amount": f"{currency} {format_amount(some.amount_micro, currency)}",
            "on": some.on,
            "way": " → ".join(some.way),
        }
        if some.on:
            yield _("%(pool)s: %(amount)s is divided by the usage of %(on)s (%(way)s).") % values
        else:
            yield _("%(pool)s: %(amount)s waits, because there is no usage (%(way)s).") % values


def line_words(line: ExampleLine) -> str:
    """Say what an example line is: kind, duration, count, time, station."""
    words = [line.use_kind, _("unknown duration") if line.duration_ms is None else clock(line.duration_ms)]
    if line.use_count != 1:
        words.append(f"× {line.use_count:,}")
    if line.minute_of_day is not None:
        words.append(minute(line.minute_of_day))
    if line.station:
        words.append(line.station)
    return ", ".join(words)


def line_text(line: ExampleLine) -> str:
    """Write an example line as `parse_line` reads it."""
    words = [f"kind={line.use_kind}"]
    if line.duration_ms is not None:
        words.append(f"duration={clock(line.duration_ms)}")
    if line.use_count != 1:
        words.append(f"count={line.use_count}")
    if line.minute_of_day is not None:
        words.append(f"time={minute(line.minute_of_day)}")
    if line.station:
        words.append(f"station={line.station}")
    return ", ".join(words)
