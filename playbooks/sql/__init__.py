"""The statements of playbooks that work on many rows at once."""
