"""From the files of a corpus to its collections: read, checked, told where they err."""
