"""From pictures to the body points and the outline of one person."""
