"""Every fault of the list of those in the field, on every transport that can have it."""
