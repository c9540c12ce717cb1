"""What came in as files, what stages hand on as sealed batches, and the bulk road into the database.

In: a file, or an Arrow table. Out: an intake with its problems, or a batch that is checked each time it is opened.
Always: a file already imported is refused by name, and a sealed batch never changes.
"""
