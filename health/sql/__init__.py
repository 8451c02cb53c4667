"""A scorecard as one SQL statement: measures, points, verdicts, history and changes of band for all accounts at once."""
