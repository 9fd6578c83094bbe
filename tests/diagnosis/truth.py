"""Which faults a visit may meet, what a person says of each, and what the right answer is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A fault by its name in the model's register, where it is, the cause that is right, what is told of it. `amounts`
    (low, high) where there can be more or less of it; `home`: what the home must have."""

    fault: str
    at: str
    cause: str
    told: tuple[str, ...]
    amounts: tuple[int, int] | None = None
    home: tuple[tuple[str, bool], ...] = ()
    hours: tuple[int, int] = (5, 20)

    def plan(self, hours: int, amount: int | None) -> str:
        """As the command line writes it."""
        much = "" if amount is None else f"={amount}"
        return f"{self.fault}{much}{'@' + self.at if self.at else ''},-PT{hours}H"


_PP, _NO_PP, _THREE, _CAD = ("prepays", True), ("prepays", False), ("polyphase", True), ("cad", True)
_ONE = ("polyphase", False)
E, G, H, D, C = "esme-1", "gsme-1", "hub-1", "ihd-1", "cad-1"
NO_READINGS, NO_GAS, DISPLAY, CAD_DATA = "no-readings", "no-gas-data", "display-no-data", "cad-no-data"
CASES = (
    Case("probe-hears-itself", E, "probe-hears-itself", ("probe-fails",)),
    Case("probe-garbled", E, "probe-garbled", ("probe-fails",)),
    Case("port-silent", E, "port-silent", ("probe-fails",)),
    Case("head-mode-c", E, "head-mode-c", ("probe-fails",)),
    Case("bridge-cuts-frames", E, "bridge-cuts-frames", ("probe-fails",)),
    Case("probe-unplugged", E, "probe-unplugged", ("probe-fails",)),
    Case("answers-late", E, "answers-late", ("probe-fails", "no-readings"), (1800, 4000)),
    Case("box-locked", E, "no-access", ("no-access", NO_READINGS)),
    Case("too-high", E, "no-access", ("no-access",)),
    Case("clock-adrift", E, "clock-adrift", ("wrong-time", "high-bill"), (-20000, -2400)),
    Case("clock-runs-fast", E, "clock-runs-fast", ("wrong-time",), (80, 900), hours=(10, 20)),
    Case("date-bug", E, "date-bug", ("wrong-time", NO_READINGS), hours=(14, 20)),
    Case("clock-invalid", E, "clock-invalid", ("wrong-time", "high-bill")),
    Case("clock-unreliable", E, "clock-unreliable", ("wrong-time",)),
    Case("register-at-zero", E, "register-at-zero", ("reading-odd",)),
    Case("register-not-new", E, "register-not-new", ("reading-odd", "high-bill")),
    Case("register-frozen", E, "register-frozen", ("reading-odd", "low-bill")),
    Case("lying-meter", E, "lying-meter", ("high-bill",), (15, 60)),
    Case("memory-fault", E, "memory-fault", ("meter-alerts", NO_READINGS)),
    Case("reversed-polarity", E, "reversed-polarity", ("low-bill", "meter-alerts"), home=(_ONE,)),
    Case("ct-ratio-wrong", E, "ct-ratio-wrong", ("low-bill",), home=(_THREE,)),
    Case("wrong-variant-fitted", E, "wrong-variant-fitted", ("low-bill",), home=(_THREE,)),
    Case("phase-rotation", E, "phase-rotation", ("meter-alerts",), home=(_THREE,)),
    Case("neighbours-tails", E, "neighbours-tails", ("high-bill", "low-bill")),
    Case("wrong-mpan", E, "wrong-mpan", ("high-bill", "other-bill")),
    Case("power-cut", "", "no-supply-from-street", ("no-supply",)),
    Case("feeder-isolated", "", "no-supply-from-street", ("no-supply",)),
    Case("phase-lost", "", "phase-lost", ("no-supply",), home=(_THREE,)),
    Case("neutral-lost", "", "neutral-lost", ("flickering",), home=(_THREE,)),
    Case("voltage-high", "", "voltage-high", ("flickering", "meter-alerts"), (18, 40)),
    Case("voltage-low", "", "voltage-low", ("flickering", "meter-alerts"), (40, 70)),
    Case("loose-connection", "", "loose-connection", ("flickering",)),
    Case("relay-chatter", E, "relay-chatter", ("flickering",)),
    Case("contact-burnt", E, "contact-burnt", ("no-supply",)),
    Case("terminal-cover-off", E, "terminal-cover-off", ("meter-alerts",)),
    Case("meter-cover-off", E, "meter-cover-off", ("meter-alerts",)),
    Case("meter-cover-off", G, "gas-cover-off", ("gas-alerts",)),
    Case("battery-cover-off", G, "gas-cover-off", ("gas-alerts",)),
    Case("magnet", E, "magnet", ("meter-alerts", "low-bill")),
    Case("magnet", G, "gas-magnet", ("gas-alerts",)),
    Case("gas-meter-tilted", G, "gas-meter-tilted", ("gas-alerts",)),
    Case("dead-display", E, "dead-display", ("screen-odd",)),
    Case("dead-display", G, "gas-dead-display", ("screen-odd",)),
    Case("cryptic-screen", E, "cryptic-screen", ("screen-odd",)),
    Case("cryptic-screen", G, "gas-cryptic-screen", ("screen-odd",)),
    Case("dead-buttons", E, "dead-buttons", ("screen-odd", "top-up-refused")),
    Case("unexpected-resets", E, "unexpected-resets", ("meter-alerts",)),
    Case("unexpected-resets", G, "gas-unexpected-resets", ("gas-alerts",)),
    Case("alert-storm", E, "alert-storm", ("meter-alerts",)),
    Case("alert-storm", G, "gas-alert-storm", ("gas-alerts",)),
    Case("never-wakes", G, "never-wakes", (NO_GAS,)),
    Case("battery-flat", G, "battery-flat", (NO_GAS,)),
    Case("low-battery", G, "low-battery", ("gas-alerts",)),
    Case("misses-wakes", G, "misses-wakes", (NO_GAS, "comes-and-goes"), hours=(14, 20)),
    Case("counts-cubic-feet", G, "counts-cubic-feet", ("low-bill", "gas-reading-odd")),
    Case("gas-register-frozen", G, "gas-register-frozen", ("gas-reading-odd", "low-bill")),
    Case("gas-meter-backwards", G, "gas-meter-backwards", ("gas-reading-odd", "gas-alerts")),
    Case("wrong-mprn", G, "wrong-mprn", ("other-bill",)),
    Case("token-for-another-meter", E, "token-for-another-meter", ("top-up-refused",), home=(_PP,)),
    Case("token-sold-twice", E, "token-sold-twice", ("top-up-refused",), home=(_PP,)),
    Case("vendor-counts-from-epoch", E, "vendor-counts-from-epoch", ("top-up-refused",), home=(_PP,)),
    Case("keypad-locked", E, "keypad-locked", ("top-up-refused",), home=(_PP,), hours=(0, 0)),
    Case("account-full", E, "account-full", ("top-up-refused",), home=(_PP,)),
    Case("top-up-too-big", E, "top-up-too-big", ("top-up-refused",), home=(_PP,)),
    Case("left-in-vend-mode", E, "left-in-vend-mode", ("credit-missing",), home=(_PP,)),
    Case("wrong-payment-mode", E, "wrong-payment-mode", ("top-up-refused",), home=(_PP,)),
    Case("weak-signal", E, "weak-signal-electricity", (NO_READINGS, DISPLAY), (50, 60)),
    Case("weak-signal", G, "weak-signal-gas", (NO_GAS,), (50, 60)),
    Case("weak-signal", D, "weak-signal-display", (DISPLAY,), (50, 60)),
    Case("link-comes-and-goes", E, "link-comes-and-goes-electricity", ("comes-and-goes", DISPLAY), (15, 40)),
    Case("link-comes-and-goes", C, "link-comes-and-goes-cad", ("comes-and-goes", CAD_DATA), (15, 40), home=(_CAD,)),
    Case("wrong-install-code", D, "wrong-install-code-display", ("join-fails", DISPLAY)),
    Case("wrong-install-code", G, "wrong-install-code-gas", ("join-fails", NO_GAS)),
    Case("label-misprinted", D, "label-misprinted", ("join-fails",)),
    Case("test-certificates", D, "test-certificates-display", ("join-fails", DISPLAY)),
    Case("test-certificates", G, "test-certificates-gas", ("join-fails", NO_GAS)),
    Case("half-join", E, "half-join-electricity", (NO_READINGS, "join-fails")),
    Case("half-join", G, "half-join-gas", (NO_GAS, "join-fails")),
    Case("half-join", D, "half-join-display", (DISPLAY, "join-fails")),
    Case(
        "rejoins-while-joining",
        D,
        "rejoins-while-joining",
        ("join-interrupted", "join-fails"),
        home=(("unjoined", True),),
    ),
    Case("one-sided-join", D, "one-sided-join", (DISPLAY,)),
    Case("hub-defect", H, "hub-defect", (NO_READINGS, DISPLAY, "leds-odd")),
    Case("hub-locked-up", H, "hub-locked-up", (NO_READINGS, DISPLAY)),
    Case("han-radio-defect", H, "han-radio-defect", (NO_READINGS, DISPLAY, "leds-odd")),
    Case("hub-in-metal-box", H, "hub-in-metal-box", (NO_READINGS, DISPLAY, NO_GAS), (46, 55)),
    Case("hub-removed", H, "hub-removed", (NO_READINGS, DISPLAY)),
    Case("hub-case-opened", H, "hub-case-opened", ("meter-alerts", "leds-odd")),
    Case("led-defect-sw", H, "led-defect-sw", ("leds-odd",)),
    Case("led-defect-wan", H, "led-defect-wan", ("leds-odd",)),
    Case("led-defect-han", H, "led-defect-han", ("leds-odd",)),
    Case("led-defect-gas", H, "led-defect-gas", ("leds-odd",)),
    Case("mirror-stuck", H, "mirror-stuck", (NO_GAS,)),
    Case("full-device-log", H, "full-device-log", ("join-fails",)),
    Case("device-log-lost", H, "device-log-lost", (NO_READINGS, DISPLAY, "after-exchange")),
    Case("upgrade-lost-device", H, "upgrade-lost-device", (NO_GAS, "after-upgrade")),
    Case("window-shut", H, "window-shut", ("local-delivery-fails",)),
    Case("han-jammed", H, "han-jammed", (NO_READINGS, DISPLAY)),
    Case("cad-out-of-range", C, "cad-out-of-range", (CAD_DATA,), home=(_CAD,)),
    Case("weak-signal", C, "cad-out-of-range", (CAD_DATA,), (50, 60), home=(_CAD,)),
    Case("cad-stuck", C, "cad-stuck", (CAD_DATA, "cad-old-data"), home=(_CAD,)),
    Case("cad-not-listed", C, "cad-not-listed", (CAD_DATA, "join-fails"), home=(_CAD,)),
    Case("display-frozen", D, "display-frozen", ("display-frozen", DISPLAY)),
    Case("display-in-drawer", D, "display-in-drawer", (DISPLAY,)),
    Case("no-wan-here", H, "no-wan-here", (NO_READINGS,)),
    Case("wan-lost", H, "wan-lost", (NO_READINGS,), (55, 80)),
    Case("wrong-hub-variant", H, "wrong-hub-variant", (NO_READINGS,)),
    Case("dcc-down", "", "dcc-down", (NO_READINGS, "command-refused")),
    Case("wan-module-defect", H, "wan-module-defect", (NO_READINGS, "leds-odd")),
    Case("wan-slow", H, "wan-slow", (NO_READINGS, "command-refused")),
    Case("wan-comes-and-goes", H, "wan-comes-and-goes", (NO_READINGS, "comes-and-goes"), (15, 45)),
    Case("not-pre-notified", E, "not-pre-notified", ("join-fails", "command-refused")),
    Case("orphan-device", E, "orphan-electricity", ("new-supplier", NO_READINGS)),
    Case("orphan-device", G, "orphan-gas", ("new-supplier", NO_GAS)),
    Case("join-not-believed", E, "join-not-believed", ("command-refused", NO_READINGS)),
    Case("join-not-believed", G, "join-not-believed-gas", ("command-refused", NO_GAS)),
    Case("old-record", E, "old-record", ("other-bill", "after-exchange")),
    Case("old-record", G, "old-record", ("other-bill", NO_GAS)),
    Case("wrong-association", E, "wrong-association", (NO_READINGS, "command-refused")),
    Case("answers-lost", E, "answers-lost", (NO_READINGS,)),
    Case("old-suppliers-credentials", E, "old-suppliers-credentials", ("new-supplier", "command-refused")),
    Case("counter-behind", E, "counter-behind", ("command-refused",)),
    Case("certificate-expired", E, "suspended", ("command-refused", NO_READINGS)),
    Case("model-off-list", E, "suspended", ("command-refused", NO_READINGS)),
    Case(
        "smets1-dormant",
        "",
        "smets1-dormant",
        ("not-enrolled", "new-supplier", NO_READINGS),
        home=(("smets1", True), ("polyphase", False)),
    ),
    Case("supplier-suspended", "", "supplier-suspended", ("command-refused", NO_READINGS)),
)
HEALTHY = Case(
    "", "", "nothing-wrong", ("routine", NO_READINGS, DISPLAY, "high-bill", "comes-and-goes", "meter-alerts")
)
INTERIM = Case("", "", "interim-answer", ("answered-twice",))
"""Two answers to one request are no fault: the interim one, and the final one."""
SYMPTOMS = tuple(sorted({told for case in (*CASES, HEALTHY, INTERIM) for told in case.told}))

__all__ = ["CASES", "HEALTHY", "INTERIM", "SYMPTOMS", "Case"]
