"""Labels instead of typing: codes in pictures, what labels hold, and whether it is what is asked for. No Qt, no I/O."""
