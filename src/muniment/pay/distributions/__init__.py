"""Pools, rules, runs, allocations, holds and statements.

In: the money of funds, sealed usage lines with their matches, shares and payees as known at one instant, and a policy
(data, in `policies/`). Out: a run that divides each pool to the micro-unit, ledger entries, statements. Always: a pool
is its deductions plus what is payable plus what is held; a computed run replays from its frozen inputs to the same
digest; the person who made a run never approves it.
"""
