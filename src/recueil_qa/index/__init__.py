"""One build of the index: its files, its engine, written and opened."""
