"""What the clip itself is like, before anybody in it is measured."""
