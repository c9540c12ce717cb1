"""Bad policies: each is refused with file, line, key and a remedy, and the near name where one was misspelt."""

import pytest

from muniment.pay.distributions.rules import BadPolicy, parse_policy
from muniment.pay.distributions.rules.policies.examples import mismatches, parse_with_examples
from muniment.pay.distributions.rules.policies.formulas import BadFigures, evaluate
from muniment.pay.distributions.rules.policies.readiness import require_runnable
from muniment.pay.distributions.rules.policies.recipients import BadHeads, divide
from muniment.pay.distributions.rules.policies.worked import BadLine, parse_line

GOOD = """code = "house"
version = 1
title = "House"
description = "For tests."
[points]
duration_rule = "second"
default_duration_ms = 180_000
minimum_duration_ms = 0
[points.use_weight]
feature = 1
[minimum_payout]
EUR = "5.00"
"""
LINES = GOOD.count("\n")


def refusal(rules, text=GOOD):
    """Return what is said against these rules, with the line counted from the first of them."""
    with pytest.raises(BadPolicy) as refused:
        parse_with_examples(text + rules, "house.toml")
    assert refused.value.remedy
    return str(refused.value)


DEDUCTION = '[[deductions]]\nname = "A"\naccount = "a"\nbase = "gross"\nrate = "10 %"\n'


