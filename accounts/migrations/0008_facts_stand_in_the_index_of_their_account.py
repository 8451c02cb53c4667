"""Facts that are read of all accounts at once stand in the index of their account, and the plain index beside it goes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_notes_of_changes_without_a_look_up'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='interaction',
            name='interaction_by_account',
        ),
        migrations.RemoveIndex(
            model_name='invoice',
            name='invoice_by_account',
        ),
        migrations.RemoveIndex(
            model_name='revenuemovement',
            name='movement_by_account',
        ),
        migrations.RemoveIndex(
            model_name='surveyresponse',
            name='response_by_account',
        ),
        migrations.AlterField(
            model_name='contract',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='contracts', to='accounts.account', verbose_name='account'),
        ),
        migrations.AlterField(
            model_name='interaction',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='interactions', to='accounts.account', verbose_name='account'),
        ),
        migrations.AlterField(
            model_name='invoice',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='invoices', to='accounts.account', verbose_name='account'),
        ),
        migrations.AlterField(
            model_name='payment',
            name='invoice',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='payments', to='accounts.invoice', verbose_name='invoice'),
        ),
        migrations.AlterField(
            model_name='revenuemovement',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='accounts.account', verbose_name='account'),
        ),
        migrations.AlterField(
            model_name='surveyresponse',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='survey_responses', to='accounts.account', verbose_name='account'),
        ),
        migrations.AddIndex(
            model_name='contract',
            index=models.Index(fields=['account'], include=('starts_on', 'ends_on', 'notice_days', 'term_months', 'recorded_at'), name='contract_by_account'),
        ),
        migrations.AddIndex(
            model_name='interaction',
            index=models.Index(fields=['account', '-occurred_at'], include=('direction', 'mode', 'minutes', 'recorded_at'), name='interaction_by_account'),
        ),
        migrations.AddIndex(
            model_name='invoice',
            index=models.Index(fields=['account', '-issued_on'], include=('id', 'due_on', 'amount', 'currency', 'recorded_at'), name='invoice_by_account'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['invoice'], include=('paid_on', 'amount', 'recorded_at'), name='payment_by_invoice'),
        ),
        migrations.AddIndex(
            model_name='revenuemovement',
            index=models.Index(fields=['account', 'occurred_on'], include=('amount', 'recorded_at'), name='movement_by_account'),
        ),
        migrations.AddIndex(
            model_name='surveyresponse',
            index=models.Index(fields=['account', '-occurred_at'], include=('kind', 'score', 'recorded_at'), name='response_by_account'),
        ),
    ]
