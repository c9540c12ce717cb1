"""Nothing is written here: statements and logs come from others, each in its own form; what we write is a table.

Lines that were read leave the house as CSV or XLSX through `kernel.formats.tables`, which lets no cell run.
"""
