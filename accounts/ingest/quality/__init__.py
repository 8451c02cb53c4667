"""How good the facts are: how fresh, how complete, and which accounts look like one customer."""
