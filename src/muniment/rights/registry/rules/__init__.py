"""The rules of the registry, without the database.

`contents` says what files hash to and how they are listed, `hashing` reads them once, `likeness` finds near
duplicates, `numbers` are the numbers with their check digits, `hash_lists` the file that a depositor makes at home.
"""
