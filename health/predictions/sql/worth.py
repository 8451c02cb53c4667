"""Reads probabilities beside what accounts are worth, and which features moved probabilities most."""

# The currency is null where the value of an account is not known.
CURRENCIES = """
    SELECT v.currency, count(*) FROM predictions_accountprediction p
    LEFT JOIN value_accountvalue v ON v.account_id = p.account_id AND v.at_stake IS NOT NULL
    GROUP BY v.currency ORDER BY v.currency IS NULL, count(*) DESC, v.currency
"""
WORTH = """
    SELECT p.probability, round(v.at_stake * 100) FROM predictions_accountprediction p
    JOIN value_accountvalue v ON v.account_id = p.account_id AND v.at_stake IS NOT NULL AND v.currency = %(currency)s ORDER BY p.account_id
"""
# How far each feature moves probabilities from that of the typical account, on average over the accounts.
STRENGTH = """
    SELECT part.place, avg(abs(part.log_odds)) FROM predictions_accountprediction p
    CROSS JOIN unnest(p.parts) WITH ORDINALITY part(log_odds, place) WHERE p.model_id = %(model)s GROUP BY part.place ORDER BY 2 DESC, 1
"""
