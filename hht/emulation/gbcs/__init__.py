"""The devices' end of GBCS over the device model: octets in, commands of the model carried out, octets out.

    pki.py           keys and certificates of everybody in a training premises (known to all: training trust alone)
    translation.py   a table from use cases to commands of the model, filled by the other files
    credentials.py   what a device says of its certificates and trust anchors, which the model does not know
    ends.py          one end per device; what a hub hands to a device, and what it answers

A use case that no table holds is refused by the device as one that it does not know: nothing is pretended.
"""
