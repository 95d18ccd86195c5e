"""From signals to numbers with their doubt."""
