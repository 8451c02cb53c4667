"""Comparisons of the product with statements written by hand, in one run."""
