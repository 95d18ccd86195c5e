"""Posture and movement measured from video, each number with its error."""
