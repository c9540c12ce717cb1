"""Everybody follows every link: no page fails, and no door of the API opens to somebody who should not pass.

The society is the invented one, small, taken through its quarter.
"""

import re
from collections import Counter, deque
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from muniment.interfaces.demo import write_demo_files
from muniment.pay.distributions.queries import payees_of
from muniment.trust.access.rules import Role
from tests.flows.office import Office, day
from tests.interfaces.browser import login

pytestmark = pytest.mark.django_db

ALIKE = 2
"""How many addresses that differ only in their numbers are followed."""
OPEN_OPERATIONS = {
    "/api/works/public",
    "/api/registry/registrations",
    "/api/registry/publicity",
    "/api/registry/profiles",
}
OPEN_BY_NUMBER = {
    "/api/registry/figures/1",
    "/api/registry/registrations/1",
    "/api/registry/registrations/1/as-of",
    "/api/registry/publicity/1",
}
"""Open operations that find nothing under the number 1."""
OPEN_TO_MEMBERS = {"/api/payments/mine", "/api/registry/applications"}
ANSWERS = {"right": "PR", "territory": "586", "currency": "PKR", "q": "song"}
"""What is asked where an operation must be told something; whatever else it asks for is a day."""


def links_of(address: str, page: str) -> list[str]:
    """Return the addresses on this site that a page leads to."""
    found = (urljoin(address, unescape(href)) for href in re.findall(r'<a\b[^>]*\bhref="([^"]*)"', page))
    return [link.partition("#")[0] for link in found if link.startswith("/") and not link.startswith("/static/")]


def crawl(client: Client, start: str = "/") -> Counter[int]:
    """Follow every link from `start`; return how many pages answered with which status."""
    client.raise_request_exception = False  # what breaks is counted, and the crawl goes on
    waiting, seen, shapes = deque([start]), {start}, Counter[str]()
    statuses = Counter[int]()
    failed = []
    while waiting:
        address = waiting.popleft()
        response = client.get(address)
        statuses[response.status_code] += 1
        if response.status_code >= 500:
            failed.append(address)
        links = [urljoin(address, response["Location"])] if response.has_header("Location") else []
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            links += links_of(address, response.content.decode())
        for link in links:
            shape = re.sub(r"\d+|(?<==)[^&]*", "N", urlsplit(link).path + "?" + urlsplit(link).query)
            if link not in seen and shapes[shape] < ALIKE:
                shapes[shape] += 1
                seen.add(link)
                waiting.append(link)
    assert failed == []
    return statuses


def test_no_page_of_anybody_fails(tmp_path: Path) -> None:
    office = Office(tmp_path, write_demo_files(tmp_path, members=12, works=40, seed=7))
    office.import_members(day(0))
    office.import_works(day(1))
    office.licence_and_invoice(day(2))
    office.receive_money(day(30))
    office.match(office.import_usage(day(31)), day(31))
    run = office.distribute(day(32))
    office.pay(day(40))
    best_paid = payees_of(run.id)[0].party_id
    people = {
        "chen": (login(Role.DISTRIBUTION, "chen"), 40),
        "farida": (login(Role.FINANCE, "farida"), 30),
        "dewi": (login(Role.AUDITOR, "dewi"), 40),
        "aigul": (login(Role.MEMBER, "aigul", best_paid), 5),
        "nobody": (Client(), 2),
    }
    for name, (client, at_least) in people.items():
        statuses = crawl(client)
        assert statuses[200] >= at_least, (name, statuses)
        assert statuses[404] == 0, (name, statuses)


def read_operations() -> dict[str, dict[str, str]]:
    """Return the address of every operation of the API that reads, with what it must be told."""
    description = Client().get("/api/openapi.json")
    assert description.status_code == 200
    found = {}
    for path, operations in description.json()["paths"].items():
        asked = [one for one in operations.get("get", {}).get("parameters", []) if one["in"] == "query"]
        if "get" in operations:
            told = {one["name"]: ANSWERS.get(one["name"], "2026-10-01") for one in asked if one["required"]}
            found[re.sub(r"\{[^}]*\}", "1", path)] = told
    return found


def test_the_api_is_described_and_its_description_is_a_page() -> None:
    assert Client().get("/api/docs").status_code == 200
    assert len(read_operations()) > 20


def test_nobody_reads_the_api_without_a_login() -> None:
    answers = {path: Client().get(path, told).status_code for path, told in read_operations().items()}
    assert {path for path, status in answers.items() if status not in (401, 403)} == OPEN_OPERATIONS | OPEN_BY_NUMBER
    assert {path for path, status in answers.items() if status == 404} == OPEN_BY_NUMBER


def test_a_member_reads_nothing_of_the_staff_in_the_api() -> None:
    aigul = login(Role.MEMBER, "aigul", 1)
    answers = {path: aigul.get(path, told).status_code for path, told in read_operations().items()}
    assert {path: status for path, status in answers.items() if status != 403} == dict.fromkeys(
        OPEN_OPERATIONS | OPEN_TO_MEMBERS, 200
    ) | dict.fromkeys(OPEN_BY_NUMBER, 404)
