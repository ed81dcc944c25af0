"""Published results on imbalanced tables, run again."""
