"""From a question to an answer: scope, signals, fusion, confidence, quoted lines."""
