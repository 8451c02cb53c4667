
import cshub.db.models
import cshub.kernel.ids
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEvent',
            fields=[
                ('id', models.UUIDField(db_default=cshub.db.models.NewId(), default=cshub.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField(unique=True, verbose_name='number')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('actor_id', models.UUIDField(blank=True, null=True, verbose_name='actor')),
                ('actor_label', models.CharField(blank=True, max_length=254, verbose_name='who')),
                ('verb', models.CharField(max_length=100, verbose_name='what')),
                ('object_type', models.CharField(blank=True, max_length=100, verbose_name='kind of object')),
                ('object_id', models.CharField(blank=True, max_length=64, verbose_name='object')),
                ('object_label', models.CharField(blank=True, max_length=200, verbose_name='on what')),
                ('before', models.JSONField(blank=True, null=True, verbose_name='before')),
                ('after', models.JSONField(blank=True, null=True, verbose_name='after')),
                ('previous_hash', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
            ],
            options={
                'verbose_name': 'audit event',
                'verbose_name_plural': 'audit trail',
                'ordering': ('-seq',),
                'indexes': [models.Index(fields=['object_type', 'object_id', 'seq'], name='audit_by_object'), models.Index(fields=['actor_id', 'seq'], name='audit_by_actor'), models.Index(fields=['verb', 'seq'], name='audit_by_verb')],
            },
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.UUIDField(db_default=cshub.db.models.NewId(), default=cshub.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField(default=0)),
                ('hash', models.CharField(max_length=64)),
            ],
            options={
                'verbose_name': 'head of the audit trail',
                'verbose_name_plural': 'head of the audit trail',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', uuid.UUID('00000000-0000-0000-0000-000000000001'))), name='audit_trail_has_one_head')],
            },
        ),
    ]
