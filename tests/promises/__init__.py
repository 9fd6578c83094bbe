"""What the program promises, each line with the tests that show it."""
