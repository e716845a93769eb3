"""Is all of it sound? What each check finds, and how that is mended."""
