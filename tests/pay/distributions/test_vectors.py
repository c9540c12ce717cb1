"""Published worked examples, computed by the general rules from policies; none has a function of its own.

Figures and sources are facts that societies and others have published. Where a published figure does not sum, the test
says so and names what comes out instead.
"""

import json
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from muniment.kernel.words.money import MICRO_PER_CENT, parse_amount
from muniment.pay.distributions.rules import BadPolicy, deduct, parse_policy
from muniment.pay.distributions.rules.policies.formulas import evaluate
from muniment.pay.distributions.rules.policies.recipients import divide
from muniment.pay.distributions.rules.policies.worked import divide_lines, parse_line, points_of_line

SHARED = Path(__file__).parents[4] / "shared" / "vectors" / "distribution.json"
"""The list of vectors, where the project's shared data lies beside the checkout."""

COVERED: dict[str, list[str]] = {}
"""Which test stands for which vector."""


def vector(name):
    """Note that a test stands for a vector."""

    def note(test):
        COVERED.setdefault(name, []).append(test.__name__)
        return test

    return note


@cache
def shipped(name):
    place = files("muniment.pay.distributions").joinpath("policies", f"{name}-1.toml")
    return parse_policy(place.read_text(encoding="utf-8"), place.name)


HOUSE = """
code = "house"
version = 1
title = "House"
description = "Rules that only a test needs."
[points]
duration_rule = "second"
default_duration_ms = 0
minimum_duration_ms = 0
[points.use_weight]
feature = 1
[minimum_payout]
EUR = "5.00"
"""


def house(rules, points=""):
    """Return a policy that says nothing but these rules."""
    text = HOUSE if not points else HOUSE[: HOUSE.index("[points]")] + points + '[minimum_payout]\nEUR = "5.00"\n'
    return parse_policy(text + rules, "house.toml")


def figures(policy, formula, **given):
    """Return every figure of a formula by name."""
    return {done.step.name: done.value for done in evaluate(policy.formula(formula), given)}


