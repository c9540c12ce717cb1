"""Where every cent is: accounts, entries and transfers.

In: drafts of entries, each a set of transfers from one account to another. Out: entries that are chained by their
hashes, and balances. Always: every transfer takes from one account what it gives to another, so the books balance by
construction; nothing is ever changed, a correction is a new entry.
"""
