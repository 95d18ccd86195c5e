"""From results to what a person sees and a program reads."""
