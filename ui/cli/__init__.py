"""The command line: the same core for scripts, depots and tests. No Qt, no bytes."""
