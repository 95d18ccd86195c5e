"""Faults at random moments, and what of it all is there afterwards."""
