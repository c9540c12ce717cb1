"""Policies on the command line and in the office: explained, worked through, checked, compared."""

from importlib.resources import files

import pytest

from muniment.trust.access.rules import Role
from tests.interfaces.cli.keyboard import muniment
from tests.interfaces.test_distributions import login

SHIPPED = files("muniment.pay.distributions").joinpath("policies")


def test_a_policy_is_explained_and_worked_through():
    typed = muniment("distribution", "policy", "explain", "radio", "--amount", "1000", "--currency", "CHF",
                     "--line", "kind=feature,duration=3:00", "--line", "kind=jingle,duration=0:20")  # fmt: skip
    assert typed.status == 0, typed.err
    assert "Social and cultural fund takes CHF 42.50: 5 % of what administration left, which is CHF 850.00" in typed.out
    assert "feature, 3:00: 270 of 275 points, that is CHF 792.818182" in typed.out
    assert "jingle, 0:20: 5 of 275 points, that is CHF 14.681818" in typed.out


def test_a_formula_is_worked_through():
    typed = muniment("distribution", "policy", "explain", "setlist", "--formula", "concert_points",
                     "--given", "fee=1750", "--given", "concerts=1")  # fmt: skip
    assert "fee_of_one = 1800 (before rounding 1750)" in typed.out
    assert "concert_points = 1800" in typed.out


def test_pools_say_by_whose_usage_they_are_divided():
    typed = muniment("distribution", "policy", "explain", "radio", "--currency", "CHF", "--pool", "shops=1000",
                     "--usage", "stations=5")  # fmt: skip
    assert "shops: CHF 700.00 is divided by the usage of stations (shops → stations)" in typed.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "rdio"), "Do you mean 'radio"),
        (("explain", "radio", "--line", "kind=jingel"), "Do you mean 'jingle'"),
        (("explain", "radio", "--amount", "-1"), "below zero"),
        (("explain", "radio", "--pool", "shop=1"), "Do you mean 'shops'"),
        (("explain", "performers", "--heads", "non_featured=x"), "no whole number"),
        (("explain", "performers", "--split", "performer"), "Do you mean 'performers'"),
        (("explain", "setlist", "--formula", "concert_points", "--given", "fee"), "no value is given"),
        (("diff", "census", "nowhere"), "There is no policy 'nowhere'"),
    ],
)
def test_wrong_words_are_answered(words, said):
    typed = muniment("distribution", "policy", *words)
    assert typed.status == 2
    assert said in typed.err


def test_a_file_is_checked_with_its_examples(tmp_path):
    text = SHIPPED.joinpath("radio-1.toml").read_text(encoding="utf-8")
    path = tmp_path / "radio-2.toml"
    path.write_text(text.replace("version = 1", "version = 2"), encoding="utf-8")
    assert "every example comes out as written" in muniment("distribution", "policy", "check", str(path)).out
    path.write_text(text.replace('rate = "15 %"', 'rate = "16 %"'), encoding="utf-8")
    typed = muniment("distribution", "policy", "check", str(path))
    assert typed.status == 1
    assert "administration is 160.00, not 150" in typed.out
    assert (
        "deductions[Administration].rate 15 % 16 %"
        in muniment("distribution", "policy", "diff", "radio", str(path)).out
    )
    path.write_text(text.replace('base = "gross"', ""), encoding="utf-8")
    typed = muniment("distribution", "policy", "check", str(path))
    assert typed.status == 2
    assert "radio-2.toml, line" in typed.err
    path.write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in muniment("distribution", "policy", "check", str(path)).err


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "ur"])
def test_every_policy_has_a_page_with_a_worked_example(language):
    chen = login(Role.DISTRIBUTION, "chen")
    chen.cookies["django_language"] = language
    for place in SHIPPED.iterdir():
        name = place.name.removesuffix(".toml")
        response = chen.get(f"/office/policies/{name}/")
        assert response.status_code == 200, name
        page = response.content.decode()
        assert "<textarea" in page
        assert 'role="alert"' not in page, name


@pytest.mark.django_db
def test_the_page_works_an_amount_through_and_says_what_is_wrong():
    chen = login(Role.DISTRIBUTION, "chen")
    page = chen.get(
        "/office/policies/radio-1/?amount=1000&currency=CHF&lines=kind=feature, duration=3:00"
    ).content.decode()
    assert "270 of 270 points, that is CHF 807.50" in page
    assert "Do you mean &#x27;jingle&#x27;" in chen.get("/office/policies/radio-1/?lines=kind=jingel").content.decode()
    assert "is not an amount" in chen.get("/office/policies/radio-1/?amount=ten").content.decode()
    compared = chen.get("/office/policies/concert-1/?other=flat-1").content.decode()
    assert "points.duration_rule" in compared
    assert chen.get("/office/policies/nowhere/", follow=True).status_code in (200, 404)
