"""Merges of works: which record was led to which, when, and what an undo needs."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("works", "0002_words")]

    operations = [
        migrations.CreateModel(
            name="WorkMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("filled", models.JSONField(default=dict)),
                ("versions", models.JSONField(default=list)),
                ("merged_at", models.DateTimeField()),
                ("merged_by", models.CharField(max_length=150)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "dropped",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="works.work"
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="works.work"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MergedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("table", models.CharField(max_length=12)),
                ("closed_id", models.BigIntegerField(null=True)),
                ("opened_id", models.BigIntegerField(null=True)),
                (
                    "merge",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="works.workmerge"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="workmerge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)), fields=("dropped",), name="works_merge_one_in_force"
            ),
        ),
        migrations.AddConstraint(
            model_name="workmerge",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept", models.F("dropped")), _negated=True), name="works_merge_not_itself"
            ),
        ),
        migrations.AddConstraint(
            model_name="workmerge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("undone_at__isnull", True), ("undone_at__gte", models.F("merged_at")), _connector="OR"
                ),
                name="works_merge_order",
            ),
        ),
    ]
