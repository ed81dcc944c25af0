"""The site: one Sphinx project made of docs/, of the docstrings and of the measurements."""
