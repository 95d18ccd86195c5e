"""What they do: poses over time with exact joint angles."""
