"""How far these numbers are off on people: beside a lab's, and beside their own once more."""
