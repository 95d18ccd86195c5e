"""JSON for scripts and other programs."""
