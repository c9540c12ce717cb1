from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("matching", "0003_index_life"),
    ]

    operations = [
        migrations.CreateModel(
            name="ModelChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("model_version", models.CharField(blank=True, max_length=64)),
                ("asked_ppm", models.IntegerField()),
                ("chosen_by", models.CharField(max_length=150)),
                ("chosen_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("asked_ppm__gt", 0), ("asked_ppm__lte", 1000000)),
                        name="matching_choice_is_a_share",
                    )
                ],
            },
        ),
    ]
