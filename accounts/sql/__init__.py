"""Set-based writes of the facts: each function is one statement over all its rows."""