@pytest.mark.parametrize(
    ("rules", "line", "words"),
    [
        ('[[deductions]]\nname = "A"\naccount = "a"\nrate = "10 %"\n', 1, "deductions[1].base: is not given, and"),
        ('[[deductions]]\nname = "A"\naccount = "a"\nbase = "groß"\nrate = "10 %"\n', 4, "'groß' is unknown"),
        ('[[deductions]]\nname = "A"\naccount = "a"\nbase = "net_of:b"\nrate = "1 %"\n', 4, "'b' is no deduction"),
        ('[[deductions]]\nname = "A"\naccount = "a"\nbase = "gross"\nrate = "110 %"\n', 5, "is not between 0 and 1"),
        ('[[deductions]]\nname = "A"\naccount = "a"\nbase = "gross"\nrate = 0.1\n', 5, "is a binary fraction"),
        ('[[deductions]]\nname = "A"\naccount = "a"\nbase = "gross"\n', 1, "has no rate"),
        ('[[deductions]]\nname = "A"\naccount = "a"\nbase = "gross"\nrate = "1 %"\nrat = 3\n', 6, "Do you mean 'rate'"),
        (DEDUCTION + DEDUCTION, 8, "'a' is used twice"),
        (DEDUCTION.replace("10 %", "60 %") + DEDUCTION.replace("10 %", "60 %").replace('"a"', '"b"'), 1, "100 %"),
        (DEDUCTION + 'when = "abroad"\n', 1, "[[payee_deductions]]"),
        (DEDUCTION + 'round = "up 0"\n', 6, "rounds to nothing"),
        ('[[pools]]\nname = "a"\nkind = "censos"\n', 3, "Do you mean 'census'"),
        ('[[pools]]\nname = "a"\nkind = "census"\nfallback = "b"\n', 4, "'b' is no pool"),
        ('[[pools]]\nname = "a"\nkind = "analogy"\n', 1, "pools[1].on: is missing"),
        ('[[pools]]\nname = "a"\nkind = "census"\n'
         '[[pools]]\nname = "b"\nkind = "analogy"\non = { a = "90 %" }\n', 7, "90 %"),
        (
            '[[pools]]\nname = "a"\nkind = "census"\nfallback = "b"\n'
            '[[pools]]\nname = "b"\nkind = "census"\nfallback = "a"\n',
            4,
            "circle: a -> b -> a",
        ),
        (
            '[[pools]]\nname = "a"\nkind = "census"\nfallback = "b"\n'
            '[[pools]]\nname = "b"\nkind = "analogy"\non = { a = 1 }\n',
            4,
            "circle: a -> b -> a",
        ),
        ('[[pools]]\nname = "a"\nkind = "market_share"\non = ["a"]\n', 4, "circle: a -> a"),
        ('[[pools]]\nname = "a"\nkind = "census"\nfactor = 2\n', 4, "pools[1].factor: is not a key"),
        ('[[pools]]\nname = "a"\nkind = "census"\nsplit = "x"\n', 4, "'x' is no split"),
        ('[[splits]]\nname = "s"\nparts = [{ to = "a", share = "60 %" }, { to = "b", share = "50 %" }]\n', 3, "110 %"),
        ('[[splits]]\nname = "s"\nparts = [{ to = "a", share = "60 %" }]\n', 3, "what becomes of the rest"),
        ('[[splits]]\nname = "s"\nparts = [{ to = "a", share = 1, split = "s" }]\n', 1, "circle: s -> s"),
        ('[[splits]]\nname = "s"\nparts = [{ to = "a", share = 1, split = "t" }]\n', 3, "'t' is no split"),
        ('[[splits]]\nname = "s"\nleft_over = "b"\nparts = [{ to = "a", share = 1 }]\n', 3, "'b' is unknown"),
        ('[[splits]]\nname = "s"\nparts = [{ to = "a", share = 1, weight = 1 }]\n', 3, "has share and weight"),
        ('[[splits]]\nname = "s"\nrights = ["XR"]\nparts = [{ to = "a", share = 1 }]\n', 3, "'XR' is no right"),
        ('[[formulas]]\nname = "f"\ninputs = { fee = "fee" }\n', 1, "a formula needs a step"),
        (
            '[[formulas]]\nname = "f"\ninputs = { fee = "fee" }\n'
            '[[formulas.steps]]\nname = "x"\nkind = "sum"\nof = ["fees"]\n',
            7,
            "Do you mean 'fee'",
        ),
        (
            '[[formulas]]\nname = "f"\ninputs = { fee = "fee" }\n'
            '[[formulas.steps]]\nname = "x"\nkind = "sum"\nof = ["x"]\n',
            7,
            "neither an input nor a step above",
        ),
        (
            '[[formulas]]\nname = "f"\ninputs = { fee = "fee" }\n[[formulas.steps]]\nname = "x"\nkind = "bands"\n'
            'of = "fee"\nedges = [1, 2]\nrates = [1]\n',
            9,
            "has 1 figures for 2 edges",
        ),
        ('[[holds]]\nreason = "UNMATCHD"\n', 2, "Do you mean 'UNMATCHED'"),
        ('[[holds]]\nreason = "UNMATCHED"\nclock = "receipt"\nclaim_months = 3\nrelease = "keep"\n', 5, "window ends"),
        ('[[minimums]]\ncurrency = "EUR"\namount = "5"\nmonths = [13]\n', 4, "are no months"),
        ('[[minimums]]\ncurrency = "EUR"\namount = "5"\ncountries = ["Germany"]\n', 4, "is no country"),
        ('[adjustments]\norder = ["reserv"]\n', 2, "Do you mean 'reserve'"),
        ('[[examples]]\ntitle = "x"\nformula = "f"\ngives = {}\n', 3, "'f' is no formula"),
        ('[[examples]]\ntitle = "x"\ngives = {}\n', 1, "shows nothing"),
    ],
)  # fmt: skip
def test_a_bad_rule_says_the_line_the_key_and_the_remedy(rules, line, words):
    said = refusal(rules)
    assert said.startswith(f"house.toml, line {LINES + line}: "), said
    assert words in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "minimum_duration_ms = 0",
            "minimum_duration_ms = 9\nmaximum_duration_ms = 8",
            "line 9: points.maximum",
        ),
        ("minimum_duration_ms = 0", "minimum_duration_ms = 0\nblock_ms = 8", "is not read by the duration rule"),
        ('"second"', '"block"', "line 5: points.block_ms: must be a whole number"),
        ('"second"', '"secnd"', "line 6: points.duration_rule: 'secnd' is unknown. Do you mean 'second'"),
        ("feature = 1", 'feature = "0.0000001"', "is finer than a millionth"),
        ("feature = 1", "feature = 0", "nothing has a weight"),
    ],
)
def test_bad_points_say_the_line(old, new, words):
    assert words in refusal("", GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([("06:00", "24:00")], "leaves a gap"),
        ([("00:00", "06:00"), ("05:00", "24:00")], "leaves a gap, overlaps"),
        ([("00:00", "06:00")], "do not cover the day"),
        ([("00:00", "25:00")], "'25:00' is no time of day"),
    ],
)
def test_times_of_the_day_cover_it_once(times, words):
    rows = "".join(f'[[points.time_weights]]\nfrom = "{start}"\nto = "{end}"\nweight = 1\n' for start, end in times)
    assert words in refusal(rows)


def test_an_example_that_comes_out_otherwise_is_found():
    text = GOOD + '[[examples]]\ntitle = "x"\npoints = true\nlines = [{ kind = "feature", duration = "0:03" }]\n'
    policy, examples = parse_with_examples(text + "gives = { 1 = 4, 2 = 1 }\n", "house.toml")
    assert [(wrong.name, wrong.expected, wrong.found) for wrong in mismatches(policy, examples)] == [
        ("1", "4", "3"),
        ("2", "1", "nothing of this name"),
    ]


