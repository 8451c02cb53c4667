"""What a customer is worth: survival times margin, repeat purchases, and the tier that follows from both."""
