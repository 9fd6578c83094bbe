"""Parts of Zigbee and of its Smart Energy profile that a terminal on the HAN needs. Both ends, sans I/O.

ZCL frames (`zcl`), the tunnelling cluster (`tunnelling`) and what goes through it to a gas meter that sleeps
(`gas_meter`), why key establishment failed (`key_establishment`), APS and inter-PAN frames (`aps`), and, as nothing
public says how terminal and hub frame what they say to one another, that in a module of its own that can be exchanged
(`handheld`).
"""

from __future__ import annotations
