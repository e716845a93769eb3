"""Who may ask, beyond this machine: keys, a trusted proxy, a provider of identities; the log."""
