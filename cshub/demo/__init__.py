"""A simulated company whose playbooks have a known true effect, and whose naive comparison lies."""
