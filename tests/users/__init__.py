"""Tests of cshub.users."""
