"""Which work each reported use is of.

In: the lines of usage reports and the repertoire, both as Arrow tables, and the decisions people made before.
Out: a sealed batch of matches, one row a line, with a score and its reasons; a review queue; the unidentified list.
Always: a line is matched only above the threshold and clear of its runner-up; a decision of a person outranks every
score; equal lines get equal answers; ties are broken by (score, work id).
"""
