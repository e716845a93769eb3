"""What a manager keeps of answers, and the note that she makes of it."""
