"""What the columns of a table are, told in one place for files, tables and models."""
