"""Pure arithmetic of keeping a prediction: no Django, no database."""
