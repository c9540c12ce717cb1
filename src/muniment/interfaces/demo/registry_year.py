"""Running an invented registry year through the services, act by act, and holding the records against the plan."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from muniment.interfaces.demo.registry_acts import Act, Case, Verb, Year
from muniment.interfaces.demo.registry_course import CHIEF, REGISTRARS
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.rules.values import PartyDraft, PartyKind
from muniment.rights.parties.services.register import register_parties
from muniment.rights.registry.queries.applications import ApplicationRow, get_application, objections_of
from muniment.rights.registry.queries.claims import list_claims
from muniment.rights.registry.queries.figures import annual_figures
from muniment.rights.registry.queries.registrations import get_recordal
from muniment.rights.registry.rules.application import Statement
from muniment.rights.registry.rules.calendars import get_calendar, is_working_day
from muniment.rights.registry.rules.claims import ClaimState
from muniment.rights.registry.rules.contents import FileHash, Kind
from muniment.rights.registry.rules.estate import Counterpart
from muniment.rights.registry.rules.examination import Objector, Point
from muniment.rights.registry.services import (
    applications,
    claims,
    examination,
    objections,
    pledges,
    publicity,
    recordals,
    registrations,
)
from muniment.rights.registry.services.bags import Content
from muniment.rights.registry.services.checking import NotReady
from muniment.rights.registry.services.deposits import Depositor, deposit
from muniment.rights.registry.services.leaves import Leaves
from muniment.rights.registry.services.recordals import Terms
from muniment.trust.access.rules import Actor, Role, operator
from muniment.trust.evidence.queries import count_waiting
from muniment.trust.evidence.services import sequence

YEAR = 2025
"""The first year of the calendar: publicity that begins in its last days runs into the next one."""
PROFILE = "zhejiang"
CURRENCY = "CNY"


class YearWentWrong(UserError):
    """A service did something else than was planned for an act."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that the records give otherwise than the plan."""

    figure: str
    planned: object
    recorded: object


def working_days(calendar: str, year: int) -> tuple[date, ...]:
    """Return the working days of a year, in order.

    Raises:
        NoCalendar, NotCovered: nobody knows them.
    """
    table = get_calendar(calendar)
    days = (date.fromordinal(day) for day in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()))
    return tuple(day for day in days if is_working_day(table, day))


def compare(year: Year) -> tuple[Difference, ...]:
    """Return every figure that the records give otherwise than the plan counted."""
    found, expected = annual_figures(year.year), year.expected
    planned = {
        "applied": expected.applied,
        "registered": expected.registered,
        "refused": expected.refused,
        "withdrawn": expected.withdrawn + expected.late,
        "objected": expected.objected,
        "objections_upheld": expected.objections_upheld,
        "renewed": expected.renewed,
        "changed": expected.changed,
        "transferred": expected.transferred,
        "cancelled": expected.cancelled,
        "revoked": expected.revoked,
        "lapsed": expected.lapsed,
        "licences": expected.licences,
        "pledges": expected.pledges,
        "pledges_amended": expected.pledges_amended,
        "pledges_assigned": expected.pledges_assigned,
        "pledges_subordinated": expected.pledges_subordinated,
    }
    rows = [Difference(name, count, getattr(found, name)) for name, count in planned.items()]
    for state, count in ((ClaimState.GRANTED, expected.claims_granted), (ClaimState.REFUSED, expected.claims_refused)):
        rows.append(Difference(f"claims {state}", count, list_claims(state=state, limit=1).total))
    for name, amounts, amount_micro in (
        ("licence amounts", found.licence_amounts, expected.licence_amount_micro),
        ("pledge amounts", found.pledge_amounts, expected.pledge_amount_micro),
    ):
        rows.append(Difference(name, {CURRENCY: amount_micro}, {one.currency: one.amount_micro for one in amounts}))
    return tuple(row for row in rows if row.planned != row.recorded)


