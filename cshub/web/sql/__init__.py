"""Statements of the pages that no queryset can say."""
