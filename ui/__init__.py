"""What people touch: the window (Qt) and the command line (no Qt)."""
