"""Command packs: finished commands that a supplier's desk hands to an engineer, to be delivered where no WAN reaches.

envelope.py    who signed it (DSSE), held against the desks that are trusted
pack.py        what it holds; pack_check.py the rules, every mistake by line and field
sealing.py     what only the engineer's terminal may read in it (install codes; HPKE)
acceptance.py  whether it may be used here and now: expiry, job, training, no older edition
"""
