"""A language model that reads practices and points at lines; it never writes what they say."""
