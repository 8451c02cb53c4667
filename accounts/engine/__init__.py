"""Arithmetic of the facts: pure, without a database."""
