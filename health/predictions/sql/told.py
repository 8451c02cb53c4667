"""Reads what the page of an account says about its leaving."""

TOLD = """
    SELECT p.account_id, p.model_id, p.probability, p.low, p.high, p.parts, p.predicted_at,
        m.id AS model__id, m.number AS model__number, m.horizon_days AS model__horizon_days, m.features AS model__features,
        m.parameters AS model__parameters
    FROM predictions_accountprediction p JOIN predictions_predictionmodel m ON m.id = p.model_id
    WHERE p.account_id = %(account)s
"""

SCORED = "SELECT account_id, version_id, score, raw FROM health_accounthealth WHERE account_id = %(account)s"

LATEST = """
    SELECT b.id, b.as_of, b.horizon_days, b.bands, b.decision, b.reasons, b.model_id, m.id AS model__id, m.number AS model__number
    FROM predictions_backtest b LEFT JOIN predictions_predictionmodel m ON m.id = b.model_id
    ORDER BY b.as_of DESC LIMIT 1
"""
