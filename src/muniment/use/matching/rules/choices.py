"""Which model matches, and for which precision, as a text that goes to machines without the database."""

import json
from dataclasses import dataclass

from muniment.use.matching.rules.scoring import (
    SURE_PPM,
    USUAL_PRECISION_PPM,
    BadModel,
    Model,
    Thresholds,
    read_model,
    shipped_model,
    write_model,
)

USUAL = ""
"""The text of what is chosen where nobody chose: the model that comes with Muniment, for the usual precision."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A model, and the precision of what is matched that is asked of it."""

    model: Model
    asked_ppm: int

    @property
    def thresholds(self) -> Thresholds:
        """Return where the bands begin."""
        return self.model.thresholds(self.asked_ppm)

    @property
    def version(self) -> str:
        """Return which model it is, and for which precision."""
        return f"model {self.model.version[:16]} for {self.asked_ppm / 10_000:g} %"


def write_choice(choice: Choice) -> str:
    """Return the text that `read_choice` reads; USUAL for what comes with Muniment."""
    if choice.asked_ppm == USUAL_PRECISION_PPM and choice.model.version == shipped_model().version:
        return USUAL
    return json.dumps({"asked_ppm": choice.asked_ppm, "model": json.loads(write_model(choice.model))})


def read_choice(text: str) -> Choice:
    """Return what a text says.

    Raises:
        BadModel: it is no choice, or its model is not one for these tables.
    """
    if text == USUAL:
        return Choice(shipped_model(), USUAL_PRECISION_PPM)
    try:
        found = json.loads(text)
        asked_ppm, model = found["asked_ppm"], json.dumps(found["model"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadModel(f"This does not say with which model to match: {error!r}.", "Write it again.") from error
    if not (isinstance(asked_ppm, int) and 0 < asked_ppm < SURE_PPM):
        raise BadModel(f"{asked_ppm!r} is no precision in ppm.", "Write it again.")
    return Choice(read_model(model), asked_ppm)
