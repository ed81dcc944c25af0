"""What any network needs to know of an imbalanced target, whatever trains it; imports neither Keras nor PyTorch."""
