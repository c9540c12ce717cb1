"""What was used: the reports that licensees send, line by line.

In: radio logs, set lists, streaming reports and any other table, as files. Out: one sealed batch of lines for each
report, and what was wrong with its other lines.
Always: a line keeps what was reported, untouched, beside what was understood; the same file is read once; a report is
there as a whole or not at all, and can be undone until it is distributed. Lines live in Parquet, never in the database.
"""
