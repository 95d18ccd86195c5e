"""Bodies whose every angle is known: drawn, filmed, measured, scored."""
