"""Which of the requirements does a meter meet, as far as a link shows it? Reads alone, nothing is written."""
