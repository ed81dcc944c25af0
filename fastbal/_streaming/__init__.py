"""A balanced table batch by batch, for whoever trains with it; knows nothing of Keras."""
