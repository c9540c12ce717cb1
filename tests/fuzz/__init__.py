"""Fuzzing of every format at the one door, guided by coverage: `python -m tests.fuzz --minutes 60 --format all`.

`coverage` says whether a file went where none went before, `mutating` makes files of files, `trying` does with a file
everything that the house does, `seeds` has the first ones, `campaign` puts these together in a process that is
watched. What was interesting is kept in `corpus`, one folder a format; all of it is invented.
"""
