"""The communications hub: one box, two logical devices (CHF and GPF) with identities of their own, a WAN and a HAN."""

from __future__ import annotations

from hht.model.communications_hub.gas_proxy import GasProxyFunction
from hht.model.communications_hub.hub import CommunicationsHub, HubConfiguration

__all__ = ["CommunicationsHub", "GasProxyFunction", "HubConfiguration"]
