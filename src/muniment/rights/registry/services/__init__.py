"""Writes of the registry.

`bags` keep bytes on the disk, `deposits` come in and are forgotten, `certificates` go out.
"""
