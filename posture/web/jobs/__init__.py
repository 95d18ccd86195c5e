"""Analyses: uploads in, one job at a time in a subprocess, results out."""
