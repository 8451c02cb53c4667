"""Pages of the health model."""
