"""The rules of reports and clocks: those of the package, or the society's own from its home."""

from importlib.resources import files
from pathlib import Path

from django.conf import settings

from muniment.pay.distributions.rules.reporting import BadReportRules, ReportRules, parse_report_rules

FILE_NAME = "reporting.toml"


def report_rules() -> ReportRules:
    """Return the rules of the file reporting.toml in the home, else those of the package.

    Raises:
        BadReportRules: the file cannot be used; the message names the line.
    """
    own = Path(settings.MUNIMENT_HOME) / FILE_NAME
    place = own if own.is_file() else files("muniment.pay.distributions.rules").joinpath(FILE_NAME)
    try:
        return parse_report_rules(place.read_text(encoding="utf-8"), FILE_NAME)
    except UnicodeDecodeError:
        raise BadReportRules(f"{FILE_NAME}: not a text in UTF-8.", "Save it as UTF-8.") from None
