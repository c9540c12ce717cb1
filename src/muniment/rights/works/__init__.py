"""Works, their recordings, and who holds which share of them.

In: repertoire files (tables, CWR, a Parquet of a whole catalogue) and single works typed by staff, each under the name
of the submitter who claims it. Out: the share question answered for any work, right, territory, day and state of
knowledge, and the repertoire that usage is matched against. Always: the parts of an answer sum to exactly the whole,
a claim that is contested is never paid, and no line once known is edited; it is closed and followed by another.
"""
