"""A peer's client reads a meter's profile and says what it cost: run by the Python of the peers' own environment.

Usage: peer_read.py PEER FRAMING HOST PORT OBIS SECURITY. Prints JSON: rows, and the CPU seconds of reading them to rows
of time and scaled "values" as `scaled_s`; where a peer offers no more, to time and whole numbers as `whole_s`.
Nothing of ours is imported here, and nothing here by ours: the peers' licences are theirs.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

EK, AK, TITLE = bytes(range(16)), bytes(range(0xD0, 0xE0)), b"HHTPEER1"


def pydlms(framing: str, host: str, port: int, obis: str, security: str) -> dict[str, float]:
    """pydlms over HDLC with the largest frames and window 7, or over the TCP wrapper."""
    client: Any = importlib.import_module("pydlms.client")
    parameters: Any = importlib.import_module("pydlms.hdlc.connection")
    options: dict[str, Any] = {"client_sap": 17, "mechanism": 1, "password": "Gurux"}
    if security == "gmac":
        context: Any = importlib.import_module("pydlms.security.context").SecurityContext
        options = {"client_sap": 1, "mechanism": 5, "security": context(EK, AK, client_system_title=TITLE)}
    if framing == "hdlc":
        offered = parameters.HdlcParameters(max_info_tx=2030, max_info_rx=2030, window_tx=7, window_rx=7)
        options |= {"hdlc": True, "hdlc_parameters": offered}
    with client.DlmsClient.tcp(host, port, **options) as meter:
        began = time.process_time()
        rows = meter.read_profile(obis, typed=True, scalers=True).rows
        values = [[cell.value for cell in row[1:]] for row in rows]  # worked out when they are asked for
        spent = time.process_time() - began
        return {"rows": len(rows), "values": sum(map(len, values)), "scaled_s": spent}


def dlms_cosem(framing: str, host: str, port: int, obis: str, security: str) -> dict[str, float]:
    """dlms-cosem over the TCP wrapper (its HDLC stalls on a frame whose check sequence ends in 7E)."""
    assert framing == "wrapper"
    log: Any = importlib.import_module("structlog")  # every octet that it hears would be written out in the clock
    log.configure(wrapper_class=log.make_filtering_bound_logger(40))
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
        return {"rows": len(rows), "whole_s": time.process_time() - began}


if __name__ == "__main__":
    _program, peer, framing, host, port, obis, security = sys.argv
    read = {"pydlms": pydlms, "dlms-cosem": dlms_cosem}[peer]
    print(json.dumps(read(framing, host, int(port), obis, security)))
