"""Whose a staged row is: its account by external ID, and a contact there by external ID or e-mail."""

from accounts.sql.aliases import KNOWN_ACCOUNTS

ACCOUNT = f"LEFT JOIN {KNOWN_ACCOUNTS} account ON account.external_id = given.account"

PEOPLE = f"""people AS MATERIALIZED (
        SELECT DISTINCT ON (contact.account_id, lower(contact.email)) contact.account_id, lower(contact.email) AS email, contact.id
        FROM accounts_contact contact
        WHERE contact.email <> '' AND contact.account_id IN (
            SELECT account.id FROM staged_rows given JOIN {KNOWN_ACCOUNTS} account ON account.external_id = given.account WHERE given.contact IS NOT NULL
        )
        ORDER BY contact.account_id, lower(contact.email), contact.left_on DESC NULLS FIRST, contact.id
    )"""  # noqa: S608

CONTACT = """
        LEFT JOIN accounts_contact person ON person.external_id = given.contact
        LEFT JOIN people ON person.id IS NULL AND people.account_id = account.id AND people.email = lower(given.contact)
"""
CONTACT_ID = "coalesce(person.id, people.id)"
PERSON_ACCOUNT = "coalesce(person.account_id, people.account_id)"

# For a CASE over columns of those names.
PROBLEMS = """
                    WHEN account_id IS NULL THEN 'unknown_account'
                    WHEN contact IS NOT NULL AND contact_id IS NULL THEN 'unknown_contact'
                    WHEN person_account_id <> account_id THEN 'contact_elsewhere'
"""
VERDICT = "CASE WHEN problem IS NOT NULL THEN 'fault' WHEN present_id IS NULL THEN 'added' WHEN differs THEN 'updated' ELSE 'unchanged' END AS verdict"
