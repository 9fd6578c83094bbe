"""DLMS/COSEM with logical names: data, APDUs, associations, security suite 0; both ends share one codec."""
