"""Words of the registry, for the pages. Load with `{% load registry_words %}`."""

from django import template

from muniment.interfaces.registry_words import registry_word, state_colour

register = template.Library()
register.filter("registry_word", registry_word)
register.filter("state_colour", state_colour)
