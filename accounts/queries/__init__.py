"""Questions about facts that pages, reports and endpoints ask: one module a topic."""
