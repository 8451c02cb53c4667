"""The arithmetic of health: what a scorecard says, and what follows from it. Pure Python, no database."""
