"""Data that comes with the program. No code lives here; `hht.resources` reads it."""
