"""Diagnosis: the engine by itself, and on seeded faulty premises over the bytes of every link."""
