"""Binds the device model to protocols: the meter's end of the wire. It knows both rooms, and no window."""