FORMULA = """
[[formulas]]
name = "part"
inputs = { kept = "what was kept", year = "the year" }
[[formulas.steps]]
name = "rate"
kind = "choose"
by = "year"
cases = { 2025 = "10 %", 2026 = "12 %" }
[[formulas.steps]]
name = "part"
kind = "quotient"
of = "rate"
by = "kept"
"""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kept": 1}, "part needs year: the year"),
        ({"kept": 1, "year": 2024}, "rate has no case '2024'. Do you mean '202"),
        ({"kept": 0, "year": 2025}, "the step part divides by zero"),
        ({"kept": "much", "year": 2025}, "kept: 'much' is not a number"),
        ({"kept": 1, "year": 2025, "yaer": 1}, "part has no input 'yaer'. Do you mean 'year'"),
    ],
)
def test_figures_that_do_not_fit_a_formula(given, words):
    formula = parse_policy(GOOD + FORMULA, "house.toml").formula("part")
    with pytest.raises(BadFigures) as refused:
        evaluate(formula, given)
    assert words in str(refused.value)


def test_heads_that_do_not_fit_a_split():
    rules = parse_policy(GOOD + '[[splits]]\nname = "s"\nparts = [{ to = "a", share = 1 }]\n', "house.toml").split_rules
    with pytest.raises(BadHeads, match="No split has a group 'b'"):
        divide(rules, "s", 1, {"b": 1})
    with pytest.raises(BadHeads, match="below zero"):
        divide(rules, "s", 1, {"a": -1})
    with pytest.raises(BadHeads, match="nobody to take it"):
        divide(rules, "s", 1, {"a": 0})


@pytest.mark.parametrize("text", ["kind", "kind=a, lenght=3", "duration=3:01", "kind=a,count=0", "kind=a,time=25:00"])
def test_a_line_that_cannot_be_read(text):
    with pytest.raises(BadLine) as refused:
        parse_line(text)
    assert refused.value.remedy


def test_a_run_takes_stations_and_several_pools_and_refuses_a_fund_of_none():
    require_runnable(parse_policy(GOOD + "[points.station_weight]\nnorth = 2\n", "house.toml"), ["radio/X"])
    pools = '[[pools]]\nname = "shops"\nkind = "analogy"\nfunds = ["shops/*"]\non = { radio = "60 %", tv = "40 %" }\n'
    pools += "".join(f'[[pools]]\nname = "{name}"\nkind = "census"\nfunds = ["{name}/*"]\n' for name in ("radio", "tv"))
    policy = parse_policy(GOOD + pools, "house.toml")
    require_runnable(policy, ["radio/X", "shops/X"])
    with pytest.raises(BadPolicy, match=r"none takes the fund concert/Y; they take shops/\*, radio/\*"):
        require_runnable(policy, ["radio/X", "concert/Y"])


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ('share = "50 %"\nroles = ["ca"]', r"roles: 'ca' is no role"),
        ('share = "50 %"\nroles = ["CA"]\naccount = "fund"', r"account: stands beside roles"),
        ('weight = 1\naccount = "fund"', r"account: goes only with share"),
    ],
)
def test_recipients_of_a_split_that_cannot_be_are_refused(part, words):
    other = part.splitlines()[0]
    text = f'[[splits]]\nname = "s"\n[[splits.parts]]\nto = "a"\n{part}\n[[splits.parts]]\nto = "b"\n{other}\n'
    with pytest.raises(BadPolicy, match=words):
        parse_policy(GOOD + text, "house.toml")


def test_a_formula_that_grows_without_an_end_is_stopped():
    steps = ['[[formulas]]\nname = "f"\ninputs = { a = "a" }\n']
    for at in range(40):
        of = f"s{at - 1}" if at else "a"
        steps.append(f'[[formulas.steps]]\nname = "s{at}"\nkind = "product"\nof = ["{of}", "{of}"]\n')
    formula = parse_policy(GOOD + "".join(steps), "house.toml").formula("f")
    with pytest.raises(BadFigures, match="has too many digits"):
        evaluate(formula, {"a": 3})


@pytest.mark.parametrize("text", ["a = [" * 3_000, "version = " + "9" * 5_000, "code = ", "\x00", ""])
def test_what_is_no_policy_at_all_is_refused(text):
    with pytest.raises(BadPolicy) as refused:
        parse_policy(text, "house.toml")
    assert str(refused.value).startswith("house.toml")
