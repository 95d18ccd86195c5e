"""People as meshes over bones: shape, clothes, pose."""