def cents(policy, split, amount, currency="EUR", **heads):
    """Divide an amount by a split into cents, in the order of the parts and heads."""
    portions = divide(policy.split_rules, split, parse_amount(amount, currency), heads, MICRO_PER_CENT)
    assert sum(portion.amount for portion in portions) == parse_amount(amount, currency)
    return [portion.amount // MICRO_PER_CENT for portion in portions]


def points(policy, *lines):
    """Return the points of lines written as on the command line."""
    return [points_of_line(policy.points, parse_line(line)) for line in lines]


def taken(policy, amount, currency, rules=None, labels=()):
    """Return the deductions from an amount in cents by account, and `net`."""
    steps = deduct(
        parse_amount(amount, currency), policy.deductions if rules is None else rules, currency=currency, labels=labels
    )
    found = {step.rule.account: Fraction(step.amount_micro, MICRO_PER_CENT) for step in steps}
    return {**found, "net": Fraction(steps[-1].left_micro, MICRO_PER_CENT)}


# ---- performers ----


@vector("PPL-1NFP")
@vector("PPL-1NFP-derived")
def test_one_featured_and_one_other_performer():
    """65,000 and 7,000 first; the 28,000 left over in the same proportion: 25,277.777… and 2,722.222….

    The published totals, 90,277.77 and 9,722.22, are cut off and lose a penny. Ours sum to the pool.
    """
    policy = shipped("performers")
    exact = divide(policy.split_rules, "performers", 0, {"non_featured": 1})
    assert [portion.part * 100_000 for portion in exact] == [
        65_000 + Fraction(28_000 * 65, 72),
        7_000 + Fraction(28_000 * 7, 72),
    ]
    assert cents(policy, "performers", "100000.00", "GBP", non_featured=1) == [9_027_778, 972_222]
    assert 9_027_777 + 972_222 == 9_999_999


@vector("PPL-2NFP-derived")
def test_two_other_performers():
    found = cents(shipped("performers"), "performers", "100000.00", "GBP", non_featured=2)
    assert found == [8_227_848, 886_076, 886_076]


@vector("PPL-4NFP-derived")
def test_four_other_performers():
    found = cents(shipped("performers"), "performers", "100000.00", "GBP", non_featured=4)
    assert found == [6_989_248, 752_688, 752_688, 752_688, 752_688]


@vector("PPL-5NFP-derived")
def test_five_other_performers_leave_nothing_over():
    found = cents(shipped("performers"), "performers", "100000.00", "GBP", non_featured=5)
    assert found == [6_500_000, 700_000, 700_000, 700_000, 700_000, 700_000]


@vector("SoundExchange-LOD")
def test_a_letter_of_direction_comes_out_of_the_featured_artists_part():
    """10,000: 5,000 to the owner, 4,500 to the artist, 250 to either fund. 3 points in 15 are 900 for the producer."""
    policy = shipped("digital")
    assert cents(policy, "recording", "10000.00", "USD") == [500_000, 450_000, 25_000, 25_000]
    assert cents(policy, "recording", "10000.00", "USD", featured=[12, 3]) == [500_000, 360_000, 90_000, 25_000, 25_000]


# ---- concerts ----


@vector("TONO-concert")
def test_points_of_a_concert_and_of_a_work_in_it():
    """A fee of NOK 1,750 rounds up to 1,800 points; three of forty minutes are 135 of them."""
    policy = shipped("setlist")
    assert figures(policy, "concert_points", fee=1750, concerts=1)["concert_points"] == 1800
    work = figures(policy, "work_points", concert_points=1800, work_minutes=3, concert_minutes=40)
    assert work["work_points"] == 135


@pytest.mark.parametrize(
    ("fee", "concerts", "expected"),
    [(1, 1, 1000), (1000, 1, 1000), (1001, 1, 1100), (3500, 2, 1800), (9999, 1, 10000), (25000, 1, 10000)],
)
def test_points_of_a_concert_lie_between_a_least_and_a_most(fee, concerts, expected):
    assert figures(shipped("setlist"), "concert_points", fee=fee, concerts=concerts)["concert_points"] == expected


@vector("WAMI")
def test_a_set_list_of_ten_songs_in_equal_parts():
    """IDR 5,000,000 for ten songs is 500,000 each; of one 30, 20 and 50 of a hundred. The rupiah is paid whole."""
    policy = shipped("live-sample")
    songs = divide_lines(policy.points, parse_amount("5000000", "IDR"), [parse_line("kind=live")] * 10)
    assert songs == [parse_amount("500000", "IDR")] * 10
    portions = divide(policy.split_rules, "song", songs[0], {}, parse_amount("1", "IDR"))
    assert [portion.amount for portion in portions] == [
        parse_amount(text, "IDR") for text in ("150000", "100000", "250000")
    ]


@vector("JASRAC-concert")
def test_a_concert_tariff_by_price_and_seats():
    """JPY 5,000 x 1,000 seats x 80 % x 5 % are 200,000; by the work, 0.5 % for each of 20 works, they are 400,000."""
    assert figures(shipped("live-sample"), "concert_tariff", price=5000, seats=1000)["fee"] == 200_000
    by_work = house("""
[[formulas]]
name = "by_work"
inputs = { price = "price", seats = "seats", works = "works" }
steps = [{ name = "fee", kind = "product", of = ["price", "seats", "80 %", "0.5 %", "works"] }]
""")
    assert figures(by_work, "by_work", price=5000, seats=1000, works=20)["fee"] == 400_000


@vector("GEMA-PRO-2000")
def test_the_raising_factor_of_a_sample():
    """The factor of 2000, by the number of reports; it passes one between 67 and 68."""
    policy = shipped("live-sample")
    published = {1: "0.155629", 10: "0.270571", 67: "0.998543", 144: "1.981943"}
    for reports, factor in published.items():
        assert figures(policy, "raising_factor", reports=reports)["factor"] == Fraction(factor)
    assert figures(policy, "raising_factor", reports=68)["factor"] > 1


# ---- radio ----


@vector("SUISA-radio")
def test_seconds_by_level():
    """Twenty seconds of a jingle are 5, three minutes in the foreground 270."""
    assert points(shipped("radio"), "kind=jingle,duration=0:20", "kind=feature,duration=3:00") == [5, 270]


@vector("Sabam-radio-points")
def test_points_by_the_kind_of_music():
    policy = house(
        "",
        """[points]
duration_rule = "none"
default_duration_ms = 0
minimum_duration_ms = 0
[points.use_weight]
jingle = 1
light = 3
jazz = 5
serious = "6.5"
""",
    )
    assert sum(points(policy, "kind=jingle", "kind=light", "kind=jazz", "kind=serious")) == Fraction("15.5")


@vector("PRS-radio")
def test_minute_values_of_two_stations_and_the_default_duration():
    """GBP 4.08 and 0.52 a minute: three minutes are 12.24 and 1.56; what came without a duration counts 3:01.

    The default of 3:01 is from a secondary source.
    """
    policy = shipped("stations")
    of_three = points(policy, *(f"kind=feature,duration=3:00,station={name}" for name in ("asian_network", "cymru")))
    unknown = points(policy, *(f"kind=feature,station={name}" for name in ("asian_network", "cymru")))
    assert [some / 60 for some in of_three] == [Fraction("12.24"), Fraction("1.56")]
    assert [some / 60 for some in unknown] == [Fraction(3077, 250), Fraction(2353, 1500)]


@vector("PRS-min-payout")
@pytest.mark.parametrize(
    ("amount", "country", "month", "outcome"),
    [
        ("29.99", "GB", 4, "held"),
        ("30.00", "GB", 4, "paid"),
        ("59.99", "FR", 4, "held"),
        ("60.00", "FR", 4, "paid"),
        ("0.99", "GB", 12, "held"),
        ("1.00", "GB", 12, "paid"),
        ("1.00", "FR", 12, "paid"),
    ],
)
def test_minimums_by_country_and_month(amount, country, month, outcome):
    """30 at home, 60 abroad, 1 in December. The published words say "above"; our rule pays exactly the minimum."""
    least_micro = shipped("stations").minimum_micro("GBP", country, month)
    assert ("paid" if parse_amount(amount, "GBP") >= least_micro else "held") == outcome


# ---- deductions and their bases ----


@vector("MCSC-2020-2")
def test_the_fee_that_a_notice_implies():
    """Four sources, in ten thousands of CNY: 7,775 gross, 6,427 net, a fee of 17.34 %.

    The notice prints 7,776 and about 17.3 %: its rows are rounded and sum to 7,775.
    """
    rows = {"3229": "2584", "1141": "982", "1933": "1547", "1472": "1314"}
    policy = house("""
[[formulas]]
name = "implied_fee"
inputs = { gross = "received", net = "distributed" }
[[formulas.steps]]
name = "kept"
kind = "difference"
of = "gross"
less = ["net"]
[[formulas.steps]]
name = "part"
kind = "quotient"
of = "kept"
by = "gross"
[[formulas.steps]]
name = "percent"
kind = "product"
of = ["part", 100]
round = "nearest 0.01"
""")
    gross, net = sum(map(int, rows)), sum(map(int, rows.values()))
    assert (gross, net) == (7775, 6427)
    assert gross != 7776
    assert figures(policy, "implied_fee", gross=gross, net=net)["percent"] == Fraction("17.34")
    fees = [figures(policy, "implied_fee", gross=one, net=other)["percent"] for one, other in rows.items()]
    assert fees == [Fraction(text) for text in ("19.98", "13.94", "19.97", "10.73")]


@vector("SACEM-phono-old")
def test_the_old_chain_for_records():
    """5,000 copies at 5 with 8 %: 2,000; less 6.5 % of it 1,870; less 15 % of that 1,589.50."""
    policy = shipped("keys")
    gross = figures(policy, "records_gross", copies=5000, price=5, rate="8 %")["gross"]
    assert gross == 2000
    steps = deduct(parse_amount("2000.00", "EUR"), policy.deductions, currency="EUR")
    assert [step.left_micro for step in steps] == [parse_amount("1870", "EUR"), parse_amount("1589.50", "EUR")]


@vector("Screenrights")
def test_the_base_of_the_second_deduction_is_never_guessed():
    """A reserve of 0.25 % and 1.9 % for artistic works; the page does not say of what the second is a part.

    Of the whole it is A$ 1,900, of what the reserve left A$ 1,895.25. A policy that does not say either is refused.
    """
    policy = shipped("education")
    assert taken(policy, "100000.00", "AUD") == {"reserve": 25_000, "artistic_works": 190_000, "net": 9_785_000}
    text = policy.text
    place = text.index('base = "gross"', text.index("artistic_works"))
    of_rest = parse_policy(text[:place] + 'base = "net_of:reserve"' + text[place + 14 :], "education.toml")
    assert taken(of_rest, "100000.00", "AUD")["artistic_works"] == 189_525
    with pytest.raises(BadPolicy, match=r"education\.toml, line \d+: deductions\[2\]\.base: is not given"):
        parse_policy(text[:place] + text[place + 14 :], "education.toml")
    assert cents(policy, "groups", "97850.00", "AUD") == [6_702_725, 2_162_485, 195_700, 724_090]


@vector("DirectorsUK-fee")
def test_a_fee_with_tax_and_a_cheque():
    """GBP 500: fee 50, tax on the fee 10, 440 are paid; by cheque, with its tax, 428."""
    policy = shipped("directors")
    rules = policy.payee_deductions
    by_bank = taken(policy, "500.00", "GBP", rules, ["taxed_here"])
    assert by_bank == {"fee": 5_000, "vat": 1_000, "net": 44_000}
    by_cheque = taken(policy, "500.00", "GBP", rules, ["taxed_here", "cheque"])
    assert by_cheque["net"] == 42_800
    assert taken(policy, "500.00", "GBP", rules)["net"] == 45_000


# ---- keys and fixed splits ----


@vector("SACEM-DEP-keys")
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("words_music_publisher", [3_334, 3_333, 3_333]),
        ("words_music", [5_000, 5_000]),
        ("instrumental", [6_667, 3_333]),
        ("instrumental_arranged", [834, 5_833, 3_333]),
        ("words_arranged", [833, 2_917, 2_917, 3_333]),
    ],
)
def test_twelfths_and_twenty_fourths_of_a_hundred_euros(key, expected):
    """Thirds leave a cent over; equal remainders are served from the first part on."""
    assert cents(shipped("keys"), key, "100.00") == expected


