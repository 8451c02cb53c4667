"""Reads probabilities beside what accounts are worth, and which features moved probabilities most."""

CURRENCIES = """
    SELECT r.currency, count(*) FROM predictions_accountprediction p JOIN accounts_accountrevenue r ON r.account_id = p.account_id
    WHERE r.arr > 0 GROUP BY r.currency ORDER BY count(*) DESC, r.currency
"""
WORTH = """
    SELECT p.probability, round(r.arr * %(share)s * 100) FROM predictions_accountprediction p
    JOIN accounts_accountrevenue r ON r.account_id = p.account_id WHERE r.arr > 0 AND r.currency = %(currency)s ORDER BY p.account_id
"""
# How far each feature moves probabilities from that of the typical account, on average over the accounts.
STRENGTH = """
    SELECT part.place, avg(abs(part.log_odds)) FROM predictions_accountprediction p
    CROSS JOIN unnest(p.parts) WITH ORDINALITY part(log_odds, place) WHERE p.model_id = %(model)s GROUP BY part.place ORDER BY 2 DESC, 1
"""