class Run:
    """A year on its way through the services: which number each case, deposit and pledge was given."""

    def __init__(self, year: Year, home: Path, leaves: Leaves, profile: str = PROFILE) -> None:
        """Begin a year; nothing is written yet."""
        self.year, self.home, self.leaves, self.profile = year, home, leaves, profile
        self.cases: dict[int, Case] = {case.number: case for case in year.cases}
        self.rows: dict[int, ApplicationRow] = {}
        self.actors: dict[str, Actor] = {}
        self.deposits: dict[int, str] = {}
        self.pledges: dict[int, list[str]] = {}
        self.codes: dict[int, str] = {}
        self.people = {name: Actor(None, name, frozenset({Role.REGISTRAR})) for name in REGISTRARS}
        self.people[CHIEF] = Actor(None, CHIEF, frozenset({Role.CHIEF_REGISTRAR}))
        self.machine = operator("clocks")
        self._acts: Mapping[Verb, Callable[[Act], None]] = {
            Verb.DEPOSIT: self._deposit,
            Verb.DRAFT: self._draft,
            Verb.TRY: self._try,
            Verb.REDRAFT: self._redraft,
            Verb.SUBMIT: self._submit,
            Verb.TAKE: self._take,
            Verb.ASK: self._ask,
            Verb.ANSWER: self._answer,
            Verb.CLEAR: self._clear,
            Verb.REGISTER: self._register,
            Verb.REFUSE: self._refuse,
            Verb.WITHDRAW: self._withdraw,
            Verb.PUBLISH: self._publish,
            Verb.OBJECT: self._object,
            Verb.REPLY: self._reply,
            Verb.UPHOLD: self._decide,
            Verb.REJECT: self._decide,
            Verb.LICENCE: self._licence,
            Verb.PLEDGE: self._pledge,
            Verb.AMEND: self._amend,
            Verb.ASSIGN: self._assign,
            Verb.SUBORDINATE: self._subordinate,
            Verb.RELEASE: self._release,
            Verb.CODE: self._code,
            Verb.CLAIM: self._claim,
            Verb.GRANT: self._grant,
            Verb.DENY: self._deny,
            Verb.REVOKE: self._revoke,
            Verb.CLOCKS: self._clocks,
            Verb.SEQUENCE: self._sequence,
        }

    def register_firms(self) -> None:
        """Register the firms as parties, who then apply as members or ask for what was transferred to them."""
        firms = {case.firm.identifier: case.firm.name.native for case in self.year.cases}
        firms |= {act.identifier: act.name for act in self.year.acts if act.verb is Verb.CLAIM}
        drafts = [PartyDraft(kind=PartyKind.PERSON, name=name, code=code) for code, name in firms.items()]
        ids = register_parties(actor=self.machine, at=self.year.acts[0].at, drafts=drafts, intake_id=None)
        member = frozenset({Role.MEMBER})
        self.actors = {key: Actor(None, key, member, party_id=each) for key, each in zip(firms, ids, strict=True)}

    def run(self, first: int = 0) -> Iterator[Act]:
        """Do every act of the year from the first one on, and yield it after it is done.

        Raises:
            YearWentWrong: a service refuses what was planned, or does what it should refuse.
        """
        for act in self.year.acts[first:]:
            try:
                self._acts[act.verb](act)
            except UserError as error:
                number = self.rows[act.case].number if act.case in self.rows else "no number"
                what = f"Case {act.case} ({number}), to {act.verb} at {act.at}"
                raise YearWentWrong(f"{what}: {error.message}", error.remedy) from error
            yield act

    def _actor(self, act: Act) -> Actor:
        """Return who acts: the registrar that the act names, else the applicant."""
        return self.people[act.who] if act.who else self.actors[self.cases[act.case].firm.identifier]

    def _row(self, act: Act) -> ApplicationRow:
        return self.rows[act.case]

    def _now(self, act: Act) -> ApplicationRow:
        """Return the application as it stands, where the clocks may have moved it since."""
        row = get_application(self.rows[act.case].number)
        assert row is not None, "an application does not go away"
        return row

    def _registration(self, case: int) -> str:
        row = get_application(self.rows[case].number)
        if row is None or not row.registration_number:
            raise YearWentWrong(f"Case {case} is not registered by now.", "The plan and the clocks disagree.")
        return row.registration_number

    def _statement(self, act: Act) -> Statement:
        assert act.statement is not None, "drafts and answers state something"
        case = self.cases[act.case]
        return replace(act.statement, deposit=self.deposits.get(case.target or case.number, ""))

    def _deposit(self, act: Act) -> None:
        case = self.cases[act.case]
        digest = hashlib.sha256(f"invented data-set {case.number} of {self.year.year}".encode()).hexdigest()
        actor = self._actor(act)
        row = deposit(
            actor=actor,
            at=act.at,
            depositor=Depositor(case.firm.name.native, f"Data-set {case.number}", party_id=actor.party_id),
            content=Content(Kind.HASHES, (FileHash(f"data-set-{case.number}.csv", digest, 1_000 + case.number),)),
            keys=self.leaves.keys,
            entropy=self.leaves.entropy,
            home=self.home,
        )
        self.deposits[case.number] = row.number

    def _draft(self, act: Act) -> None:
        case, actor = self.cases[act.case], self._actor(act)
        self.rows[act.case] = applications.draft_application(
            actor=actor,
            at=act.at,
            profile=self.profile,
            kind=case.kind,
            statement=self._statement(act),
            party_id=actor.party_id,
            registration=self._registration(case.target) if case.target else "",
        )

    def _try(self, act: Act) -> None:
        try:
            self._submit(act)
        except NotReady:
            return
        raise YearWentWrong(f"Case {act.case} passed the pre-check.", "It was made to fail.")

    def _redraft(self, act: Act) -> None:
        row = self._row(act)
        self.rows[act.case] = applications.change_draft(
            actor=self._actor(act),
            at=act.at,
            number=row.number,
            version=row.version,
            statement=self._statement(act),
        )

    def _do(self, service: Callable[..., ApplicationRow], act: Act, row: ApplicationRow, **facts: object) -> None:
        """Call a service about an application as all of them are called, and keep the row that it returns."""
        self.rows[act.case] = service(
            actor=self._actor(act), at=act.at, number=row.number, version=row.version, leaves=self.leaves, **facts
        )

    def _submit(self, act: Act) -> None:
        self._do(applications.submit_application, act, self._row(act))

    def _take(self, act: Act) -> None:
        self._do(examination.take_application, act, self._row(act))

    def _ask(self, act: Act) -> None:
        points = [Point(field, text) for field, text in act.points]
        self._do(examination.ask_correction, act, self._row(act), points=points)

    def _answer(self, act: Act) -> None:
        self._do(applications.answer_correction, act, self._row(act), statement=self._statement(act))

    def _clear(self, act: Act) -> None:
        self._do(examination.pass_stage, act, self._row(act))

    def _register(self, act: Act) -> None:
        self._do(publicity.register_application, act, self._row(act))

    def _refuse(self, act: Act) -> None:
        self._do(examination.refuse_application, act, self._row(act), reasons=act.text)

    def _withdraw(self, act: Act) -> None:
        self._do(applications.withdraw_application, act, self._row(act), reason=act.text)

    def _publish(self, act: Act) -> None:
        self._do(publicity.publish_application, act, self._row(act))

    def _object(self, act: Act) -> None:
        objections.file_objection(
            actor=None,
            at=act.at,
            number=self._row(act).number,
            objector=Objector(name=act.name, contact="invented", identifier=act.identifier),
            grounds=act.text,
            leaves=self.leaves,
        )

    def _objection(self, row: ApplicationRow) -> str:
        return next(one.number for one in objections_of(row.number) if one.state == "open")

    def _reply(self, act: Act) -> None:
        row = self._now(act)
        self._do(objections.reply_to_objection, act, row, objection=self._objection(row), reply=act.text)

    def _decide(self, act: Act) -> None:
        row, is_upheld = self._now(act), act.verb is Verb.UPHOLD
        facts = {"objection": self._objection(row), "is_upheld": is_upheld, "reasons": act.text}
        self._do(objections.decide_objection, act, row, **facts)

    def _terms(self, act: Act) -> Terms:
        return Terms(act.at.date(), act.until_on, act.amount_micro, CURRENCY, act.text)

    def _licence(self, act: Act) -> None:
        recordals.record_licence(
            actor=self._actor(act),
            at=act.at,
            number=self._registration(act.case),
            licensee=Counterpart(act.name, act.identifier),
            terms=self._terms(act),
            leaves=self.leaves,
        )

    def _pledge(self, act: Act) -> None:
        row = recordals.record_pledge(
            actor=self._actor(act),
            at=act.at,
            number=self._registration(act.case),
            creditor=Counterpart(act.name, act.identifier),
            terms=self._terms(act),
            leaves=self.leaves,
        )
        self.pledges.setdefault(act.case, []).append(row.number)

    def _change(self, service: Callable[..., object], act: Act, **facts: object) -> None:
        """Call a service about the first pledge of a case, as all of them are called."""
        number = self.pledges[act.case][0]
        service(actor=self._actor(act), at=act.at, number=number, leaves=self.leaves, **facts)

    def _amend(self, act: Act) -> None:
        row = get_recordal(self.pledges[act.case][0])
        assert row is not None, "a pledge does not go away"
        to = pledges.Amended(act.amount_micro, row.currency, row.until_on, row.description)
        self._change(pledges.amend_pledge, act, to=to, document=act.text)

    def _assign(self, act: Act) -> None:
        creditor = Counterpart(act.name, act.identifier)
        self._change(pledges.assign_pledge, act, creditor=creditor, document=act.text)

    def _subordinate(self, act: Act) -> None:
        self._change(pledges.subordinate_pledge, act, behind=self.pledges[act.case][-1], document=act.text)

    def _release(self, act: Act) -> None:
        self._change(recordals.end_recordal, act, reason=act.text)

    def _transferred(self, act: Act) -> str:
        """Return the registration that the transfer of a case was about."""
        return self._registration(self.cases[act.case].target)

    def _code(self, act: Act) -> None:
        number = self._transferred(act)
        issued = claims.issue_claim(actor=self._actor(act), at=act.at, number=number, leaves=self.leaves)
        self.codes[act.case] = issued.code

    def _claim(self, act: Act) -> None:
        actor = self.actors[act.identifier]
        claims.ask_with_code(actor=actor, at=act.at, code=self.codes.pop(act.case), leaves=self.leaves)

    def _grant(self, act: Act) -> None:
        claims.grant_claim(actor=self._actor(act), at=act.at, number=self._transferred(act), leaves=self.leaves)

    def _deny(self, act: Act) -> None:
        number = self._transferred(act)
        claims.refuse_claim(actor=self._actor(act), at=act.at, number=number, reason=act.text, leaves=self.leaves)

    def _revoke(self, act: Act) -> None:
        registrations.revoke_registration(
            actor=self._actor(act),
            at=act.at,
            number=self._registration(act.case),
            reason=act.text,
            leaves=self.leaves,
        )

    def _clocks(self, act: Act) -> None:
        report = publicity.run_clocks(actor=self.machine, at=act.at, leaves=self.leaves)
        if report.held:
            raise YearWentWrong(f"The clocks hold up {report.held}.", "The plan has nothing that is held up.")

    def _sequence(self, act: Act) -> None:
        while count_waiting():
            sequence(
                actor=self.machine,
                at=act.at,
                keys=self.leaves.keys,
                home=self.home,
                entropy=self.leaves.entropy,
            )
