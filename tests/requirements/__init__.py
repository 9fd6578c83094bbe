"""What is required and which test shows it: the marker ``requirement`` and ``make coverage-requirements``."""
