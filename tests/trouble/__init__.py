"""Clips with one kind of trouble each, made from the samples, and what is right for each kind."""
