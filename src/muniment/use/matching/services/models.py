"""Choosing the model that matches and the precision it is asked for, and keeping models for replays."""

import tempfile
from datetime import datetime
from pathlib import Path

from django.db import transaction

from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import format_percent
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.use.matching.models import ModelChoice
from muniment.use.matching.queries.models import ModelInForce, model_in_force, model_path
from muniment.use.matching.rules.scoring import Model, shipped_model, write_model


class NotPromised(UserError):
    """A model never kept the precision that is asked of it."""


@transaction.atomic
def choose_model(*, actor: Actor, at: datetime, model: Model | None, asked_ppm: int) -> ModelInForce:
    """Match with a model from now on (None: the one that comes with Muniment), as precisely as asked.

    Runs that were made before stay as they are; reports that wait are matched by the new choice when they are matched
    again.

    Raises:
        NotAllowed: the actor may not review matches.
        NotPromised: the model kept no such precision on lines held back from it.
    """
    require(actor, Action.MATCH_REVIEW)
    chosen = model or shipped_model()
    best = max((promise.asked_ppm for promise in chosen.promises), default=0)
    if not 0 < asked_ppm <= best:
        raise NotPromised(
            f"Model {chosen.name} does not promise a precision of {format_percent(asked_ppm)} %.",
            f"It promises {format_percent(best)} % at most." if best else "Train it with more lines.",
        )
    if model is not None:
        keep_model(model)
    choice = ModelChoice.objects.create(
        model_version="" if model is None else model.version, asked_ppm=asked_ppm, chosen_by=actor.name, chosen_at=at
    )
    record_event(
        actor=actor,
        at=at,
        tag="match.model_chosen",
        subject_kind="model_choice",
        subject_id=choice.pk,
        after={"model": chosen.version, "name": chosen.name, "asked_ppm": asked_ppm},
    )
    return model_in_force()


def keep_model(model: Model) -> None:
    """Keep a model in the store under its version, in one step; one that is there stays."""
    path = model_path(model.version)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(write_model(model))
    Path(file.name).replace(path)
