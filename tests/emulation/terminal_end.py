"""The terminal's end of a conversation, in memory: our own protocol room's client half against the optical port."""

from __future__ import annotations

from hht.emulation.meter_server import MeterServer
from hht.emulation.optical_port import OpticalPort
from hht.model.electricity_meter import ElectricityMeter
from hht.protocol.cosem.client import AssociationRequest, CosemClient, NextRequest, Result
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.security import SecurityMaterial
from hht.protocol.hdlc import HdlcClient, HdlcParameters, Received
from hht.protocol.iec62056_21 import (
    Send,
    SwitchLine,
    acknowledge,
    even_parity,
    parse_identification,
    request_message,
    without_parity,
)
from hht.protocol.wrapper import WrapperReader, wrap

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
TITLE = b"HHTTERM1"


def request(
    sap: int, *, ciphered: bool | None = None, password: bytes = b"Gurux", ek: bytes = EK
) -> AssociationRequest:
    """The association of a training client."""
    if sap == 17:
        return AssociationRequest(sap, Mechanism.LOW, password=password)
    if sap == 1:
        material = SecurityMaterial(ek, AK, client_title=TITLE)
        return AssociationRequest(sap, Mechanism.GMAC, material=material, ciphered=ciphered)
    return AssociationRequest(sap)


class TerminalEnd:
    """Speaks to an `OpticalPort` through bytes. `chunk`: hand them over so many at a time."""

    def __init__(
        self, meter: ElectricityMeter, *, framing: str = "hdlc", chunk: int = 0, port: OpticalPort | None = None
    ) -> None:
        self.port = port or OpticalPort(MeterServer(meter))
        self.framing = framing
        self.chunk = chunk
        self.speeds: list[int] = []
        self.bytes_rx = 0

    def exchange(self, data: bytes) -> bytes:
        """Send bytes; everything that comes back."""
        out = b""
        step = self.chunk or max(1, len(data))
        for start in range(0, len(data), step):
            for action in self.port.receive(data[start : start + step]):
                if isinstance(action, SwitchLine):
                    self.speeds.append(action.baud)
                else:
                    assert isinstance(action, Send)
                    out += action.data
        self.bytes_rx += len(out)
        return out

    def sign_on(self, *, parity: bool = True) -> str:
        """The opening of mode E; the model in the identification."""
        wire = even_parity if parity else bytes
        answer = self.exchange(wire(request_message()))
        assert wire(without_parity(answer)) == answer, "the caller's parity is mirrored"
        identification = parse_identification(without_parity(answer))
        assert identification.mode_e
        assert without_parity(self.exchange(wire(acknowledge("5")))) == acknowledge("5")
        return identification.ident

    def connect(self, sap: int = 16, parameters: HdlcParameters | None = None) -> None:
        """SNRM, or nothing for the wrapper."""
        self.sap = sap
        self.hdlc = HdlcClient(sap, 1, proposed=parameters or HdlcParameters(2030, 2030, 7, 7))
        self._wrapper = WrapperReader()
        if self.framing == "hdlc":
            self.hdlc.connect()
            self._turn()
            assert self.hdlc.connected

    def disconnect(self) -> None:
        """DISC."""
        self.hdlc.disconnect()
        self._turn()

    def associate(self, sap: int, **how: object) -> CosemClient:
        """Connect and associate."""
        self.connect(sap)
        self.client = CosemClient(request(sap, **how), random_bytes=lambda count: bytes(range(7, 7 + count)))  # type: ignore[arg-type]
        self.run(self.client.associate())
        return self.client

    def run(self, apdu: bytes) -> Result:
        """Send a request and whatever it takes until there is a result."""
        while True:
            result = self.client.receive(self.transfer(apdu))
            if not isinstance(result, NextRequest):
                return result
            apdu = result.apdu

    def transfer(self, apdu: bytes) -> bytes:
        """One APDU there, one back."""
        if self.framing == "wrapper":
            packets = self._wrapper.feed(self.exchange(wrap(self.sap, 1, apdu)))
            assert len(packets) == 1
            return packets[0].apdu
        self.hdlc.send(apdu)
        received = [event.apdu for event in self._turn() if isinstance(event, Received)]
        assert len(received) == 1
        return received[0]

    def _turn(self) -> list[object]:
        events: list[object] = []
        while data := self.hdlc.data_to_send():
            events += self.hdlc.receive(self.exchange(data))
        return events
