"""The addresses: office/, portal/, public/ and api/ gather the modules in the interfaces' folders."""

from types import ModuleType

from django.contrib.auth import views as login_views
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from muniment.interfaces import home, office, portal, public
from muniment.interfaces.api import build_api
from muniment.interfaces.navigation import modules_of


def addresses_of(package: ModuleType, namespace: str) -> tuple[list[URLPattern | URLResolver], str]:
    """Return the urlpatterns of every module in a package, as `include` wants them."""
    return [pattern for module in modules_of(package) for pattern in getattr(module, "urlpatterns", [])], namespace


urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("login/", login_views.LoginView.as_view(template_name="login.html"), name="login"),
    path("logout/", login_views.LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
    path("office/", include(addresses_of(office, "office"))),
    path("portal/", include(addresses_of(portal, "portal"))),
    path("public/", include(addresses_of(public, "public"))),
    path("api/", build_api().urls),
]

handler403 = "muniment.interfaces.home.forbidden"
