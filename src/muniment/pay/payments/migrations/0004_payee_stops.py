"""Documents of deaths and sanctions, and the reasons why nothing is paid that follow from them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0003_seen_entry'),
    ]

    operations = [
        migrations.AlterField(
            model_name='documentrecord',
            name='kind',
            field=models.CharField(choices=[('residence', 'residence'), ('vat', 'vat'), ('at_source', 'at_source'), ('death', 'death'), ('sanction', 'sanction')], max_length=10),
        ),
        migrations.AlterField(
            model_name='paymentslip',
            name='held',
            field=models.CharField(blank=True, choices=[('a sanction forbids to pay this payee', 'a sanction forbids to pay this payee'), ('the payee died, and it is not known who the estate is', 'the payee died, and it is not known who the estate is'), ('no residence document is on file, and the policy asks for one', 'no residence document is on file, and the policy asks for one'), ('the balance is below zero and is carried forward', 'the balance is below zero and is carried forward'), ('below the minimum', 'below the minimum'), ('kept until an instalment of an advance has come in', 'kept until an instalment of an advance has come in'), ('the fees are more than what is left', 'the fees are more than what is left'), ('no approved bank account', 'no approved bank account'), ('the bank account was changed, and payments to it wait', 'the bank account was changed, and payments to it wait'), ('in a batch that waits for approval', 'in a batch that waits for approval'), ('the bank returned the last payment to this account', 'the bank returned the last payment to this account'), ('paid in another currency or in another way', 'paid in another currency or in another way')], max_length=80),
        ),
    ]
