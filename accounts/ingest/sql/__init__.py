"""Compares staged rows with what is there, set by set."""
