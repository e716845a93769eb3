"""The problem in a message, without what courtesy and signatures put around it."""