@vector("FR-private-copy")
def test_private_copying_by_groups():
    """Sound 50, 25, 25; film in thirds, and the performers' third four to one."""
    policy = shipped("private-copying")
    portions = divide(policy.split_rules, "audio", parse_amount("1000000.01", "EUR"), {}, MICRO_PER_CENT)
    groups = {}
    for portion in portions:
        groups[portion.path[0]] = groups.get(portion.path[0], 0) + portion.amount // MICRO_PER_CENT
    assert groups == {"authors": 50_000_001, "performers": 25_000_000, "producers": 25_000_000}
    assert cents(policy, "performers_audio", "250000.00") == [12_500_000, 12_500_000]
    authors, *performers, producers = cents(policy, "video", "100.00")
    assert [authors, sum(performers), producers] == [3_334, 3_333, 3_333]
    assert performers == [2_666, 667]


@vector("FR-private-copy")
def test_a_key_that_sums_to_more_than_the_whole_is_refused_or_taken_as_weights():
    """The published key of a blank CD sums to 100.01 %: refused, unless the policy says that it is normalised."""
    policy = shipped("private-copying")
    assert cents(policy, "blank_cd", "100.00") == [7_828, 1_997, 80, 95]
    with pytest.raises(BadPolicy, match=r"the shares sum to 100.01 %, which is more than the whole") as refused:
        parse_policy(policy.text.replace("normalise = true\n", ""), "private-copying.toml")
    assert "normalise = true" in refused.value.remedy


