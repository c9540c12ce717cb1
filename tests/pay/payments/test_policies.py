"""Payment policies as texts: what is refused, with file, line and key, and what a policy says in words."""

from importlib.resources import files
from pathlib import Path

import pytest
from django.test import override_settings

from muniment.pay.payments.queries import get_payment_policy, list_payment_policies
from muniment.pay.payments.rules.policy import parse_payment_policy
from muniment.pay.payments.rules.toml_reading import BadPaymentPolicy
from muniment.pay.payments.rules.words import explain_policy

TEXTS = {
    place.name: place.read_text(encoding="utf-8")
    for place in files("muniment.pay.payments").joinpath("policies").iterdir()
    if place.name.endswith(".toml")
}


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("plain-1", 'code = "plain"', 'code = "plain', "not a TOML file: .*line 2"),
        ("plain-1", "cooling_days = 5", "cooling = 5", "line 10: cooling: is not a key"),
        ("plain-1", "cooling_days = 5", "cooling_days = -1", "line 10: cooling_days: must be .*, not -1"),
        ("plain-1", 'minimum_reached = "at_least"', "", "minimum_reached: is not given, and it is never guessed"),
        (
            "plain-1",
            'minimum_reached = "at_least"',
            'minimum_reached = "over"',
            "line 11: minimum_reached: 'over' is unknown",
        ),
        ("plain-1", '"letters", ', '"letter", ', "line 9: order: 'letter' is unknown.* letters"),
        ("plain-1", '"letters", ', '"advances", ', "line 9: order: names advances twice"),
        ("plain-1", '"letters", ', '"withholding", ', "line 9: order: has the step withholding, and there is no table"),
        ("plain-1", '"letters", ', '"letters", "vat", ', "has the step vat, and there is no table vat"),
        ("fee-1", '"fees", "vat"', '"vat", "fees"', "line 9: order: has vat before any fee"),
        ("fee-1", '"minimum", ', "", "minimums: is never used"),
        ("fee-1", 'amount = "30.00"', 'amount = "30,00"', r"line 23: minimums\[2\]\.amount: is wrong"),
        (
            "fee-1",
            'currency = "GBP"\ncountries = ["GB"]',
            'currency = "GBX"\ncountries = ["GB"]',
            "'GBX' is no currency",
        ),
        (
            "fee-1",
            'countries = ["GB"]',
            'countries = ["XX"]',
            "line 22: .*countries: 'XX' is no country",
        ),
        (
            "fee-1",
            "months = [12]",
            "months = [13]",
            r"minimums\[1\]\.months: must be a whole number from 1 to 12, not 13",
        ),
        ("fee-1", 'base = "gross"', "", r"fees\[1\]\.base: is not given, and it is never guessed"),
        ("fee-1", "rate_ppm = 100_000", "rate_ppm = 1_000_001", r"fees\[1\]\.rate_ppm: must be .*, not 1000001"),
        ("fee-1", 'amount = "10.00"', 'amount = "10.00"\nrate_ppm = 1', r"fees\[2\]: needs either rate_ppm or amount"),
        ("fee-1", 'account = "payment_fee"', 'account = "Fee!"', r"fees\[1\]\.account: is 'Fee!'"),
        ("fee-1", "registered = true", 'registered = "yes"', r"vat\[2\]\.registered: must be true or false"),
        ("treaty-1", 'country = "US"', 'country = "ZZ"', "withholding.country: 'ZZ' is no country"),
        ("treaty-1", 'residence = "AT"', 'residence = "AU"', r"treaties\[2\]\.residence: gives AU a second rate"),
        ("treaty-1", 'residence = "AT"', 'residence = "US"', r"treaties\[2\]\.residence: is US itself"),
        ("treaty-1", 'article = "12"', 'article = ""', r"treaties\[1\]\.article: must be a text"),
        ("treaty-1", 'article = "12"', 'article = "12"\nvalid_from = "now"', r"valid_from: 'now' is no day"),
        (
            "treaty-1",
            'article = "12"',
            'article = "12"\nvalid_from = 2026-01-02\nvalid_to = 2026-01-01',
            "valid_to: is wrong: The period ends",
        ),
        ("treaty-1", '"at_source", "advances"', '"advances"', ""),
        ("treaty-1", '"garnishments"]', '"garnishments", "at_source"]', "names at_source twice"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_key(name: str, old: str, new: str, says: str) -> None:
    text = TEXTS[f"{name}.toml"]
    assert old in text
    changed = text.replace(old, new, 1)
    if not says:
        assert parse_payment_policy(changed, "own.toml").name == name
        return
    with pytest.raises(BadPaymentPolicy, match=says) as error:
        parse_payment_policy(changed, "own.toml")
    assert error.value.message.startswith("own.toml")
    assert error.value.remedy


def test_the_policies_of_the_package_and_of_the_house(tmp_path: Path) -> None:
    folder = tmp_path / "payment-policies"
    folder.mkdir()
    (folder / "plain-2.toml").write_text(TEXTS["plain-1.toml"].replace("version = 1", "version = 2"), encoding="utf-8")
    with override_settings(MUNIMENT_HOME=tmp_path):
        assert [policy.name for policy in list_payment_policies()] == ["fee-1", "plain-1", "plain-2", "treaty-1"]
        assert get_payment_policy().version == 2
        assert get_payment_policy("plain-1").version == 1
        with pytest.raises(BadPaymentPolicy, match=r"no payment policy 'house'.*Known: fee-1"):
            get_payment_policy("house")
        (folder / "again.toml").write_text(TEXTS["plain-1.toml"], encoding="utf-8")
        with pytest.raises(BadPaymentPolicy, match="is there already"):
            list_payment_policies()


def test_a_policy_says_what_it_does() -> None:
    said = "\n".join(explain_policy(parse_payment_policy(TEXTS["treaty-1.toml"], "treaty-1.toml")))
    for words in (
        "3. advances: before tax; what is less than an instalment is kept",
        "6. withholding: 30.00 % for US without a residence document",
        "10.00 % for residents of BD, article 12.",
        "7. garnishments: after tax, by priority",
        "A changed bank account is paid to after 5 days.",
    ):
        assert words in said
    fees = "\n".join(explain_policy(parse_payment_policy(TEXTS["fee-1.toml"], "fee-1.toml")))
    assert "Administration: 10.00 % of what was earned, rounded to the nearest cent, for any way of paying." in fees
    assert "0.00 % of the fees for payees of any other country, not registered" in fees
    assert "GBP 1.00 or more, payees of any country in months 12." in fees


@pytest.mark.parametrize("text", ["code = " + "9" * 5_000, "code = " + "[" * 3_000, 'code = "plain'])
def test_a_text_that_is_no_toml_is_refused_whatever_is_wrong_with_it(text: str) -> None:
    with pytest.raises(BadPaymentPolicy, match="not a TOML file"):
        parse_payment_policy(text, "house.toml")
