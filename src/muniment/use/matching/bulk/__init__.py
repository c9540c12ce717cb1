"""The columnar path of matching: Arrow columns in, Arrow columns out, numpy in between.

`repertoire` builds the index, `match` answers lines with it; `postings` and `grams` are the two lookups both rest on.
"""
