"""Terminals and their depot over a broker that nobody has to trust: jobs come down, evidence goes up, receipts back.

Sans network: what is said (`letters`), sealed and signed by whom (`cards`), how each end goes on (`terminal_end`,
`depot_end`), what a depot has on disk (`shelf`). Whatever the broker loses, doubles, delays or reorders: an item is
known by the SHA-256 of its octets, a job by its number.
"""
