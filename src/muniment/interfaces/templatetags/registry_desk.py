"""Filters of the registrar's desk: fields by name, clocks in words. Load with `{% load registry_desk %}`."""

from datetime import date

from django import template

from muniment.interfaces.registry_clocks import clock_word, days_text, working_days_text
from muniment.interfaces.registry_fields import field_label

register = template.Library()
register.filter("field_label", field_label)
register.filter("clock_word", clock_word)
register.filter("working_days_text", working_days_text)


@register.filter
def days_to(due_on: date, on: date) -> str:
    """Show how far a day is from `on`: "12 days left", "due today", "3 days late"."""
    return days_text((due_on - on).days)


@register.filter
def clock_class(due_on: date, on: date) -> str:
    """Return the class of a clock: late, due within three days, or none."""
    left = (due_on - on).days
    return "late" if left < 0 else "due" if left <= 3 else ""
