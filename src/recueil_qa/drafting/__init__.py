"""Questions and statements that a language model drafts, for a maintainer to accept or refuse."""
