"""Jobs, walkthroughs as data, and the journal that survives a power cut. Knows no window."""
