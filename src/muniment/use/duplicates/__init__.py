"""Which records of the register are one work, or one party.

In: the repertoire and the register, whole or what one file brought. Out: pairs with a score and its reasons, to be
merged, said to be different, and taken back. Always: a pair is told once, the lower id first; what a person said to be
different is never proposed again; nothing is merged by a score alone; every merge can be undone.
"""
