"""Many clips to one table; a failed clip is a row, not a crash."""
