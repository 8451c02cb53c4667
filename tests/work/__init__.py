"""Tests of cshub.work."""
