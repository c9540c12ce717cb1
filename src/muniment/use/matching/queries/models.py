"""The model in force, and the models of past runs: kept in the store by their version, to compute a run again."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from muniment.kernel.words.problems import UserError
from muniment.use.matching.models import ModelChoice
from muniment.use.matching.rules.scoring import (
    USUAL_PRECISION_PPM,
    BadModel,
    Model,
    Thresholds,
    read_model,
    shipped_model,
)


@dataclass(frozen=True, slots=True)
class ModelInForce:
    """The model that matches, for which precision of what is matched, and who chose that; nobody: as it comes."""

    model: Model
    asked_ppm: int
    is_shipped: bool
    chosen_by: str
    chosen_at: datetime | None

    @property
    def thresholds(self) -> Thresholds:
        """Return where the bands begin."""
        return self.model.thresholds(self.asked_ppm)


class ModelGone(UserError):
    """A model is not there any more, or does not fit this version of Muniment."""


def model_in_force() -> ModelInForce:
    """Return the model that matches now: the one chosen last, or the one that comes with Muniment.

    Raises:
        ModelGone: the one that was chosen is not kept any more, or does not fit this version of Muniment.
    """
    choice = ModelChoice.objects.order_by("-id").first()
    if choice is None:
        return ModelInForce(shipped_model(), USUAL_PRECISION_PPM, True, "", None)
    if not choice.model_version:
        return ModelInForce(shipped_model(), choice.asked_ppm, True, choice.chosen_by, choice.chosen_at)
    try:
        model = open_model(choice.model_version)
    except ModelGone as error:
        raise ModelGone(f"The model to match with is gone: {error}", "Choose another: muniment model use.") from error
    return ModelInForce(model, choice.asked_ppm, False, choice.chosen_by, choice.chosen_at)


def model_path(version: str) -> Path:
    """Return where the model of a version is kept."""
    return Path(settings.MUNIMENT_STORE) / "models" / f"{version}.json"


def open_model(version: str) -> Model:
    """Return the model that a match run noted.

    Raises:
        ModelGone: it was not kept, is not what was kept, or has other tables than this version of Muniment.
    """
    if version == shipped_model().version:
        return shipped_model()
    named = f"Model {version[:16] or '(not noted)'}"
    try:
        model = read_model(model_path(version).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelGone(f"{named} is not kept here.", "Match the report again; models are kept since then.") from None
    except (OSError, UnicodeDecodeError, BadModel) as error:
        raise ModelGone(f"{named} cannot be used by this version: {error}", "Use the version that matched.") from error
    if model.version != version:
        raise ModelGone(f"{named} is not what was kept.", "Restore the store from a backup.")
    return model
