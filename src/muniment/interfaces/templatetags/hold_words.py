"""Words of money that waits, for the pages. Load with `{% load hold_words %}`."""

from django import template

from muniment.interfaces.hold_words import hold_name

register = template.Library()
register.filter("hold_name", hold_name)
