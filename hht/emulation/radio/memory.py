"""The emulated dongle's non-volatile memory: items by number, and (newer firmware) by system, item and sub-item."""

from __future__ import annotations

from typing import Final

from hht.protocol.little_endian import Ieee
from hht.protocol.znp.status import (
    FAILURE,
    INVALID_PARAMETER,
    NV_BAD_ITEM_LEN,
    NV_ITEM_UNINIT,
    NV_OPER_FAILED,
    SUCCESS,
)
from hht.protocol.znp.sys import (
    LONGEST_VALUE,
    Item,
    NvCreate,
    NvCreateRsp,
    NvLength,
    NvLengthRsp,
    NvRead,
    NvReadRsp,
    NvWrite,
    NvWriteRsp,
    OsalNvDelete,
    OsalNvDeleteRsp,
    OsalNvItemInit,
    OsalNvItemInitRsp,
    OsalNvLength,
    OsalNvLengthRsp,
)
from hht.protocol.znp.zdo import ALL_CHANNELS

_MOST_ITEMS: Final = 300  # our own numbers
_LONGEST_ITEM: Final = 512
_NIB_OCTETS: Final = {True: 116, False: 110}  # by alignment


class Memory:
    """What outlasts a reset. The pre-configured key can be written and never read."""

    def __init__(self, address: str, *, aligned: bool) -> None:
        self.items: dict[int, bytearray] = {
            Item.EXTENDED_ADDRESS: bytearray(Ieee().encode(address)),
            Item.NETWORK_INFORMATION: bytearray(_NIB_OCTETS[aligned]),
            Item.PRECONFIGURED_KEY: bytearray(16),
            Item.PRECONFIGURED_KEYS_ENABLE: bytearray(1),
            Item.CHANNEL_LIST: bytearray(ALL_CHANNELS.to_bytes(4, "little")),
        }
        self._sub_items: dict[tuple[int, int, int], bytearray] = {}

    @property
    def preconfigured_key(self) -> bytes:
        """The link key that it would join with."""
        return bytes(self.items[Item.PRECONFIGURED_KEY])

    def read(self, number: int, offset: int) -> tuple[int, bytes]:
        """(status, what the item holds from `offset` on, as far as a frame goes)."""
        item = self.items.get(number)
        if item is None or offset >= len(item) or number == Item.PRECONFIGURED_KEY:
            return INVALID_PARAMETER, b""
        return SUCCESS, bytes(item[offset : offset + LONGEST_VALUE])

    def write(self, number: int, offset: int, value: bytes) -> int:
        """The status."""
        return _write(self.items.get(number), offset, value)

    def make(self, asked: OsalNvItemInit) -> OsalNvItemInitRsp:
        """Make an item."""
        item = self.items.get(asked.id)
        if item is not None:
            return OsalNvItemInitRsp(SUCCESS if len(item) == asked.length else NV_BAD_ITEM_LEN)
        if not self._room(asked.length) or len(asked.value) > asked.length:
            return OsalNvItemInitRsp(NV_OPER_FAILED)
        self.items[asked.id] = bytearray(asked.value + bytes(asked.length - len(asked.value)))
        return OsalNvItemInitRsp(NV_ITEM_UNINIT)

    def delete(self, asked: OsalNvDelete) -> OsalNvDeleteRsp:
        """Delete an item."""
        item = self.items.get(asked.id)
        if item is None:
            return OsalNvDeleteRsp(NV_ITEM_UNINIT)
        if len(item) != asked.length:
            return OsalNvDeleteRsp(NV_BAD_ITEM_LEN)
        if asked.id == Item.PRECONFIGURED_KEY:
            return OsalNvDeleteRsp(NV_OPER_FAILED)
        del self.items[asked.id]
        return OsalNvDeleteRsp(SUCCESS)

    def length(self, asked: OsalNvLength) -> OsalNvLengthRsp:
        """How long an item is."""
        return OsalNvLengthRsp(len(self.items.get(asked.id, b"")))

    def make_sub(self, asked: NvCreate) -> NvCreateRsp:
        """Make a sub-item."""
        key = asked.system, asked.item, asked.sub
        if key in self._sub_items:
            return NvCreateRsp(SUCCESS if len(self._sub_items[key]) == asked.length else NV_BAD_ITEM_LEN)
        if not self._room(asked.length):
            return NvCreateRsp(NV_OPER_FAILED)
        self._sub_items[key] = bytearray(asked.length)
        return NvCreateRsp(NV_ITEM_UNINIT)

    def length_sub(self, asked: NvLength) -> NvLengthRsp:
        """How long a sub-item is."""
        return NvLengthRsp(len(self._sub_items.get((asked.system, asked.item, asked.sub), b"")))

    def read_sub(self, asked: NvRead) -> NvReadRsp:
        """What a sub-item holds."""
        item = self._sub_items.get((asked.system, asked.item, asked.sub))
        if item is None or asked.offset >= len(item):
            return NvReadRsp(FAILURE, b"")
        return NvReadRsp(SUCCESS, bytes(item[asked.offset : asked.offset + min(asked.length, LONGEST_VALUE)]))

    def write_sub(self, asked: NvWrite) -> NvWriteRsp:
        """Write a sub-item."""
        return NvWriteRsp(_write(self._sub_items.get((asked.system, asked.item, asked.sub)), asked.offset, asked.value))

    def _room(self, length: int) -> bool:
        return 0 < length <= _LONGEST_ITEM and len(self.items) + len(self._sub_items) < _MOST_ITEMS


def _write(item: bytearray | None, offset: int, value: bytes) -> int:
    if item is None:
        return INVALID_PARAMETER
    if offset + len(value) > len(item):
        return NV_BAD_ITEM_LEN
    item[offset : offset + len(value)] = value
    return SUCCESS
