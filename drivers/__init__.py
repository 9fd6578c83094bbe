"""Links: they move bytes and know neither steps, nor model, nor Qt."""
