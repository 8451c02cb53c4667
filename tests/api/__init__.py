"""Tests of cshub.api."""
