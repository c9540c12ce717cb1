"""Template tags and filters that every page may use."""

from django import template

from muniment.kernel.words.money import format_amount
from muniment.kernel.words.shares import format_percent

register = template.Library()


@register.filter
def money(amount_micro: int, currency: str) -> str:
    """Show micro-units as an amount of `currency`, without the code."""
    return format_amount(amount_micro, currency)


@register.filter
def percent(share_ppm: int) -> str:
    """Show ppm as a percentage, without the sign."""
    return format_percent(share_ppm)
