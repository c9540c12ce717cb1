"""A paper outlives the authority whose stamps it bears: it says so, and the chain of renewal proves its tree."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from muniment.rights.registry.services.certificates import issue_certificate, make_certificate
from muniment.trust.evidence.queries import get_record
from muniment.trust.evidence.queries.proving import NotLogged, prove_leaf
from muniment.trust.evidence.queries.stamped import content_of, newest_stamps, record_of
from muniment.trust.evidence.rules.certificates import Evidence, State, Trust, Verdict, verify_certificate
from muniment.trust.evidence.rules.lifetimes import Renewal
from muniment.trust.evidence.rules.notes import read_checkpoint, read_note
from muniment.trust.evidence.rules.sealed_pdf import open_sealed
from muniment.trust.evidence.rules.tree import leaf_hash
from muniment.trust.evidence.services.renewing import Asked, renew_stamps
from muniment.trust.evidence.services.stamping import stamp_head
from tests.rights.registry.office import NAME, certify, pdf_of, put, registry
from tests.rights.registry.page_in_node import said_by_page, said_by_verify
from tests.trust.evidence.logs import OPERATOR, add, entropy, home, keys, leaf, policy, run
from tests.trust.evidence.years import YearsAuthority, trusted

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


class Aged(NamedTuple):
    """A certificate whose tree and signature were stamped, and one without a stamp of its own; and whom to trust."""

    stamped: bytes
    plain: bytes
    trust: Trust
    authority: YearsAuthority


@pytest.fixture
def aged(tmp_path: Path) -> Aged:
    """Return the papers, by an authority whose certificate holds for 100 days."""
    authority = YearsAuthority(tmp_path / "tsa", NOW, days=100)
    asked = trusted(authority)
    (tmp_path / "winds.csv").write_text("invented\n")
    number = put(tmp_path / "winds.csv", at=NOW).number
    plain = pdf_of(certify(number, "en", at=NOW))
    row = issue_certificate(
        actor=OPERATOR, at=NOW, deposit=number, language="ur", issuer=NAME, keys=keys(), entropy=entropy
    )
    run()
    stamp_head(actor=OPERATOR, at=NOW, authorities=asked, lifetimes={})
    made = registry(lambda query: authority.send("", query)[1], NOW)
    stamped = pdf_of(make_certificate(actor=OPERATOR, at=NOW, number=row.number, registry=made))
    return Aged(stamped, plain, Trust(policy(), (made.signer.chain[-1],), asked.roots), authority)


def details(verdict: Verdict, state: State) -> list[str]:
    """Return what the steps say that came to a state."""
    return [str(step.detail) for step in verdict.steps if step.state is state]


def test_a_stamp_that_has_ended_is_told_in_the_words_of_the_page(aged: Aged, tmp_path: Path) -> None:
    ended = {
        "a certificate of the authority expired on 2026-12-10": (aged.trust, NOW + timedelta(days=101)),
        "an algorithm of the stamp was trusted until 2026-09-30": (
            replace(aged.trust, lifetimes={"ecdsa": date(2026, 9, 30), "sha256": date(2030, 1, 1)}),
            datetime(2026, 10, 1, tzinfo=UTC),
        ),
    }
    for why, (trust, at) in ended.items():
        before = at - timedelta(days=2)
        assert verify_certificate(aged.stamped, trust, before).state is State.HOLDS
        verdict = verify_certificate(aged.stamped, trust, at)
        assert verdict.state is State.UNKNOWN, (why, verdict.steps)
        assert details(verdict, State.UNKNOWN) == [
            f"it was signed before {NOW.isoformat()}, as the authority's stamp says; {why}, so give an evidence record",
            f"the tree was there at {NOW.isoformat()}; {why}, so give an evidence record",
        ]
        for moment in (before, at):
            found = said_by_page(tmp_path, {"it": aged.stamped}, trust, moment)["it"]
            assert found == said_by_verify(aged.stamped, trust, moment)


def test_the_chain_of_renewal_proves_a_paper_after_its_authority(aged: Aged) -> None:
    chain, _ = renewed(aged)
    late = NOW + timedelta(days=180)
    verdict = verify_certificate(aged.stamped, aged.trust, late, (), chain)
    assert verdict.state is State.HOLDS, verdict.steps
    said = f"the tree was there at {NOW.isoformat()}, as the 4 tokens of the evidence record say until 2027-03-10"
    assert said in details(verdict, State.HOLDS)
    assert any("expired on 2026-12-10" in one for one in details(verdict, State.HOLDS)), "that is told all the same"
    bent = bytearray(chain.record)
    bent[len(bent) // 2] ^= 1
    for record, at in ((bytes(bent), late), (b"no record", late), (chain.record, NOW + timedelta(days=190))):
        refused = verify_certificate(aged.stamped, aged.trust, at, (), Evidence(record))
        assert [step.name for step in refused.steps if step.state is State.FAILS] == ["time of the log"]


def test_a_paper_without_a_stamp_is_proved_in_a_tree_that_was_stamped_later(aged: Aged) -> None:
    chain, checkpoint = renewed(aged)
    late = NOW + timedelta(days=150)
    number = json.loads(open_sealed(aged.plain).attachments["certificate.json"])["subject"]
    row = get_record(number)
    assert row is not None
    size = read_checkpoint(read_note(checkpoint.decode()).text).size
    add(300, 320)
    proof = prove_leaf(home(), row.leaf_hash, policy(), size).text
    whole = Evidence(chain.record, checkpoint, proof)
    verdict = verify_certificate(aged.plain, aged.trust, late, (), whole)
    assert verdict.state is State.HOLDS, verdict.steps
    assert "4 tokens" in details(verdict, State.HOLDS)[-1]
    newest = prove_leaf(home(), row.leaf_hash, policy()).text
    other = prove_leaf(home(), leaf_hash(leaf(301).body).hex(), policy()).text
    wrong = {
        "brings no checkpoint": Evidence(chain.record),
        "another than the one of the proof": Evidence(chain.record, checkpoint),
        "another than the one": Evidence(chain.record, checkpoint, newest),
        "of no leaf of this paper": Evidence(chain.record, checkpoint, other),
        "of other bytes": Evidence(chain.record, newest.partition("\n\n")[2].encode(), newest),
    }
    for why, evidence in wrong.items():
        [said] = details(verify_certificate(aged.plain, aged.trust, late, (), evidence), State.FAILS)
        assert why in said
    with pytest.raises(NotLogged, match="No tree of 5 leaves"):
        prove_leaf(home(), row.leaf_hash, policy(), 5)


def renewed(aged: Aged) -> tuple[Evidence, bytes]:
    """Have the tree's stamp renewed three times, and return its evidence record with the checkpoint that it is of."""
    aged.authority.now = NOW
    asked = trusted(aged.authority)
    for days in (30, 60, 90):
        aged.authority.now = NOW + timedelta(days=days)
        aged.authority.begin(100)
        renewal = Asked(Renewal.HASH, "sha512") if days == 60 else Asked(Renewal.STAMP)
        answers = renew_stamps(actor=OPERATOR, at=aged.authority.now, authorities=asked, lifetimes={}, asked=renewal)
        assert {answer.problem for answer in answers} == {""}
    (newest,) = (one for one in newest_stamps() if one.archive_list is None)
    return Evidence(record_of(newest)), content_of(newest)
