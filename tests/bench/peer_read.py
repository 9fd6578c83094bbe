"""A peer's client reads a meter's profile and says what it cost: run by the Python of the peers' own environment.

Usage: peer_read.py PEER HOST PORT OBIS SECURITY. Prints JSON: rows, and the CPU seconds of reading them to typed rows.
Nothing of ours is imported here, and nothing here by ours: the peers' licences are theirs.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

EK, AK, TITLE = bytes(range(16)), bytes(range(0xD0, 0xE0)), b"HHTPEER1"


def pydlms(host: str, port: int, obis: str, security: str) -> tuple[int, float]:
    """pydlms over HDLC, the largest frames, window 7."""
    client: Any = importlib.import_module("pydlms.client")
    parameters: Any = importlib.import_module("pydlms.hdlc.connection")
    options: dict[str, Any] = {"client_sap": 17, "mechanism": 1, "password": "Gurux"}
    if security == "gmac":
        context: Any = importlib.import_module("pydlms.security.context").SecurityContext
        options = {"client_sap": 1, "mechanism": 5, "security": context(EK, AK, client_system_title=TITLE)}
    offered = parameters.HdlcParameters(max_info_tx=2030, max_info_rx=2030, window_tx=7, window_rx=7)
    with client.DlmsClient.tcp(host, port, hdlc=True, hdlc_parameters=offered, **options) as meter:
        began = time.process_time()
        rows = meter.read_profile(obis, typed=True).rows
        return len(rows), time.process_time() - began


def dlms_cosem(host: str, port: int, obis: str, security: str) -> tuple[int, float]:
    """dlms-cosem over the TCP wrapper (its HDLC stalls on a frame whose check sequence ends in 7E)."""
    io: Any = importlib.import_module("dlms_cosem.io")
    cosem: Any = importlib.import_module("dlms_cosem.cosem")
    kinds: Any = importlib.import_module("dlms_cosem.enumerations").CosemInterface
    proof: Any = importlib.import_module("dlms_cosem.security")
    parsers: Any = importlib.import_module("dlms_cosem.parsers")
    client: Any = importlib.import_module("dlms_cosem.client").DlmsClient
    ciphered = security == "gmac"
    transport = io.TcpTransport(
        client_logical_address=1 if ciphered else 17,
        server_logical_address=1,
        io=io.BlockingTcpIO(host=host, port=port, timeout=20),
    )
    options: dict[str, Any] = {"authentication": proof.LowLevelSecurityAuthentication(secret=b"Gurux")}
    if ciphered:
        options = {"authentication": proof.HighLevelSecurityGmacAuthentication(), "client_system_title": TITLE}
        options |= {"encryption_key": EK, "authentication_key": AK, "meter_initial_invocation_counter": -1}
    name = cosem.Obis.from_string(obis)
    with client(transport=transport, **options).session() as meter:
        began = time.process_time()
        raw = meter.get(cosem.CosemAttribute(kinds.PROFILE_GENERIC, name, 2))
        columns = [
            cosem.CosemAttribute(kinds.CLOCK, cosem.Obis(0, 0, 1, 0, 0), 2),
            cosem.CosemAttribute(kinds.REGISTER, cosem.Obis(1, 0, 1, 8, 0), 2),
            cosem.CosemAttribute(kinds.REGISTER, cosem.Obis(1, 0, 2, 8, 0), 2),
        ]
        rows = parsers.ProfileGenericBufferParser(columns, 30).parse_bytes(raw)
        return len(rows), time.process_time() - began


if __name__ == "__main__":
    _program, peer, host, port, obis, security = sys.argv
    count, seconds = {"pydlms": pydlms, "dlms-cosem": dlms_cosem}[peer](host, int(port), obis, security)
    print(json.dumps({"rows": count, "seconds": seconds}))
