"""The commands `muniment duplicates …`: find records that are one work or one party, merge them, tell them apart."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.markup import escape

from muniment.interfaces.cli.console import console, now, operator_actor, print_table, progress_bar
from muniment.interfaces.likely_duplicates import search_after_import
from muniment.kernel.words.problems import UserError
from muniment.rights.parties.queries import get_party_by_code, parties_of_intake
from muniment.rights.works.queries import get_work_by_code, ids_by_code, works_of_intake
from muniment.use.duplicates import queries, services
from muniment.use.duplicates.rules import FLOOR_PPM, PairKind, PairState

app = typer.Typer(no_args_is_help=True, help="Find records that are one work or one party, and merge them.")

Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]
Number = Annotated[int, typer.Argument(help="The number of the pair.")]
Kind = Annotated[PairKind, typer.Argument(help="Works, or parties.")]
OfIntake = Annotated[int | None, typer.Option("--intake", help="Only what this intake brought.")]
Floor = Annotated[float, typer.Option(min=0, max=100, help="Propose pairs from this score on, in percent.")]


@app.command()
def works(intake: OfIntake = None, floor: Floor = FLOOR_PPM / 10_000, person: Person = None) -> None:
    """Search for works that are registered twice."""
    _search(services.search_works, "Asking the matcher", intake, floor, person)


@app.command()
def parties(intake: OfIntake = None, floor: Floor = FLOOR_PPM / 10_000, person: Person = None) -> None:
    """Search for parties that are registered twice."""
    _search(services.search_parties, "Comparing names", intake, floor, person)


def _search(
    search: Callable[..., queries.SearchRow], title: str, intake: int | None, floor: float, person: str | None
) -> None:
    """Search with one of the services and print what it found."""
    actor, floor_ppm = operator_actor(person), round(floor * 10_000)
    with progress_bar(title) as progress:
        done = search(actor=actor, at=now(), intake_id=intake, floor_ppm=floor_ppm, progress=progress)
    tell_search(done)


def tell_search(done: queries.SearchRow) -> None:
    """Print what a search found, and how to see it."""
    word = {PairKind.WORK: "works", PairKind.PARTY: "parties"}[done.kind]
    console.print(
        f"{done.asked_count} {word} asked: {done.pair_count} likely duplicates wait, {done.new_count} of them new."
    )
    if done.pair_count:
        of_intake = "" if done.intake_id is None else f" --intake {done.intake_id}"
        console.print(f"See them: muniment duplicates list {done.kind.value}{of_intake}")


def tell_after_import(kind: PairKind, intake_id: int, person: str | None) -> None:
    """Search among what an import brought and print what was found, or how to search where the register is large."""
    done = search_after_import(actor=operator_actor(person), at=now(), kind=kind, intake_id=intake_id)
    if done is not None:
        tell_search(done)
    elif works_of_intake(intake_id) if kind is PairKind.WORK else parties_of_intake(intake_id):
        word = {PairKind.WORK: "works", PairKind.PARTY: "parties"}[kind]
        console.print(f"Search for duplicates among them: muniment duplicates {word} --intake {intake_id}")


@app.command("list")
def list_(
    kind: Kind,
    state: Annotated[PairState, typer.Option(help="Pairs that wait, were merged, or are two.")] = PairState.OPEN,
    intake: OfIntake = None,
    limit: Annotated[int, typer.Option(help="How many, the likeliest first.")] = 20,
) -> None:
    """List pairs of records that may be one, the likeliest first."""
    page = queries.list_pairs(kind, state=state, intake_id=intake, limit=limit)
    rows: list[list[object]] = [
        [row.id, f"{row.score_ppm / 10_000:.2f}", *_words(row.first), *_words(row.second)] for row in page.rows
    ]
    headers = ["pair", "score %", "code", "one", "code", "other"]
    print_table(f"{page.total} pairs ({state.value})", headers, rows, numbers=(0, 1))


def _words(record: queries.RecordRow) -> tuple[str, str]:
    detail = f" ({record.detail})" if record.detail else ""
    return escape(record.code), escape(record.name + detail)


@app.command()
def show(pair: Number) -> None:
    """Show one pair with the reasons for its score, in log-odds."""
    row = queries.get_pair(pair)
    reasons: list[list[object]] = [[why, f"{weight / 1_000:+.2f}"] for why, weight in row.reasons]
    for record in (row.first, row.second):
        kept = " · kept" if row.kept_id == record.id else ""
        console.print(f"[bold]{escape(record.code)}[/bold] {escape(record.name)} · {escape(record.detail)}{kept}")
    print_table(f"Score {row.score_ppm / 10_000:.2f} %, {row.state.value}", ["reason", "weight"], reasons, numbers=(1,))


@app.command()
def merge(
    pair: Number,
    keep: Annotated[str, typer.Option(help="The code of the record that stays.")],
    person: Person = None,
) -> None:
    """Make the two records of a pair one; it can be taken back."""
    row = queries.get_pair(pair)
    kept = next((record for record in (row.first, row.second) if record.code == keep.strip()), None)
    if kept is None:
        raise UserError(
            f"{keep!r} is neither of the two.", f"Write --keep {row.first.code} or --keep {row.second.code}."
        )
    services.merge_pair(actor=operator_actor(person), at=now(), pair_id=pair, keep_id=kept.id)
    console.print(
        f"Merged into {escape(kept.code)}, {escape(kept.name)}. Take it back: muniment duplicates undo {pair}"
    )


@app.command()
def join(
    kind: Kind,
    keep: Annotated[str, typer.Argument(help="The code of the record that stays.")],
    drop: Annotated[str, typer.Argument(help="The code of the record that leads to it from now on.")],
    person: Person = None,
) -> None:
    """Merge two records that no search brought together."""
    keep_id, drop_id = (record_named(kind, code) for code in (keep, drop))
    row = services.merge_two(actor=operator_actor(person), at=now(), kind=kind, keep_id=keep_id, drop_id=drop_id)
    console.print(f"Merged. Take it back: muniment duplicates undo {row.id}")


def record_named(kind: PairKind, code: str) -> int:
    """Return the record with a code of ours, or the work with an ISWC.

    Raises:
        UnknownWork, UnknownParty: there is none.
    """
    if kind is PairKind.PARTY:
        return get_party_by_code(code).id
    found = ids_by_code([code.strip()]).get(code.strip())
    return get_work_by_code(code).id if found is None else found


@app.command()
def apart(pair: Number, person: Person = None) -> None:
    """Say that the two records are two; the pair is never proposed again."""
    services.tell_apart(actor=operator_actor(person), at=now(), pair_id=pair)
    console.print(f"Pair {pair} is two. Take it back: muniment duplicates undo {pair}")


@app.command()
def undo(pair: Number, person: Person = None) -> None:
    """Take a decision back: merged records are two again, and the pair waits."""
    services.reopen_pair(actor=operator_actor(person), at=now(), pair_id=pair)
    console.print(f"Pair {pair} waits again.")
