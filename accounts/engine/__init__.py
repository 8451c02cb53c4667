"""Arithmetic over facts, without a database."""

from accounts.engine.buying import FARTHEST_DAYS, FEWEST_ORDERS, RunOut, run_out, seasonal_index, t_quantiles

__all__ = ["FARTHEST_DAYS", "FEWEST_ORDERS", "RunOut", "run_out", "seasonal_index", "t_quantiles"]
