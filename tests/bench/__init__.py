"""Speed, as ratios measured in one run (`make bench`); never a timed test."""
