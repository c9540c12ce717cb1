"""The index of words: full text of each database, because no table of Django's describes it."""

from django.db import migrations


def create_index(apps, schema_editor):
    """Create the index in the dialect of the database."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE TABLE works_words (work_id bigint PRIMARY KEY, words tsvector NOT NULL)")
        schema_editor.execute("CREATE INDEX works_words_index ON works_words USING gin (words)")
    else:
        schema_editor.execute(
            "CREATE VIRTUAL TABLE works_words USING fts5 (words, detail=none,"
            " tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* Co'\")"
        )


def drop_index(apps, schema_editor):
    """Drop it again."""
    schema_editor.execute("DROP TABLE works_words")


class Migration(migrations.Migration):
    dependencies = [("works", "0001_initial")]

    operations = [migrations.RunPython(create_index, drop_index)]
