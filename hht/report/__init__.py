"""The evidence of a visit, for people (PDF) and for programs (JSON). No Qt."""
