"""The door for programs, and the pages for people."""
