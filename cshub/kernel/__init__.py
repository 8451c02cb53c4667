"""Pure Python that everybody shares: money, periods, ids."""
