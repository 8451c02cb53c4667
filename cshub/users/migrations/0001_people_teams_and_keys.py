
import cshub.db.models
import cshub.kernel.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(db_default=cshub.db.models.NewId(), default=cshub.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, verbose_name='email')),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('role', models.CharField(choices=[('csm', 'CSM'), ('agent', 'Support agent'), ('manager', 'Manager'), ('finance', 'Finance'), ('admin', 'Admin')], default='csm', max_length=20, verbose_name='role')),
                ('language', models.CharField(blank=True, choices=[(None, 'As the browser asks for'), ('en', 'English'), ('pl', 'Polski'), ('ru', 'Русский'), ('fa', 'فارسی')], default='', max_length=10, verbose_name='language')),
                ('digits', models.CharField(blank=True, choices=[(None, 'As the language writes them'), ('latin', 'Latin (0123)'), ('persian', 'Persian (۰۱۲۳)')], default='', max_length=10, verbose_name='digits')),
                ('calendar', models.CharField(blank=True, choices=[(None, 'As the language counts'), ('gregorian', 'Gregorian'), ('jalali', 'Jalali')], default='', max_length=10, verbose_name='calendar')),
                ('theme', models.CharField(choices=[('auto', 'As the device'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=10, verbose_name='theme')),
                ('timezone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
                ('shortcuts_on', models.BooleanField(default=True, verbose_name='keyboard shortcuts')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'ordering': ('name', 'id'),
            },
        ),
        migrations.CreateModel(
            name='SignInCounter',
            fields=[
                ('id', models.UUIDField(db_default=cshub.db.models.NewId(), default=cshub.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=64, unique=True)),
                ('failed_count', models.PositiveIntegerField(default=0)),
                ('window_started_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'sign-in counter',
                'verbose_name_plural': 'sign-in counters',
            },
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(db_default=cshub.db.models.NewId(), default=cshub.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('prefix', models.CharField(max_length=20, unique=True, verbose_name='prefix')),
                ('digest', models.CharField(max_length=64, unique=True, verbose_name='digest')),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('read', 'Read'), ('write', 'Write'), ('events:write', 'Send events'), ('admin', 'Administer')], max_length=20), size=None, verbose_name='scopes')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='expires at')),
                ('last_used_at', models.DateTimeField(blank=True, null=True, verbose_name='last used at')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='revoked at')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_keys', to=settings.AUTH_USER_MODEL, verbose_name='user')),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
                'ordering': ('-created_at', 'id'),
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.UUIDField(db_default=cshub.db.models.NewId(), default=cshub.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100, verbose_name='name')),
            ],
            options={
                'verbose_name': 'team',
                'verbose_name_plural': 'teams',
                'ordering': ('name',),
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='team_names_are_unique')],
            },
        ),
        migrations.AddField(
            model_name='user',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='users', to='users.team', verbose_name='team'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='one_user_per_email'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['csm', 'agent', 'manager', 'finance', 'admin'])), name='role_is_known'),
        ),
    ]
