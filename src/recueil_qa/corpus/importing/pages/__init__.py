"""Foreign collections: folders, files and tables of any layout, a practice a page."""
