"""Entries reserve the numbers of their transfers and may say dimensions; transfers are guarded; days are sealed."""

import django.db.models.deletion
from django.db import migrations, models

from muniment.trust.access.triggers import append_only
from muniment.trust.ledger.triggers import guarded, unlocked


def _reference(to: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
    )


class Migration(migrations.Migration):

    dependencies = [("ledger", "0001_initial")]

    operations = [
        unlocked("ledger_entry"),
        unlocked("ledger_transfer"),
        migrations.AddField("entry", "dimensions", models.TextField(blank=True, db_default="")),
        migrations.AddField("entry", "first_transfer", models.BigIntegerField(null=True)),
        migrations.AlterField("transfer", "entry", _reference("ledger.entry")),
        migrations.AlterField("transfer", "debit", _reference("ledger.account")),
        migrations.AlterField("transfer", "credit", _reference("ledger.account")),
        append_only("ledger_entry"),
        append_only("ledger_transfer"),
        guarded(),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("last_entry", models.BigIntegerField()),
                ("entry_count", models.BigIntegerField()),
                ("sealed_at", models.DateTimeField()),
                ("sealed_by", models.CharField(max_length=150)),
                ("public_key", models.CharField(max_length=64)),
                ("body", models.TextField()),
                ("signature", models.CharField(max_length=128)),
                ("hash", models.CharField(max_length=64)),
            ],
        ),
        append_only("ledger_seal"),
    ]
