"""From texts to words and passages, and from a question as typed to what is searched."""
