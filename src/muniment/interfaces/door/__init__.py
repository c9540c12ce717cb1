"""What the one door does with a file once it is known what it is.

In: a file that was recognised, and what a person says about it. Out: the import by the service that it belongs to.
`ways_in` has a way for each thing that a file becomes, `ways_out` what can be written and in which formats; the
command line and the office page both go through them.
"""
