"""Measuring an installation: rows for each second and memory of every stage, and the time of the heaviest pages.

In: an empty home and a scale, or a real repertoire and a real radio log. Out: one table and a JSON file. Always: the
stages are the commands that people type, on the database of the settings; nothing here is a test.
"""

from muniment.interfaces.bench.matching import measure_matching
from muniment.interfaces.bench.measure import Measure, Measures, peak_memory_mib
from muniment.interfaces.bench.pages import measure_pages
from muniment.interfaces.bench.real import real_steps

__all__ = ["Measure", "Measures", "measure_matching", "measure_pages", "peak_memory_mib", "real_steps"]
