"""The commands `muniment review …`: how the day goes, many decisions at once, samples that watch the matcher.

`muniment why LINE` explains one line. To decide about single items: `muniment match queue` and `match decide`.
"""

import secrets
from typing import Annotated

import typer
from django.utils import timezone

from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.interfaces.cli.matching import tell_replay
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import parse_percent
from muniment.rights.works.queries import current_work_ids, titles_of
from muniment.use.matching import queries, services
from muniment.use.matching.queries import BulkPreview, CandidateRow, QueueFilter, ReviewItemRow, Weight
from muniment.use.matching.rules.explanation import Step, waterfall
from muniment.use.matching.rules.quality import QualityRow

_BAR_WIDTH = 32

app = typer.Typer(no_args_is_help=True, help="Decide about many items, and watch how good the matcher is.")

Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]
Report = Annotated[int | None, typer.Option(help="Only lines of this report.")]


@app.command()
def progress(person: Person = None) -> None:
    """Show what waits, and what was decided today."""
    at = now()
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    day = queries.day_progress(name=operator_actor(person).name, since=midnight, at=at)
    rows: list[list[object]] = [
        ["to decide", day.open_count],
        ["to check", day.check_count],
        ["open before others", day.held_count],
        ["decided today by me", f"{day.mine_count} ({day.mine_hour_count} in the last hour)"],
        ["decided today by all", f"{day.all_count} ({day.all_hour_count} in the last hour)"],
        ["decided today in bulk", day.bulk_count],
        ["settled today", _weight_text(day.settled)],
    ]
    print_table("Review", ["", ""], rows, numbers=(1,))


@app.command()
def bulk_accept(
    min_probability: Annotated[str, typer.Option(help="The least probability in percent, such as 95.")],
    report: Report = None,
    method: Annotated[str, typer.Option(help="Only items found by this method.")] = "",
    text: Annotated[str, typer.Option(help="Words of the title, performer or writers.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Only show what would be accepted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Accept what is shown.")] = False,
    person: Person = None,
) -> None:
    """Accept the best candidate of every open item of a filter, after a preview; `bulk-undo` takes it back."""
    if preview == yes:
        raise UserError("Say whether to look or to accept.", "Add --preview, and once it looks right --yes.")
    actor, at = operator_actor(person), now()
    chosen = QueueFilter(text, report, minimum_ppm=parse_percent(min_probability), method=method)
    seen = queries.preview_bulk(chosen, name=actor.name, at=at)
    _print_preview(seen)
    if preview or not seen.items:
        return
    receipt = services.accept_in_bulk(actor=actor, at=at, chosen=chosen, items=seen.items, digest=seen.digest)
    for left in receipt.left:
        console.print(f"“{left.title}” was left: {left.why.value}.", markup=False)
    bulk = receipt.bulk
    console.print(f"Bulk {bulk.id}: {bulk.item_count} items with {bulk.line_count} lines are accepted.")


def _print_preview(seen: BulkPreview) -> None:
    shown = (*seen.weakest, *(row for row in seen.weightiest if row not in seen.weakest))
    titles = titles_of([row.candidates[0].work_id for row in shown if row.candidates])
    rows = [_sample_row(row, titles) for row in shown]
    title = f"{len(seen.items)} items, {_weight_text(seen.weight)}; the least probable first"
    print_table(title, ["item", "reported", "performer", "work", "uses", "probability"], rows, numbers=(0, 4, 5))
    if seen.left_count:
        console.print(f"{seen.left_count} more fit, but one bulk takes no more; the weightiest are taken.")


def _sample_row(item: ReviewItemRow, titles: dict[int, str]) -> list[object]:
    best = item.candidates[0]
    work = titles.get(best.work_id, best.work_id)
    return [item.id, item.title, item.performer, work, item.use_count, _percent(best.score_ppm)]


@app.command()
def bulk_undo(bulk: Annotated[int, typer.Argument(help="The number of the bulk.")], person: Person = None) -> None:
    """Take a whole bulk back; its items wait again."""
    count = services.undo_bulk(actor=operator_actor(person), at=now(), bulk_id=bulk)
    console.print(f"Bulk {bulk} is undone; {count} items wait again.")


@app.command()
def sample(
    count: Annotated[int, typer.Argument(help="How many distinct lines.")] = 100,
    report: Report = None,
    seed: Annotated[int | None, typer.Option(help="The same seed draws the same lines; none: a new one.")] = None,
    person: Person = None,
) -> None:
    """Draw automatically matched lines for people to check; nothing changes until one is denied."""
    drawn = services.draw_checks(
        actor=operator_actor(person),
        at=now(),
        count=count,
        seed=secrets.randbelow(1_000_000) if seed is None else seed,
        report_id=report,
    )
    count_text = f"{drawn.drawn_count} of {drawn.population_count} lines"
    console.print(f"Sample {drawn.id}: {count_text} wait for a check (seed {drawn.seed}).")


