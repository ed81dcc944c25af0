"""The caller's tables, labels and whatever stands beside them: read from any container, written back into its kind."""
