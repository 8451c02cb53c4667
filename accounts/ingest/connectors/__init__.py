"""Fetches facts from other systems on a schedule. One adapter a kind of system, in `adapters/`; adding one is copying one."""
