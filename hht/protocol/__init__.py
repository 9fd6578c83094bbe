"""Codecs and state machines, sans I/O: bytes in, events out. No sockets, no clocks, no threads, no device model."""
