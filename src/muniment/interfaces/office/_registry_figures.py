"""The figures of a year as tables of label and figure."""

from django.utils.translation import gettext as _

from muniment.interfaces.templatetags.muniment import money
from muniment.kernel.words.money import Money
from muniment.rights.registry.queries.figures import AnnualFigures

Table = tuple[str, list[tuple[str, str]]]
"""A heading, and lines of label and figure."""


def figure_tables(figures: AnnualFigures) -> list[Table]:
    """Return the figures in three tables: applications, registrations, licences and pledges."""
    median = figures.median_days_to_registration
    return [
        (
            _("Applications"),
            [
                (_("Applied for"), f"{figures.applied:,}"),
                (_("Registered for the first time"), f"{figures.registered:,}"),
                (_("Refused"), f"{figures.refused:,}"),
                (_("Withdrawn or lapsed"), f"{figures.withdrawn:,}"),
                (_("Objections"), f"{figures.objected:,}"),
                (_("Objections upheld"), f"{figures.objections_upheld:,}"),
                (_("Days to registration (median)"), "–" if median is None else f"{median:,}"),
            ],
        ),
        (
            _("Registrations"),
            [
                (_("Renewed"), f"{figures.renewed:,}"),
                (_("Changed"), f"{figures.changed:,}"),
                (_("Transferred"), f"{figures.transferred:,}"),
                (_("Cancelled"), f"{figures.cancelled:,}"),
                (_("Revoked"), f"{figures.revoked:,}"),
                (_("Ended with their term"), f"{figures.lapsed:,}"),
            ],
        ),
        (
            _("Licences and pledges"),
            [
                (_("Licences recorded"), f"{figures.licences:,}"),
                *((_("Amount of the licences"), _amount(one)) for one in figures.licence_amounts),
                (_("Pledges recorded"), f"{figures.pledges:,}"),
                *((_("Secured by the pledges"), _amount(one)) for one in figures.pledge_amounts),
                (_("Pledges amended"), f"{figures.pledges_amended:,}"),
                (_("Pledges assigned"), f"{figures.pledges_assigned:,}"),
                (_("Pledges that stepped behind another"), f"{figures.pledges_subordinated:,}"),
            ],
        ),
    ]


def _amount(one: Money) -> str:
    return f"{money(one.amount_micro, one.currency)} {one.currency}"
