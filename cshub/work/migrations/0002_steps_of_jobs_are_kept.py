"""What steps of a job gave is kept until the job ends, for whoever goes on with it."""

import cshub.db.models
import cshub.kernel.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('work', '0001_outbox_jobs_and_kept_answers'),
    ]

    operations = [
        migrations.CreateModel(
            name='JobStep',
            fields=[
                ('id', models.UUIDField(db_default=cshub.db.models.NewId(), default=cshub.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('content', models.JSONField()),
                ('kept_at', models.DateTimeField()),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='work.job')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('job', 'name'), name='a_step_of_a_job_is_kept_once')],
            },
        ),
    ]
