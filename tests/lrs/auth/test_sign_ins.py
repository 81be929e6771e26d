"""Failures of one network are counted together."""

import pytest

from lrs.auth.sign_ins import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::1", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("unknown", "unknown"),
        ("x" * 100, "x" * 64),
    ],
)
def test_an_address_is_counted_under_its_network(address, network):
    assert network_of(address) == network
