import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("events", "0002_names_for_people"),
    ]

    operations = [
        migrations.AddField(
            model_name="appuser",
            name="alias_of",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="events.appuser", verbose_name="an earlier ID of"),
        ),
        migrations.AddField(
            model_name="appuser",
            name="alias_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="known as that since"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                # a user's days are found when two users turn out to be one
                migrations.RunSQL(
                    "alter table events_dailyuser drop constraint events_dailyuser_pkey, add primary key (user_id, day, account_id, name_id)",
                    "alter table events_dailyuser drop constraint events_dailyuser_pkey, add primary key (account_id, day, name_id, user_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="dailyuser",
                    name="pk",
                    field=models.CompositePrimaryKey("user_id", "day", "account_id", "name_id", blank=True, editable=False, primary_key=True, serialize=False),
                ),
            ],
        ),
        migrations.RemoveIndex(model_name="seenmessage", name="seen_message_by_day"),
        migrations.AddIndex(
            model_name="seenmessage",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["seen_on"], name="seen_message_by_day"),
        ),
    ]
