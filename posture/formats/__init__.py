"""Our own files: of each, what writes it and what reads it back, side by side."""
