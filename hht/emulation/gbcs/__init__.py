"""The devices' end of GBCS over the device model: octets in, commands of the model carried out, octets out.

    pki.py           keys and certificates of everybody in a training premises (known to all: training trust alone)
    translation.py   a table from use cases to commands of the model, filled by the other files
    credentials.py   whom a device trusts; own_keys.py: its own keys, shown and renewed; replacement.py: others' keys in
                     its trust anchor cells. The model knows no keys
    ends.py          one end per device; what a hub hands to a device, and what it answers

    outgoing.py      what a device says unasked
    coverage.py      every message code: carried out, sent, or left out and why

A use case that no table holds is answered as by a device that has not what is asked for: nothing is pretended.
"""
