"""PostgreSQL goes through the transfers of a statement twice, not three times, and compiles nothing for it."""

from django.db import migrations

from muniment.trust.ledger.triggers import looked_at_twice


class Migration(migrations.Migration):

    dependencies = [("ledger", "0003_one_look_at_a_statement")]

    operations = [looked_at_twice()]
