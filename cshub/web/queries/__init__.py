"""What the pages across apps ask, each in a fixed number of queries."""
