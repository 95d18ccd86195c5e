"""The live check: frames in, what to say and draw out; nothing here knows of networks or pages."""
