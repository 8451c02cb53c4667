"""Lets lists of accounts be read in the order of value and of cost to serve, a page at a time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("value", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="accountvalue",
            index=models.Index(fields=["-amount", "account"], name="value_by_amount"),
        ),
        migrations.AddIndex(
            model_name="accountvalue",
            index=models.Index(fields=["-cost", "account"], name="value_by_cost"),
        ),
    ]
