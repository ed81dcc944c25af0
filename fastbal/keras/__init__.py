"""What Keras lacks for imbalanced tables."""