@vector("BildKunst-book-points")
def test_the_pictures_of_a_book():
    """41 x 0.1, 11 x 1, 41 x 2 and 3 x 1 x 0.1 points; of EUR 10,000 the publishers' part is taken from the revenue."""
    policy = shipped("literary")
    texts = [
        "kind=small_picture,count=41",
        "kind=picture,count=11",
        "kind=full_page_picture,count=41",
        "kind=small_picture,count=3",
    ]
    found = points(policy, *texts)
    assert found == [Fraction(text) for text in ("4.1", "11", "82", "0.3")]
    assert sum(found) == Fraction("97.4")
    lines = [parse_line(text) for text in texts]
    amounts = divide_lines(policy.points, parse_amount("10000.00", "EUR"), lines, MICRO_PER_CENT)
    assert [amount // MICRO_PER_CENT for amount in amounts] == [42_095, 112_936, 841_889, 3_080]
    assert cents(policy, "revenue", "1000.00") == [77_500, 22_500]


@vector("VG-WORT")
def test_reach_raises_the_amount_of_a_text():
    """1,500 accesses earn the basic amount, fifteen times as many a fifth more, 150 times as many two fifths more."""
    policy = house("""
[[formulas]]
name = "text"
inputs = { accesses = "accesses of the year", basic = "amount of a text" }
[[formulas.steps]]
name = "factor"
kind = "thresholds"
of = "accesses"
edges = [1500, 22500, 225000]
values = [0, 1, "1.2", "1.4"]
[[formulas.steps]]
name = "amount"
kind = "product"
of = ["basic", "factor"]
""")
    amounts = [
        figures(policy, "text", accesses=count, basic=20)["amount"]
        for count in (1499, 1500, 22499, 22500, 224999, 225000)
    ]
    assert amounts == [0, 20, 20, 24, 24, 28]


# ---- rates ----


@vector("SubPub-at-source")
def test_what_was_earned_at_the_source():
    """1,000 received after 15 %: 1,176.47, exactly 20000/17."""
    found = figures(shipped("mechanical"), "at_source", net=1000, commission="15 %")
    assert found["exact"] == Fraction(20000, 17)
    assert found["at_source"] == Fraction("1176.47")


@vector("US-controlled-comp")
@pytest.mark.parametrize(
    ("songs", "price_part", "exact", "printed"),
    [
        (10, "1", "0.6825", "0.6825"),
        (5, "1", "0.34125", "0.3412"),
        (2, "1", "0.1365", "0.1365"),
        (10, "3/4", "0.511875", "0.5118"),
    ],
)
def test_a_controlled_composition_clause(songs, price_part, exact, printed):
    """9.1 cents at 75 % are 0.06825 for a song. The page cuts products after four decimals."""
    found = figures(
        shipped("mechanical"), "controlled", statutory="0.091", part="75 %", songs=songs, price_part=price_part
    )
    assert found["rate"] == Fraction("0.06825")
    assert found["product"] == Fraction(exact)
    assert found["published"] == Fraction(printed)


@vector("US-long-song")
def test_a_long_song_counts_each_started_minute():
    """6:30 are seven minutes of 0.0175: 0.1225 for a copy, 30.625 for a thousand copies and a quarter of the song."""
    found = figures(shipped("mechanical"), "long_song", minute_rate="0.0175", seconds=390, units=1000, share="25 %")
    assert found["unit_rate"] == Fraction("0.1225")
    assert found["amount"] == Fraction("30.625")


@vector("CMRRA")
def test_a_rate_up_to_five_minutes_and_more_for_each_further_started_minute():
    """8.3 cents up to 5:00, 1.66 more for each started minute: 11.62 cents for 6:30."""
    policy = shipped("mechanical")
    rates = {300: "8.3", 301: "9.96", 360: "9.96", 361: "11.62", 390: "11.62"}
    for seconds, rate in rates.items():
        found = figures(policy, "tariff_by_minutes", base_rate="8.3", further_rate="1.66", seconds=seconds)
        assert found["rate"] == Fraction(rate)


@vector("CRB-PhonoIV-2023-synthetic")
def test_the_pool_of_a_streaming_offering():
    """Revenue 10 million, a million subscribers, 5.5 million for recordings, 650,000 for performing, 200 million plays.

    15.1 % of the revenue are 1,510,000; the lesser limit is 1.10 a subscriber; less the performing royalty 860,000 are
    left, above the floor of 600,000; a play earns 0.0043. The limits and the floor are to be checked before use.
    """
    policy = shipped("streaming")
    month = {"year": 2023, "revenue": 10_000_000, "subscribers": 1_000_000, "paid_for_recordings": 5_500_000}
    found = figures(policy, "offering_pool", **month, performance=650_000)
    assert found["of_revenue"] == 1_510_000
    assert found["limited"] == 1_100_000
    assert found["all_in"] == 1_510_000
    assert found["after_performance"] == 860_000
    assert found["floor"] == 600_000
    assert found["pool"] == 860_000
    assert figures(policy, "per_play", pool=860_000, plays=200_000_000)["per_play"] == Fraction("0.0043")
    dear = figures(policy, "offering_pool", **month, performance=1_000_000)
    assert dear["pool"] == 600_000
    assert figures(policy, "per_play", pool=600_000, plays=200_000_000)["per_play"] == Fraction("0.003")


@vector("STIM-advance")
def test_an_advance_is_recouped_by_an_instalment_only_when_it_is_reached():
    """20,000 in ten instalments of 2,000: 5,000 pay 3,000; 1,000 wait; with 1,500 more 500 are paid."""
    policy = house("""
[[formulas]]
name = "statement"
inputs = { advance = "advance", instalments = "instalments", waiting = "waits from before", earned = "earned now" }
[[formulas.steps]]
name = "instalment"
kind = "quotient"
of = "advance"
by = "instalments"
[[formulas.steps]]
name = "coming"
kind = "sum"
of = ["waiting", "earned"]
[[formulas.steps]]
name = "recouped"
kind = "when"
of = "coming"
at_least = "instalment"
then = "instalment"
otherwise = 0
[[formulas.steps]]
name = "waits"
kind = "when"
of = "coming"
at_least = "instalment"
then = 0
otherwise = "coming"
[[formulas.steps]]
name = "paid"
kind = "difference"
of = "coming"
less = ["recouped", "waits"]
""")
    advance = {"advance": 20_000, "instalments": 10}
    first = figures(policy, "statement", **advance, waiting=0, earned=5_000)
    second = figures(policy, "statement", **advance, waiting=first["waits"], earned=1_000)
    third = figures(policy, "statement", **advance, waiting=second["waits"], earned=1_500)
    assert [(some["paid"], some["waits"]) for some in (first, second, third)] == [(3_000, 0), (0, 1_000), (500, 0)]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared list of vectors is not beside this checkout")
def test_no_vector_of_the_shared_list_is_missing():
    names = [entry["id"] for entry in json.loads(SHARED.read_text())]
    assert len(names) == len(set(names)) > 0
    assert [name for name in names if name not in COVERED] == []
