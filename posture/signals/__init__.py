"""From body points to angles and moments over time."""
