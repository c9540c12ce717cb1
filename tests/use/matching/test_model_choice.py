"""Which model matches, how precise it is asked to be, and a model learnt from what people decided here."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.db import IntegrityError, transaction

from muniment.interfaces.bench.fitting import TooFewLines, train_on_lines
from muniment.interfaces.bench.free_text import Asked
from muniment.rights.works.queries import ids_by_code
from muniment.rights.works.services import merge_works
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import NotAllowed
from muniment.use.matching import queries, services
from muniment.use.matching.bulk.matcher import QUERIES
from muniment.use.matching.bulk.room import TITLE
from muniment.use.matching.models import ModelChoice, ReviewItem
from muniment.use.matching.queries.models import ModelGone
from muniment.use.matching.rules import scoring
from muniment.use.matching.rules.review import Verdict
from muniment.use.matching.rules.scoring import OFFSETS, Model, Promise, read_model, shipped_model, write_model
from tests.cast import CHEN, DEWI
from tests.interfaces.cli.keyboard import done, refused
from tests.use.world import AT, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=1)
FIRST = ("Amber", "Birch", "Copper", "Dusky", "Elder", "Frosty", "Golden", "Hollow", "Ivory", "Jagged", "Kindly")
LAST = ("Well", "Road", "Bell", "Ferry", "Anchor", "Bridge", "Candle", "Doorway", "Ember", "Fountain")
SONGS = [f"{first} {last}" for first in FIRST for last in LAST]


def doubtful() -> Model:
    """Return a model of our own that trusts nothing much, with promises of its own."""
    shipped = shipped_model()
    promises = (Promise(980_000, 999_999, 985_000, 100_000),)
    return replace(shipped, name="doubtful", start_milli=shipped.start_milli - 1_000, promises=promises)


@pytest.fixture
def report(tmp_path: Path) -> int:
    """Register the repertoire, import a log of two lines that match by themselves; return its report."""
    register_repertoire()
    log = "title,artist\nThe Silver Ferry,Garden Collective\nLantern Song,Kite Sisters\n"
    report_id = import_log(write_log(tmp_path, log)).report_id
    assert report_id is not None
    return report_id


def test_the_shipped_model_matches_until_another_is_chosen(report: int) -> None:
    before = queries.model_in_force()
    assert (before.model, before.asked_ppm, before.is_shipped) == (shipped_model(), 990_000, True)
    first = services.match_report(actor=CHEN, at=AT, report_id=report)
    services.choose_model(actor=CHEN, at=AT, model=doubtful(), asked_ppm=980_000)
    second = services.match_report(actor=CHEN, at=LATER, report_id=report)
    assert (first.matched_count, second.matched_count) == (2, 0)
    assert (first.model_version, second.model_version) == (shipped_model().version, doubtful().version)
    assert second.thresholds.matched_ppm == 999_999
    assert [queries.replay_run(run.id).different_count for run in (first, second)] == [0, 0]
    (event,) = list_events(tag="match.model_chosen").rows
    assert json.loads(event.after) == {"model": doubtful().version, "name": "doubtful", "asked_ppm": 980_000}


def test_the_threshold_is_that_of_the_asked_precision(report: int) -> None:
    promise_of = {promise.asked_ppm: promise for promise in shipped_model().promises}
    for asked_ppm, kept_ppm in ((950_000, 950_000), (985_000, 990_000), (999_000, 999_000)):
        chosen = services.choose_model(actor=CHEN, at=AT, model=None, asked_ppm=asked_ppm)
        assert chosen.thresholds.matched_ppm == promise_of[kept_ppm].threshold_ppm
        run = services.match_report(actor=CHEN, at=AT, report_id=report)
        assert run.thresholds == chosen.thresholds


def test_lines_that_are_asked_again_are_asked_by_the_model_in_force(report: int) -> None:
    services.choose_model(actor=CHEN, at=AT, model=doubtful(), asked_ppm=980_000)
    services.match_report(actor=CHEN, at=AT, report_id=report)
    assert services.retry_due(actor=CHEN, at=LATER).report_ids == ()
    services.choose_model(actor=CHEN, at=LATER, model=None, asked_ppm=990_000)
    again = services.retry_due(actor=CHEN, at=LATER + timedelta(days=2))
    assert (again.report_ids, again.found_count) == ((report,), 2)


@pytest.mark.parametrize("asked_ppm", [0, -1, 999_500, 1_000_000, 1 << 40])
def test_a_precision_that_was_never_kept_is_refused(asked_ppm: int) -> None:
    with pytest.raises(services.NotPromised, match="does not promise"):
        services.choose_model(actor=CHEN, at=AT, model=None, asked_ppm=asked_ppm)
    with pytest.raises(services.NotPromised, match="Train it with more lines"):
        services.choose_model(actor=CHEN, at=AT, model=replace(doubtful(), promises=()), asked_ppm=900_000)
    assert not ModelChoice.objects.exists()


def test_only_who_reviews_chooses() -> None:
    with pytest.raises(NotAllowed):
        services.choose_model(actor=DEWI, at=AT, model=None, asked_ppm=980_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelChoice.objects.create(asked_ppm=0, chosen_by="nobody", chosen_at=AT)


def test_a_chosen_model_that_is_gone_stops_matching_until_another_is_chosen(report: int, store: Path) -> None:
    services.choose_model(actor=CHEN, at=AT, model=doubtful(), asked_ppm=980_000)
    (store / "models" / f"{doubtful().version}.json").unlink()
    with pytest.raises(ModelGone, match="Choose another: muniment model use"):
        services.match_report(actor=CHEN, at=AT, report_id=report)
    assert "The model to match with is gone" in refused("match", str(report))
    done("model", "use", "--shipped")
    assert services.match_report(actor=CHEN, at=AT, report_id=report).matched_count == 2


def test_a_model_is_chosen_by_a_command(tmp_path: Path) -> None:
    path = tmp_path / "doubtful.json"
    path.write_text(write_model(doubtful()), encoding="utf-8")
    assert "as it comes" in done("model", "show")
    assert "does not promise a precision of 99.00 %" in refused("model", "use", str(path))
    assert "matched from a probability of 100.00 %" in done("model", "use", str(path), "--precision", "98")
    assert "asked for 97.50 %" in done("model", "use", "--precision", "97.5")
    assert queries.model_in_force().model == doubtful()
    assert "asked for 98.00 %" in done("model", "use", "--shipped", "--precision", "98")
    assert queries.model_in_force().is_shipped
    assert "Give one of them." in refused("model", "use", str(path), "--shipped")
    assert "is not a share" in refused("model", "use", "--shipped", "--precision", "most")


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b'{"weights": {}}', b"[" * 100_000])
def test_a_file_that_is_no_model_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    path.write_bytes(content)
    assert "muniment model train" in refused("model", "use", str(path))
    assert "muniment model train" in refused("model", "show", "--model", str(path))
    assert not ModelChoice.objects.exists()


def test_promises_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "torn.json"
    path.write_text(write_model(doubtful()).replace("980000", '"many"'), encoding="utf-8")
    assert "not a model for these tables" in refused("model", "use", str(path))


def decided_songs(folder: Path) -> None:
    """Have 110 songs matched or shown, and decide about each, right or wrong, one at a time."""
    register_repertoire([(f"W-{song}", song, "Quill Ravenhurst", "Kite Sisters", None, None) for song in SONGS])
    lines = [f"{song},{'Kite Sisters' if at % 2 else 'Paper Moons'}" for at, song in enumerate(SONGS)]
    lines += [f"{song}s of Late,Kite Sisters" for song in SONGS]
    report_id = import_log(write_log(folder, "\n".join(["title,artist", *lines]))).report_id
    assert report_id is not None
    services.match_report(actor=CHEN, at=AT, report_id=report_id)
    services.draw_checks(actor=CHEN, at=AT, count=len(lines), seed=1)
    for at, item_id in enumerate(ReviewItem.objects.filter(best_work_id__isnull=False).values_list("pk", flat=True)):
        verdict = Verdict.REJECT if at % 40 == 0 else Verdict.ACCEPT
        services.decide(actor=CHEN, at=AT, item_id=item_id, verdict=verdict)


def test_a_model_learns_from_decisions_and_matches_then(tmp_path: Path) -> None:
    decided_songs(tmp_path)
    found = queries.labelled_lines()
    assert found.lines.schema == QUERIES
    assert len(found.works) == found.lines.num_rows >= 200
    out = tmp_path / "own.json"
    told = done("model", "train", "--decisions", "--name", "ours", "--out", str(out))
    assert f"trained on {len(found.works)} decisions of" in told
    learnt, shipped = read_model(out.read_text(encoding="utf-8")), shipped_model()
    without = OFFSETS[TITLE] + scoring.TITLE.index("no title reported")
    assert learnt.decide[without] == shipped.decide[without] > 0
    assert learnt.decide != shipped.decide
    assert "90.00 %" in told
    assert "99.90 %" not in told
    assert "Model ours" in done("model", "use", str(out), "--precision", "90")
    run = services.match_report(actor=CHEN, at=LATER, report_id=import_log(_more(tmp_path)).report_id or 0)
    assert (run.matched_count, run.model_version) == (1, queries.model_in_force().model.version)


def _more(folder: Path) -> Path:
    """Write a line that nobody decided about."""
    return write_log(folder, "title,artist,writers\nAmber Well,Kite Sisters,Quill Ravenhurst\n", "more.csv")


def test_what_people_said_is_told_with_codes_and_as_merged(tmp_path: Path) -> None:
    register_repertoire()
    log = "title,artist,iswc\nLantern Song,,T9000000011\nThe Window before Harvest,,\nThe Silver Ferries,,\n"
    report_id = import_log(write_log(tmp_path, log)).report_id
    assert report_id is not None
    services.match_report(actor=CHEN, at=AT, report_id=report_id)
    ids = ids_by_code(["W-2", "W-3", "W-6"])
    items = {item.title: item.pk for item in ReviewItem.objects.all()}
    lantern, window, ferry = (items[t] for t in ("Lantern Song", "The Window before Harvest", "The Silver Ferries"))
    services.decide(actor=CHEN, at=AT, item_id=lantern, verdict=Verdict.PICK, work_id=ids["W-3"])
    services.decide(actor=CHEN, at=AT, item_id=window, verdict=Verdict.REJECT)
    undone = services.decide(actor=CHEN, at=AT, item_id=ferry, verdict=Verdict.PICK, work_id=ids["W-6"])
    services.undo_decision(actor=CHEN, at=AT, decision_id=undone.id)
    merge_works(actor=CHEN, at=LATER, keep_id=ids["W-2"], drop_id=ids["W-3"])
    found = queries.labelled_lines()
    assert found.works == (ids["W-2"], None)
    assert found.lines.column("line_id").to_pylist() == [lantern, window]
    assert found.lines.column("iswc").to_pylist() == ["T9000000011", ""]


def test_many_at_once_teach_nothing(tmp_path: Path) -> None:
    decided_songs(tmp_path)
    seen = len(queries.labelled_lines().works)
    lines = "\n".join(["title,artist", *(f"Lost {song},Kite Sisters" for song in SONGS[:9])])
    report_id = import_log(write_log(tmp_path, lines, "lost.csv")).report_id
    services.match_report(actor=CHEN, at=AT, report_id=report_id or 0)
    shown = queries.preview_bulk(queries.QueueFilter(text="Lost"), name=CHEN.name, at=AT)
    services.accept_in_bulk(
        actor=CHEN, at=AT, chosen=queries.QueueFilter(text="Lost"), items=shown.items, digest=shown.digest
    )
    assert queries.list_decisions().total > seen
    assert len(queries.labelled_lines().works) == seen


def test_too_little_teaches_nothing(tmp_path: Path) -> None:
    register_repertoire()
    out = tmp_path / "own.json"
    assert "0 different lines; 200 are needed" in refused("model", "train", "--decisions", "--out", str(out))
    assert not out.exists()
    index = services.load_index(actor=CHEN, at=AT)
    rows = [{"line_id": at, "title": "Lantern Song", "performer": "Kite Sisters"} for at in range(300)]
    wrong = Asked(pa.Table.from_pylist(rows, QUERIES), [frozenset()] * 300)
    with pytest.raises(TooFewLines, match="bear no promise"):
        train_on_lines(wrong, index, shipped_model(), "wrong", "nothing right")


def test_what_to_learn_from_is_said_once(tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "own.json"))
    for words in ((), ("--task", str(tmp_path)), ("--task", str(tmp_path), "--usage", "usage", "--decisions")):
        assert "Say what to learn from." in refused("model", "train", *out, *words)
