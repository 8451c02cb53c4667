"""Reads files and values as people write them: pure, without a database."""