@app.command()
def quality(model: Annotated[str, typer.Option(help="Only runs of this model.")] = "") -> None:
    """Show realised precision, from checked samples, beside the predicted one."""
    found = queries.match_quality(model_version=model)
    rows = [_quality_row(_band_text(row), row) for row in found.rows] + [_quality_row("all", found.whole)]
    headers = ["probability", "checked", "confirmed", "predicted", "realised", "95 % interval", ""]
    print_table("Quality of matching", headers, rows, numbers=(1, 2, 3, 4, 5))
    console.print(f"{found.open_count} checks wait; {found.lapsed_count} lapsed.")


def _band_text(row: QualityRow) -> str:
    if row.ceiling_ppm > 1_000_000:
        return f"from {_percent(row.floor_ppm)}"
    return f"{_percent(row.floor_ppm)} to {_percent(row.ceiling_ppm)}"


def _quality_row(name: str, row: QualityRow) -> list[object]:
    counts: list[object] = [name, row.judged_count, row.confirmed_count]
    if row.predicted_ppm is None or row.realised_ppm is None or row.low_ppm is None or row.high_ppm is None:
        return [*counts, "", "", "", ""]
    interval = f"{_percent(row.low_ppm)} to {_percent(row.high_ppm)}"
    surprise = "not as predicted" if row.surprises else ""
    return [*counts, _percent(row.predicted_ppm), _percent(row.realised_ppm), interval, surprise]


def why(
    line: Annotated[int, typer.Argument(help="The number of the line.")],
    replay: Annotated[bool, typer.Option("--replay", help="Compute the answer again, as it was then.")] = False,
) -> None:
    """Explain how a line was matched: reasons and weights, the runner-up, the model and the repertoire."""
    if replay:
        tell_replay(queries.replay_line(line))
        return
    found = queries.explain_line(line)
    run = found.run
    works = [one.work_id for one in (found.best, found.second) if one is not None]
    leads = current_work_ids(works)
    titles = titles_of(leads.values())

    def named(candidate: CandidateRow | None) -> str:
        if candidate is None:
            return "no work"
        lead = leads[candidate.work_id]
        return f"“{titles.get(lead, '(gone)')}” (work {lead}), {_percent(candidate.score_ppm)}"

    console.print(f"Line {line} is {found.band.value} by {found.method}: {named(found.best)}.", markup=False)
    if found.decision is not None:
        decided = found.decision
        console.print(
            f"{decided.decided_by} decided on {decided.decided_at:%Y-%m-%d %H:%M}: {decided.verdict.value}.",
            markup=False,
        )
    if found.steps:
        _print_steps("Reasons", found.steps)
    if found.second is not None:
        console.print(f"Second: {named(found.second)}.", markup=False)
        _print_apart(found)
    if found.second is not None and found.steps and found.second.reasons:
        _print_steps("Reasons of the second", waterfall(found.second.reasons))
    thresholds = run.thresholds
    facts: list[list[object]] = [
        ["run", f"{run.id} of {run.run_at:%Y-%m-%d %H:%M} by {run.run_by}"],
        ["model", run.model_version or "—"],
        ["index", run.index_version or "—"],
        ["repertoire", run.repertoire_digest],
        ["matched from", _percent(thresholds.matched_ppm)],
        ["review from", _percent(thresholds.review_ppm)],
    ]
    print_table("The run that said so", ["", ""], facts)


def _print_steps(title: str, steps: tuple[Step, ...]) -> None:
    rows: list[list[object]] = [
        [step.text, f"{step.weight / 1000:+.2f}", _percent(step.to_ppm), bar]
        for step, bar in zip(steps, _bars(steps), strict=True)
    ]
    print_table(title, ["reason", "weight", "probability", "log-odds"], rows, numbers=(1, 2))


def _bars(steps: tuple[Step, ...]) -> list[str]:
    """Return a bar of signs for each step of a sum: + for, - against, all on one scale."""
    ends = [0, *(step.to_weight for step in steps)]
    low, high = min(ends), max(ends)

    def place(weight: int) -> int:
        return (weight - low) * _BAR_WIDTH // max(high - low, 1)

    bars = []
    for step in steps:
        begin, end = sorted((place(step.from_weight), place(step.to_weight)))
        bars.append(" " * begin + ("-" if step.weight < 0 else "+") * max(end - begin, 1))
    return bars


def _print_apart(found: queries.Explanation) -> None:
    rows: list[list[object]] = [
        [one.best[0] if one.best else "", one.second[0] if one.second else "", f"{one.gap / 1000:+.2f}"]
        for one in found.apart
    ]
    if rows:
        print_table("What sets them apart", ["the best", "the second", "distance"], rows, numbers=(2,))


def _percent(share_ppm: int) -> str:
    return f"{share_ppm / 10_000:.4f}".rstrip("0").rstrip(".") + " %"


def _weight_text(weight: Weight) -> str:
    money = "".join(f", {format_amount(row.amount_micro, row.currency)} {row.currency}" for row in weight.amounts)
    return f"{weight.line_count} lines, {weight.use_count} uses{money}"


COMMANDS = (why,)
