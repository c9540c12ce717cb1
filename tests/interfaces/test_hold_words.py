"""Codes and reasons of holds and payments are words on pages: none lacks its text, none is printed as it is kept."""

import re
from pathlib import Path

import pytest
from django.utils.translation import gettext_noop

from muniment.interfaces import hold_words, payment_reasons
from muniment.interfaces.hold_words import hold_name, hold_sentences
from muniment.interfaces.payment_reasons import line_reason
from muniment.interfaces.templatetags import payment_words
from muniment.pay.distributions.rules.policies.waiting import HoldReason
from muniment.pay.distributions.rules.societies import TaxTreatment
from muniment.pay.payments.rules import slips
from muniment.pay.payments.rules.facts import DocumentKind, RedirectionKind
from muniment.pay.payments.rules.reasons import SkipReason

TEMPLATES = Path(hold_words.__file__).with_name("templates")
WORDS_OF_OTHERS = {
    "{{ order.reason }}",
    "{{ payment.reason }}",
    "{{ reason }}",
    "{{ invoice.cancel_reason }}",
    "{{ row.reverse_reason }}",
    "{{ certificate.reason }}",
}
"""What the bank or a person wrote, and the sentence of the page that refuses."""


def test_every_reason_for_holding_has_a_name_and_a_sentence() -> None:
    assert [reason for reason in HoldReason if hold_name(reason) == reason.value] == []
    assert set(hold_sentences()) == {reason.value for reason in HoldReason}
    assert hold_name("OF_AN_OLDER_RUN") == "OF_AN_OLDER_RUN"


def test_every_word_of_payments_has_its_text() -> None:
    assert set(payment_words.REASONS) == set(SkipReason)
    assert set(payment_words.TREATMENTS) == set(TaxTreatment)
    assert {*DocumentKind, *RedirectionKind} <= set(payment_words.KINDS)


@pytest.mark.parametrize(
    ("text", "msgid"),
    [
        ("resident of PK by the register", "resident of %(country)s by the register"),
        ("resident of US", "resident of %(country)s"),
        ("default rate: no treaty with PK", "default rate: no treaty with %(country)s"),
        ("treaty with AU, article 12", "treaty with %(country)s, article %(article)s"),
        ("default rate: the residence document ended on 2026-10-23", "default rate: the residence document ended on"),
        ("in USD by cheque", "in %(currency)s by cheque"),
        ("recouped", "recouped"),
    ],
)
def test_a_line_reads_in_the_language_of_the_page(monkeypatch: pytest.MonkeyPatch, text: str, msgid: str) -> None:
    assert line_reason(text) == text, "in English a reason reads as the slip keeps it"
    monkeypatch.setattr(payment_reasons, "_", lambda found: f"<{found}>")
    assert line_reason(text).startswith(f"<{msgid}"[: len(msgid)].split("%")[0])
    assert line_reason(f"{text}; what was deducted at the source is credited").startswith("<<")


def test_words_of_a_policy_stay_as_they_are() -> None:
    assert line_reason("Administration") == "Administration"


def test_every_reason_that_a_step_may_give_is_known() -> None:
    source = Path(slips.__file__).read_text()
    given = set(
        re.findall(r'"((?:what was |deducted|recouped|kept until|part of|instalment|default rate)[^"{}]*)"', source)
    )
    assert len(given) >= 6
    assert [text for text in given if gettext_noop(text) not in payment_reasons._WHOLE] == []


def test_no_page_prints_a_reason_as_it_is_kept() -> None:
    bare = re.compile(r"\{\{ *(?:[a-z_.]*\.)?(?:\w*reason|status|outcome|held_detail)(?:\.value)? *\}\}")
    found = {
        (path.name, shown)
        for path in TEMPLATES.rglob("*.html")
        for shown in bare.findall(re.sub(r'="[^"]*"|<code>.*?</code>', "", path.read_text()))
        if shown not in WORDS_OF_OTHERS
    }
    assert found == set()
