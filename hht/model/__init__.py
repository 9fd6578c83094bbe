"""The device model: what stands in a premises and how it behaves, on a simulated clock.

It speaks in the trade's own items (Randomised Offset Limit, Import MPAN, Security Log ...) and plain values. It knows
no wire format, no event loop and no window: `hht.emulation` binds it to protocols.
"""
