"""What pages and reports ask about the quality of facts: one file a topic."""
