"""The live check: its page, socket, sessions and recordings."""
