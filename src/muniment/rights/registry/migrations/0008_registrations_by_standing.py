from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_provisional_days")]

    operations = [
        migrations.AddIndex(
            model_name="registration",
            index=models.Index(fields=["profile", "state", "id"], name="registry_registration_standing"),
        ),
    ]
