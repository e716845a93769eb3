"""From the judged statements of a collection to its heads."""
