"""People whose stiff link is known: drawn from mechanics, measured with the stated errors, judged.

Nothing here reads findings/evidence.toml or its effects: what follows from a short hamstring is
worked out from where a limb stops, not from what the inference expects.
"""
