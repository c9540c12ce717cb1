"""The log in the menu of the office; its page is public, because strangers are to see the same."""

from django.utils.translation import gettext_lazy

from muniment.interfaces.navigation import Entry
from muniment.trust.access.rules import Action

NAVIGATION = [Entry(gettext_lazy("The log"), "public:log", Action.LOG_READ, 96)]
