"""The public register: found by every word and number, shown as the law has it, and as of any day; nothing secret."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree

from muniment.interfaces import evidence_log, registry_publication
from muniment.rights.registry.rules.application import Applicant, Source, Statement
from muniment.trust.evidence import services
from tests.interfaces.browser import page
from tests.interfaces.register_office import CLOSED_AT, PUBLISHED_AT, SECRETS, STATEMENT, clock, publish, register
from tests.rights.registry.estate import license_to, pledge
from tests.trust.evidence.logs import OPERATOR, entropy

ATOM = "{http://www.w3.org/2005/Atom}"


def test_each_field_is_public_or_not() -> None:
    known = registry_publication
    for kind, public, secret in (
        (Statement, known.PUBLIC_FIELDS, known.SECRET_FIELDS),
        (Applicant, known.PUBLIC_OF_APPLICANTS, known.SECRET_OF_APPLICANTS),
        (Source, known.PUBLIC_OF_SOURCES, known.SECRET_OF_SOURCES),
    ):
        assert public | secret == {one.name for one in fields(kind)}
        assert not public & secret


@pytest.mark.django_db
def test_the_register_is_searched_by_title_holder_state_industry_and_either_number() -> None:
    first = register()
    register(replace(STATEMENT, title="Frequências dos Rios", title_latin=""))
    nobody, address = Client(), reverse("public:register")
    everything = page(nobody, address)
    assert "九个山谷的风速" in everything
    assert "Rios" in everything
    for asked in (
        "q=风速",
        "q=jiu+shangu",
        "holder=谷地&q=fengsu",
        f"q=shangu&industry={first.industry}&state=in_force",
    ):
        found = page(nobody, f"{address}?{asked}")
        assert first.certificate_number in found, asked
        assert "Rios" not in found, asked
    assert "Nothing in the register fits" in page(nobody, f"{address}?q=nowhere")
    assert "Nothing in the register fits" in page(nobody, f"{address}?state=revoked&profile=zhejiang")
    page(nobody, f"{address}?state=dancing&profile=nowhere&page=99")
    here = reverse("public:registration", args=[first.certificate_number])
    for number in (first.certificate_number, first.registration_number.lower(), f" {first.certificate_number[:8]} "):
        answer = nobody.get(address, {"q": number})
        if number.strip().upper() in (first.certificate_number, first.registration_number):
            assert answer["Location"] == here


@pytest.mark.django_db
def test_a_mistyped_number_is_told_from_one_of_nothing() -> None:
    row = register()
    number = row.registration_number
    wrong = number[:-2] + ("1" if number[-2] != "1" else "2") + number[-1]
    for address in (reverse("public:registration", args=[wrong]), reverse("public:registration_as_of", args=[wrong])):
        assert "check character of another number" in page(Client(), address, 404)
    assert "check character of another number" in page(Client(), f"{reverse('public:register')}?q={wrong}")
    other = str(int(row.certificate_number) + 1)
    assert "nothing is registered under it" in page(Client(), reverse("public:registration", args=[other]), 404)
    page(Client(), reverse("public:registration_qr", args=[other]), 404)
    page(Client(), reverse("public:registration_proof", args=[other]), 404)


@pytest.mark.django_db
def test_a_registration_has_its_page_with_liens_history_code_and_proof() -> None:
    row = register()
    pledge(row.certificate_number, at=CLOSED_AT + timedelta(hours=1))
    license_to(row.certificate_number, at=CLOSED_AT + timedelta(hours=2), consent="letter of the bank")
    home = evidence_log.home()
    with clock(CLOSED_AT + timedelta(days=1)):
        shown = page(Client(), reverse("public:registration", args=[row.registration_number]))
        for part in ("九个山谷的风速", "谷地数据有限公司", "in force", row.certificate_number, row.registration_number):
            assert part in shown
        assert "Bank of the Invented Valley" in shown
        assert "Märchen Läden GmbH" in shown
        assert "1,000,000.00" in shown
        assert "500" not in shown.partition("Licences")[2]  # the price of a licence is nobody's business
        assert "letter of the bank" not in shown
        assert "First registration" in shown
        waiting = page(Client(), reverse("public:registration_proof", args=[row.certificate_number]), 404)
        assert "sequence" in waiting
        services.sequence(actor=OPERATOR, at=CLOSED_AT, keys=evidence_log.keys(), home=home, entropy=entropy)
        assert "tlog-proof" in page(Client(), reverse("public:registration_proof", args=[row.certificate_number]))
    code = Client().get(reverse("public:registration_qr", args=[row.certificate_number]))
    assert code["Content-Type"] == "image/svg+xml"
    assert etree.fromstring(code.content).tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.django_db
def test_an_extract_knows_what_was_known_and_refuses_what_is_no_day() -> None:
    row = register()
    pledge(row.certificate_number, at=CLOSED_AT + timedelta(days=10))
    address = reverse("public:registration_as_of", args=[row.certificate_number])
    with clock(CLOSED_AT + timedelta(days=20)):
        assert "Bank of the Invented" in page(Client(), address)
        before = page(Client(), f"{address}?on=2026-03-26")
        assert "Bank of the Invented" not in before
        assert "in force" in before
        unknown = page(Client(), f"{address}?on=2026-04-10&known=2026-03-26")
        assert "Bank of the Invented" not in unknown
        assert "nothing was registered" in page(Client(), f"{address}?on=2026-01-01")
        assert "lapsed" in page(Client(), f"{address}?on=2036-01-01")
        for wrong in ("on=yesterday", "known=2026-02-30", "on=99999-01-01"):
            assert "no date" in page(Client(), f"{address}?{wrong}", 422)


@pytest.mark.django_db
def test_nothing_secret_is_in_any_public_answer() -> None:
    done = register()
    shown = publish()
    number = done.certificate_number
    with clock(PUBLISHED_AT + timedelta(hours=1)):
        addresses = [
            reverse("public:register"),
            reverse("public:registration", args=[number]),
            reverse("public:registration_as_of", args=[number]) + "?on=2026-04-01&known=2026-04-01",
            reverse("public:publicity"),
            reverse("public:publicity_item", args=[shown.number]),
            *(reverse(f"public:{name}_{form}") for name in ("publicity", "register") for form in ("atom", "rss")),
            "/api/registry/registrations",
            f"/api/registry/registrations/{number}",
            f"/api/registry/registrations/{number}/as-of?on=2026-04-01",
            "/api/registry/publicity",
            f"/api/registry/publicity/{shown.number}",
        ]
        for address in addresses:
            answer = page(Client(), address)
            assert "invented" in answer or "shangu" in answer, address
            for secret in SECRETS:
                assert secret not in answer, (address, secret)


@pytest.mark.django_db
def test_feeds_of_the_register_have_pages_and_ids_that_stay() -> None:
    row = register()
    for place in range(50):
        register(replace(STATEMENT, title=f"Depot {place} (invented)"))
    feed = Client().get(reverse("public:register_atom"))
    root = etree.fromstring(feed.content)
    assert len(root.findall(f"{ATOM}entry")) == 50
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert str(links["next"]).endswith("/public/register.atom?page=2")
    second = etree.fromstring(Client().get(reverse("public:register_atom") + "?page=2").content)
    (entry,) = second.findall(f"{ATOM}entry")
    assert str(entry.findtext(f"{ATOM}id")).endswith(f",2026-03-25:registration/{row.certificate_number}")
    assert entry.findtext(f"{ATOM}updated") == CLOSED_AT.isoformat()
    for header, name in (("HTTP_IF_NONE_MATCH", "ETag"), ("HTTP_IF_MODIFIED_SINCE", "Last-Modified")):
        assert Client().get(reverse("public:register_atom"), **{header: feed[name]}).status_code == 304
    register(replace(STATEMENT, title="One more (invented)"))
    assert Client().get(reverse("public:register_atom"), HTTP_IF_NONE_MATCH=feed["ETag"]).status_code == 200
