"""The filter grammar: rules as data, without a database."""
