"""The rules of the registry, without the database.

`contents` says what files hash to and how they are listed, `hashing` reads them once, `likeness` finds near
duplicates, `numbers` are the numbers with their checks, `hash_lists` the file that a depositor makes at home.
`application` is what an applicant states, `profiles` what a registry asks for, `precheck` what is wrong between the
two, `standing` where an application stands, `calendars` the working days of its clocks; `tables` reads rules as data.
"""
