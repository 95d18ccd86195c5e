"""What runs the studio beside the measuring: the bin, and a report handed to a phone."""
