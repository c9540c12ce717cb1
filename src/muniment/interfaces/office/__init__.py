"""Pages for the staff of the society, one module for each domain package.

A module names its addresses in `urlpatterns` (they get the prefix `office/` and the namespace `office:`) and its
lines of the menu in `NAVIGATION`. Its templates lie in templates/office/<module>/ and extend base.html.
"""
