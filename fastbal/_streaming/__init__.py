"""A balanced table batch by batch, for training; does not use Keras."""
