"""The columnar path of a distribution: usage lines, matches and shares in, one exact amount for each share part out.

    points.py     what each line earns
    shares.py     the answers of the share question, asked line by line and spread over amounts
    counting.py   what works count: steps, caps, roundings, weights of reports
    splitting.py  shares divided again between groups of owners
    grouping.py   lines summed by report, work and answer
    dividing.py   a pool to its works: floors, then a unit for each largest remainder
    wide.py       exact quotients of 128-bit products
    pools.py      all of it: one pool to its allocations
    warm.py       compiles everything before its first use

Integers only: no floating-point number ever becomes an amount. The result does not depend on the order of the lines,
nor on how they were cut up. The same is said a second time, in SQL, in `queries/verification.py`.
"""

from muniment.pay.distributions.bulk.counting import Weighing
from muniment.pay.distributions.bulk.dividing import NegativeUse, TooManyPoints, divide_exactly, parts_between
from muniment.pay.distributions.bulk.grouping import PoolLines, group_lines
from muniment.pay.distributions.bulk.points import line_points
from muniment.pay.distributions.bulk.pools import allocate, allocate_pool
from muniment.pay.distributions.bulk.shares import ShareIndex, index_shares
from muniment.pay.distributions.bulk.splitting import split_index

__all__ = [
    "NegativeUse",
    "PoolLines",
    "ShareIndex",
    "TooManyPoints",
    "Weighing",
    "allocate",
    "allocate_pool",
    "divide_exactly",
    "group_lines",
    "index_shares",
    "line_points",
    "parts_between",
    "split_index",
]
