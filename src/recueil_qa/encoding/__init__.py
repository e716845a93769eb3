"""From texts to vectors, by whichever runtime is there."""
