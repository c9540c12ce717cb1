"""What every page shares: who is looking, and what the frame around the page shows."""

from django.conf import settings
from django.http import HttpRequest


def page_context(request: HttpRequest) -> dict[str, object]:
    """Return what the frame of every page needs."""
    return {"society": settings.MUNIMENT_SOCIETY, "path": request.path}
