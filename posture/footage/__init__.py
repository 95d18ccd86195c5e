"""What a clip is like, from its pictures away from the person: camera, cuts, time, light."""
