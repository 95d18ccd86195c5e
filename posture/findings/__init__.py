"""From numbers to what each link of the back line looks like."""
