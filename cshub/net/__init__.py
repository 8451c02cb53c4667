"""Talks to other people's servers without being led astray."""
