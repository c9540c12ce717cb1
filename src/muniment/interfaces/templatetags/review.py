"""Template filters of the review pages."""

from django import template

from muniment.interfaces.reasons import reason_text

register = template.Library()


@register.filter
def reason(text: str) -> str:
    """Show a reason of the matcher in the language of the page."""
    return reason_text(text)


@register.filter
def probability(share_ppm: int) -> str:
    """Show a probability in percent, finer where it is nearly certain: "87.3", "99.87", "99.9996", "100"."""
    if share_ppm in (0, 1_000_000):
        return str(share_ppm // 10_000)
    places = 1 if 10_000 <= share_ppm <= 990_000 else 2 if 1_000 <= share_ppm <= 999_000 else 4
    return f"{share_ppm / 10_000:.{places}f}"


@register.filter
def log_odds(weight: int) -> str:
    """Show thousandths of log-odds with their sign: 4150 is "+4.15"."""
    return f"{'−' if weight < 0 else '+'}{abs(weight) / 1_000:.2f}"
