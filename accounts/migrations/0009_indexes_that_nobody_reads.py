"""Indexes that only cost: twice the same, full of rows that refer to nothing, or made for beginnings of external IDs, by which nobody looks."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TWICE = {
    "accounts_account_owner_id_7b1fcbd0": "accounts_account (owner_id)",
    "accounts_account_parent_id_1cd823ad": "accounts_account (parent_id)",
    "accounts_account_merged_into_id_fe23a809": "accounts_account (merged_into_id)",
    "accounts_contract_co_term_with_id_fa055105": "accounts_contract (co_term_with_id)",
    "accounts_renewal_contract_id_1bbc3c16": "accounts_renewal (contract_id)",
}
BEGINNINGS = {
    "accounts_account_external_id_9b040868_like": "accounts_account (external_id varchar_pattern_ops)",
    "accounts_contact_external_id_eade5ce5_like": "accounts_contact (external_id varchar_pattern_ops)",
    "accounts_contract_external_id_4b306aed_like": "accounts_contract (external_id varchar_pattern_ops)",
    "accounts_contractline_external_id_e1cd740e_like": "accounts_contractline (external_id varchar_pattern_ops)",
    "accounts_interaction_external_id_0a9403cb_like": "accounts_interaction (external_id varchar_pattern_ops)",
    "accounts_invoice_external_id_a69829b4_like": "accounts_invoice (external_id varchar_pattern_ops)",
    "accounts_order_external_id_5dede8ba_like": "accounts_order (external_id varchar_pattern_ops)",
    "accounts_payment_external_id_8e71de58_like": "accounts_payment (external_id varchar_pattern_ops)",
    "accounts_product_external_id_e1a725b4_like": "accounts_product (external_id varchar_pattern_ops)",
    "accounts_revenuemovement_source_ref_9982a7b6_like": "accounts_revenuemovement (source_ref varchar_pattern_ops)",
    "accounts_surveyresponse_external_id_2325ee01_like": "accounts_surveyresponse (external_id varchar_pattern_ops)",
    "accounts_ticket_external_id_de3c5055_like": "accounts_ticket (external_id varchar_pattern_ops)",
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_facts_stand_in_the_index_of_their_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # First the indexes that take their place. Then by name, since altering the fields would look up every reference again.
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("parent__isnull", False)), fields=["parent"], name="account_by_parent"
            ),
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="account_by_survivor"
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(
                condition=models.Q(("co_term_with__isnull", False)), fields=["co_term_with"], name="contract_by_main"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", f"CREATE INDEX {name} ON {place}")
                for name, place in (TWICE | BEGINNINGS).items()
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="account",
                    name="merged_into",
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="absorbed", to="accounts.account", verbose_name="merged into"),
                ),
                migrations.AlterField(
                    model_name="account",
                    name="owner",
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="accounts", to=settings.AUTH_USER_MODEL, verbose_name="owner"),
                ),
                migrations.AlterField(
                    model_name="account",
                    name="parent",
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="children", to="accounts.account", verbose_name="parent account"),
                ),
                migrations.AlterField(
                    model_name="contract",
                    name="co_term_with",
                    field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="co_termed", to="accounts.contract", verbose_name="ends together with"),
                ),
                migrations.AlterField(
                    model_name="renewal",
                    name="contract",
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="renewals", to="accounts.contract", verbose_name="contract"),
                ),
            ],
        ),
    ]
