"""Editions of works with their numbers; what else a recording tells: version, P line, controller, credits."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("batches", "0001_initial"),
        ("works", "0004_cwr_cycle"),
    ]

    operations = [
        migrations.AddField(
            model_name="recording",
            name="controller",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="recording",
            name="credits",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="recording",
            name="p_line",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="recording",
            name="version",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=10)),
                ("title", models.TextField()),
                ("subtitle", models.TextField(blank=True, default="")),
                ("form", models.CharField(blank=True, default="", max_length=60)),
                ("publisher", models.TextField(blank=True, default="")),
                ("imprint", models.TextField(blank=True, default="")),
                ("published", models.CharField(blank=True, default="", max_length=40)),
                ("statement", models.TextField(blank=True, default="")),
                ("languages", models.CharField(blank=True, default="", max_length=80)),
                ("series", models.TextField(blank=True, default="")),
                ("coverage", models.TextField(blank=True, default="")),
                ("url", models.TextField(blank=True, default="")),
                ("page_count", models.IntegerField(null=True)),
                ("claim", models.CharField(max_length=80)),
                ("reference", models.CharField(blank=True, default="", max_length=120)),
                ("known_from", models.DateTimeField()),
                ("known_to", models.DateTimeField(null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="batches.intake",
                    ),
                ),
                (
                    "intake",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="batches.intake",
                    ),
                ),
                (
                    "work",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="works.work"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EditionNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.CharField(max_length=20)),
                ("number", models.CharField(max_length=120)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="works.edition"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="edition",
            index=models.Index(fields=["claim", "reference"], name="works_edition_reference"),
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("known_to__isnull", True), ("known_to__gte", models.F("known_from")), _connector="OR"
                ),
                name="works_edition_known",
            ),
        ),
        migrations.AddIndex(
            model_name="editionnumber",
            index=models.Index(fields=["number", "scheme"], name="works_edition_number"),
        ),
        migrations.AddConstraint(
            model_name="editionnumber",
            constraint=models.UniqueConstraint(
                fields=("edition", "scheme", "number"), name="works_edition_number_once"
            ),
        ),
    ]
