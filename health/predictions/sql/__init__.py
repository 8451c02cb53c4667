"""Statements that read what predictions stand on and write them, for all accounts at once."""
