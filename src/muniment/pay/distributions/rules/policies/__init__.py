"""What a distribution policy says, and reading one.

policy.py      the whole policy
tables.py      keys asked for by type, errors with file, line, key and remedy
numbers.py     exact numbers and roundings
pools.py       which money is divided by which usage
deductions.py  what is taken, of what base
points.py      what a usage line earns
formulas.py    figures made in named steps
recipients.py  fixed splits between groups
minimums.py    the least amount that is paid
adjustments.py who pays for what was paid to the wrong payee
waiting.py     hold reasons, clocks, releases
"""
