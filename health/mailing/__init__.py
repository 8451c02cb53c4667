"""The mail that tells people which accounts of their book changed band."""
