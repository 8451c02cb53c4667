"""From the bytes of a request to judged events: nothing here asks the database."""
