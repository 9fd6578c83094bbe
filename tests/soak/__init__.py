"""Seeded fault runs of a commissioning visit: ``python -m tests.soak --seed N`` repeats one."""
