"""Rules as SQL: identifiers are written here, what people type goes into parameters."""
