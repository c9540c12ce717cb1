"""What the page of a work shows beside the work itself: claims side by side, chains, the answer to the question."""

from collections.abc import Sequence
from dataclasses import dataclass

from muniment.interfaces.office._work_forms import ShareQuestionForm
from muniment.kernel.words.shares import Right
from muniment.rights.parties.queries import names_of
from muniment.rights.works.queries import ContributionRow, ShareLineRow, WorkRow, share_claims
from muniment.rights.works.rules import Resolution, resolve_shares


@dataclass(frozen=True, slots=True)
class Chain:
    """The parties of one chain as one submitter states it; chain 0 holds writers whom nobody publishes."""

    claim: str
    number: int
    rows: tuple[ContributionRow, ...]


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part of an answer, with the name of its party."""

    party_id: int | None
    name: str
    share_ppm: int
    status: str
    note: str
    contesting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one right."""

    right: Right
    parts: tuple[PartShown, ...]


@dataclass(frozen=True, slots=True)
class ClaimedBy:
    """What each submitter claims for one party, in the order of the submitters; None: nothing."""

    name: str
    shares: tuple[int | None, ...]
    sure_ppm: int


@dataclass(frozen=True, slots=True)
class Dispute:
    """A conflict explained: both claims, what is undisputed, what is held."""

    right: Right
    territory: int
    country_count: int
    kind: str
    claims: tuple[str, ...]
    rows: tuple[ClaimedBy, ...]
    disputed_ppm: int


def chains_of(contributions: Sequence[ContributionRow]) -> list[Chain]:
    """Return the contributions by submitter and chain, publishers before the writers they publish."""
    groups: dict[tuple[str, int], list[ContributionRow]] = {}
    for row in contributions:
        groups.setdefault((row.claim, row.chain), []).append(row)
    return [Chain(claim, number, tuple(rows)) for (claim, number), rows in sorted(groups.items())]


def answers_for(work: WorkRow, form: ShareQuestionForm) -> list[Answer]:
    """Answer the share question for every right."""
    lines = share_claims([work.id])[work.id]
    found = {
        right: resolve_shares(
            lines,
            right=right,
            territory=form.cleaned_data["territory"],
            usage_on=form.cleaned_data["on"],
            known_at=form.instant(),
        )
        for right in Right
    }
    ids = {
        one for answer in found.values() for part in answer.parts for one in (part.party_id, *part.contesting) if one
    }
    names = names_of(ids)
    return [Answer(right, _parts(answer, names)) for right, answer in found.items()]


def _parts(answer: Resolution, names: dict[int, str]) -> tuple[PartShown, ...]:
    return tuple(
        PartShown(
            part.party_id,
            names.get(part.party_id or 0, ""),
            part.share_ppm,
            part.status.value,
            part.note,
            tuple(names.get(one, "") for one in part.contesting),
        )
        for part in answer.parts
    )


def disputes_of(work: WorkRow, form: ShareQuestionForm) -> list[Dispute]:
    """Explain each conflict of a work: who claims what, what of it is sure, what is held."""
    claims = share_claims([work.id])[work.id]
    found = []
    for conflict in work.conflicts:
        answer = resolve_shares(
            claims,
            right=conflict.right,
            territory=conflict.territory,
            usage_on=form.cleaned_data["on"],
            known_at=form.instant(),
        )
        sure = {part.party_id: part.share_ppm for part in answer.parts if part.party_id is not None}
        in_force = {line_id for part in answer.parts for line_id in part.line_ids}
        lines = [line for line in work.share_lines if line.id in in_force]
        found.append(
            Dispute(
                conflict.right,
                conflict.territory,
                conflict.country_count,
                conflict.kind.value,
                conflict.claims,
                tuple(_claimed(lines, conflict.claims, sure)),
                answer.disputed_ppm,
            )
        )
    return found


def _claimed(lines: Sequence[ShareLineRow], claims: Sequence[str], sure: dict[int, int]) -> list[ClaimedBy]:
    sums: dict[int, dict[str, int]] = {}
    names: dict[int, str] = {}
    for line in lines:
        names[line.party_id] = line.party_name
        of_party = sums.setdefault(line.party_id, {})
        of_party[line.claim] = of_party.get(line.claim, 0) + line.share_ppm
    return [
        ClaimedBy(names[party_id], tuple(of_party.get(claim) for claim in claims), sure.get(party_id, 0))
        for party_id, of_party in sorted(sums.items())
    ]
