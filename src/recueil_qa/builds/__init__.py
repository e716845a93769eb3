"""The life of the index: built, switched to, compared, undone, removed, packed."""
