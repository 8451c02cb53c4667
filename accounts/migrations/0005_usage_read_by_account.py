"""The key of daily usage carries its values, so that the days of one account are read in one place, however far apart they arrived."""

from django.db import migrations

REPLACE = """
ALTER TABLE accounts_usagedaily DROP CONSTRAINT accounts_usagedaily_pkey,
  ADD CONSTRAINT accounts_usagedaily_pkey PRIMARY KEY (account_id, metric_id, day){include}"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_facts_by_arrival")]

    operations = [
        migrations.RunSQL(
            REPLACE.format(include=" INCLUDE (value, active_users, recorded_at)"), REPLACE.format(include="")
        )
    ]
