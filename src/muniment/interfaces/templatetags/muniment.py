"""Template tags and filters that every page may use."""

from django import template
from django.http import QueryDict
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

from muniment.interfaces.pages import new_form_token
from muniment.interfaces.phrases import in_language, refusal_text
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.names import script_of
from muniment.kernel.words.shares import format_percent
from muniment.kernel.words.territory import territory_name

register = template.Library()
register.filter("in_language", in_language)
register.filter("refusal_text", refusal_text)

_RIGHT_TO_LEFT = {"Arab", "Hebr"}


@register.filter
def money(amount_micro: int | None, currency: str) -> str:
    """Show micro-units as an amount of `currency`, without the code: "1,234.50"; nothing for no amount."""
    return "" if amount_micro is None else _grouped(format_amount(amount_micro, currency))


@register.filter
def money_full(amount_micro: int, currency: str) -> str:
    """Show micro-units with every digit that is kept, so that columns add up before the reader's eyes."""
    return _grouped(format_amount(amount_micro, currency, full=True))


def _grouped(amount: str) -> str:
    """Part the thousands of a plain amount by commas, as both languages of the pages do."""
    whole, point, decimals = amount.partition(".")
    return f"{int(whole):,}{point}{decimals}" if whole != "-0" else amount


@register.filter
def percent(share_ppm: int) -> str:
    """Show ppm as a percentage, without the sign."""
    return format_percent(share_ppm)


@register.filter
def territory(code: int) -> str:
    """Show a TIS code as its English name."""
    return territory_name(code)


@register.filter
def territories(text: str) -> str:
    """Show TIS terms such as "2136 -840" by their English names: "World − United States"."""
    terms = [(term.startswith("-"), territory_name(int(term.lstrip("+-")))) for term in text.split()]
    return " ".join(f"− {name}" if excluded else name for excluded, name in terms)


@register.filter
def text_direction(text: str) -> str:
    """Return "rtl" or "ltr" for the attribute `dir` of a name or title."""
    return "rtl" if script_of(text) in _RIGHT_TO_LEFT else "ltr"


@register.filter
def duration(duration_ms: int | None) -> str:
    """Show milliseconds as m:ss or h:mm:ss; nothing for no duration."""
    if duration_ms is None:
        return ""
    minutes, seconds = divmod(duration_ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


@register.simple_tag
def form_token() -> SafeString:
    """Put the one-time token into a form; see `muniment.interfaces.pages.once`."""
    return format_html('<input type="hidden" name="form_token" value="{}">', new_form_token())


@register.simple_tag(takes_context=True)
def with_query(context: RequestContext, **changes: object) -> str:
    """Return the query string of this page with some parameters changed; an empty value takes one away."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"
