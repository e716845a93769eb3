"""From answers and judgments to measures, and what readers thought of answers."""
