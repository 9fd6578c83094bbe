"""The terminal's end of a conversation with a device. Knows no window and no storage."""
