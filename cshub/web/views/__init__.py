"""The pages across apps."""
