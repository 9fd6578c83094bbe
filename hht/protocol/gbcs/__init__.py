"""GBCS messages, sans I/O and both ends: remote party commands, responses and alerts of British smart metering.

`envelope` takes octets apart, `building` makes them; `messages` says what each message code is for; `payload` and its
kinds (`gbz`, `asn1`, and COSEM's access service) read what a message carries; `crypto`, `keys` and `certificates` are
the cryptography; `protection` says who signs and who MACs, and checks it; `trust_anchors` and `receiver` are a device's
end, `answers`, `alerts` and `results` the other one; `blocks` cuts long messages; `top_up` makes tokens; `dissect`
shows any message as a tree. Source: the domain facts in gbcs.md, verified on the reference test data.
"""
