"""PostgreSQL looks at the transfers of a statement set by set, and finds those of an entry by a summary."""

from django.db import migrations

from muniment.trust.ledger.triggers import narrowed


class Migration(migrations.Migration):

    dependencies = [("ledger", "0002_seals_and_guards")]

    operations = [narrowed()]
