"""Which attributes and methods of COSEM objects carry secrets: passwords, keys, install codes, UTRNs and the CIN.

Sources: Blue Book (classes 15, 19, 45, 46, 64, 72, 101, 104, 115), factbook 1.4 to 1.6 and 6.1, GBCS use cases CCS01,
CCS03, ECS08a and ECS50 (``gbcs-objects.json``: 104/1 ``register_device.key``, 104/4 ``hashed_TC_link_key``, 115/1
``enter:data``, 0-3:96.13.1 ``value``).
"""

from __future__ import annotations

from typing import Final

from hht.protocol.cosem.obis import Obis

# (class, attribute): secret of the association; passwords of the local port; PIN of a modem; password of a mail
# account; keys of a ZigBee network; the token that was entered last
SECRET_ATTRIBUTES: Final = frozenset(
    {(15, 7), (19, 7), (19, 8), (19, 9), (45, 3), (46, 5), (101, 10), (101, 11), (115, 2)}
)
# (class, method): proofs and secrets of the association; keys; keys of an M-Bus meter; install code of a device that is
# to join, and what a backup of the network holds; token
SECRET_METHODS: Final = frozenset(
    {(15, 1), (15, 2), (64, 2), (64, 3), (72, 7), (72, 8), (104, 1), (104, 4), (104, 5), (115, 1)}
)
CIN_NAME: Final = Obis.parse("0-3:96.13.1")
SECRET_NAMES: Final = frozenset({CIN_NAME})  # objects whose value is a secret, of whichever class
TOKEN_NAME: Final = Obis.parse("0-0:19.40.0")
_LOGICAL_NAME = 1
_ALL = 0
_CLASSES = frozenset(class_id for class_id, _number in SECRET_ATTRIBUTES)


def is_secret_attribute(class_id: int, name: Obis, number: int) -> bool:
    """Whether that attribute's value (0: those of all attributes) holds a secret."""
    if number == _ALL:
        return class_id in _CLASSES or name in SECRET_NAMES
    return (class_id, number) in SECRET_ATTRIBUTES or (name in SECRET_NAMES and number != _LOGICAL_NAME)


def is_secret_method(class_id: int, name: Obis, number: int) -> bool:
    """Whether parameters or outcome of that method hold a secret."""
    return (class_id, number) in SECRET_METHODS or name in SECRET_NAMES


def names_a_secret(name: Obis | None) -> bool:
    """Whether what a plain-text meter shows under that name is a secret."""
    return name is not None and (name in SECRET_NAMES or name == TOKEN_NAME)
