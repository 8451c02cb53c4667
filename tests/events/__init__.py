"""Events: taken in once, whoever sends them, however often, in whatever order."""
