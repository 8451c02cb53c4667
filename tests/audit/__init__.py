"""Tests of cshub.audit."""
