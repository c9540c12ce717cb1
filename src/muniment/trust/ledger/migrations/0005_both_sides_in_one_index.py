"""PostgreSQL finds the transfers of an account by one inverted index, not by a tree for each side."""

from django.db import migrations

from muniment.trust.ledger.triggers import both_sides_indexed


class Migration(migrations.Migration):

    dependencies = [("ledger", "0004_two_looks_at_transfers")]

    operations = [both_sides_indexed()]
