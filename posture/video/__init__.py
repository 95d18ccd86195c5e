"""From a file or a camera to pictures with their times."""
