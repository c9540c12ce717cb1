"""The models that match runs used: kept in the store by their version, so that a run can be computed again."""

from pathlib import Path

from django.conf import settings

from muniment.kernel.words.problems import UserError
from muniment.use.matching.rules.scoring import BadModel, Model, read_model, shipped_model


class ModelGone(UserError):
    """A model is not there any more, or does not fit this version of Muniment."""


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
