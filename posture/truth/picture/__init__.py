"""How it looks to a camera: lens, room, light, and what spoils a picture."""
