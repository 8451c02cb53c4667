"""Statements about the quality of facts."""
