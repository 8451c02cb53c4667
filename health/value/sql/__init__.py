"""Statements that read what values stand on and write them, for all accounts at once."""
