"""``hht premises --map``: whom a message meets, with role codes, and what is for one generation alone."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run


@pytest.mark.requirement("S1E-34")
@pytest.mark.parametrize(("premises", "parsed"), [("dual-fuel-connected", True), ("smets1-enrolled", False)])
def test_parties_parse_and_correlate_for_smets2_devices_alone(run: Run, premises: str, parsed: bool) -> None:
    hops = run("premises", premises, "--map").of("hop")
    ends = [hop for hop in hops if hop["speaks"] == "DUIS (XML)"]
    assert len(ends) >= 2
    for hop in ends:
        assert hop["reads"].startswith("Parse and Correlate" if parsed else "no Parse and Correlate")
    assert all(not hop["reads"] for hop in hops if hop not in ends)


@pytest.mark.requirement("S1E-34")
@pytest.mark.parametrize("premises", ["foundation", "smets1-active", "opted-out-shop"])
def test_outside_the_dcc_nobody_parses_and_correlates(run: Run, premises: str) -> None:
    assert not any(hop["reads"] for hop in run("premises", premises, "--map").of("hop"))


@pytest.mark.requirement("S1E-35")
def test_messages_to_enrolled_smets1_devices_meet_new_parties_with_roles_of_their_own(run: Run) -> None:
    def systems(name: str) -> dict[str, list[str]]:
        found = run("premises", name, "--map").of("system")
        return {one["party"]: one["roles"] for one in found if one["party"] and one["interfaces"]}

    assert systems("dual-fuel-connected") == {}
    assert systems("smets1-enrolled") == {
        "s1sp": ["s1SPXmlSigning", "s1SPFileSigning"],
        "dco": ["dualControlOrganisationSigning"],
    }
    active = run("premises", "smets1-active", "--map").of("hop")
    assert any("SMSO" in end["name"] for hop in active for end in (hop["one"], hop["other"]))
    told = {row["title"]: row for row in run("about", "parties").of("row")}
    for name, words in (("S1SP", "SMETS1 service provider"), ("SMSO", "Smart metering system operator"),
                        ("DCO", "Dual Control Organisation")):  # fmt: skip
        assert told[name]["text"].startswith(words)
        assert (told[name]["era"], told[name]["verified"]) == ("SMETS1", False)
        assert told[name]["codes"]
