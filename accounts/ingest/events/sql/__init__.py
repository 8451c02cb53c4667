"""The statements of events: each over all rows of a turn at once."""
