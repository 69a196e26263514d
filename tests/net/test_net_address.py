"""Which addresses a tier may have."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.errors import PersonError
from compute_broker.core.tier import Place, is_loopback_url
from compute_broker.net.address import AddressError, check_base_url, is_own_network

GOOD = [
    ("https://api.anthropic.com", Place.CLOUD, "https://api.anthropic.com"),
    ("https://openrouter.ai/api/v1/", Place.CLOUD, "https://openrouter.ai/api/v1"),
    ("HTTPS://OpenRouter.AI./api/v1", Place.CLOUD, "https://openrouter.ai/api/v1"),
    ("  http://127.0.0.1:1234\n", Place.PERSONAL, "http://127.0.0.1:1234"),
    ("http://127.0.0.1:1234", Place.CLOUD, "http://127.0.0.1:1234"),
    ("http://localhost:11434/", Place.DISTRIBUTED, "http://localhost:11434"),
    ("http://[::1]:8080", Place.PERSONAL, "http://[::1]:8080"),
    ("http://[0:0:0:0:0:0:0:1]:8080", Place.PERSONAL, "http://[::1]:8080"),
    ("http://192.168.1.20:8000/v1", Place.OFFICE, "http://192.168.1.20:8000/v1"),
    ("http://10.0.0.7:8000", Place.EDGE, "http://10.0.0.7:8000"),
    ("http://100.101.102.103:8000", Place.OFFICE, "http://100.101.102.103:8000"),
    ("http://[fd12:3456::1]:8000", Place.OFFICE, "http://[fd12:3456::1]:8000"),
    ("http://gpu-box:8000", Place.OFFICE, "http://gpu-box:8000"),
    ("http://gpu.corp.example:8000", Place.OFFICE, "http://gpu.corp.example:8000"),
    ("https://8.8.8.8/v1", Place.CLOUD, "https://8.8.8.8/v1"),
    ("https://[2606:4700::1111]", Place.CLOUD, "https://[2606:4700::1111]"),
    ("https://bücher.example", Place.CLOUD, "https://bücher.example"),
]


@pytest.mark.parametrize(("url", "place", "normalised"), GOOD)
def test_good_addresses_are_normalised(url: str, place: Place, normalised: str) -> None:
    assert check_base_url(url, place) == normalised
    assert check_base_url(normalised, place) == normalised


BAD = {
    "": "no web address",
    "localhost:1234": "must begin with",
    "file:///etc/passwd": "must begin with",
    "ftp://host.example": "must begin with",
    "javascript:alert(1)": "must begin with",
    "http://": "names no server",
    "https:///path": "names no server",
    "https://host.example:0": "names no server",
    "https://host.example:99999": "has no usable port; write a number up to 65535",
    "https://host.example:port": "has no usable port; write a number up to 65535",
    "https://[::1": "no web address",
    "https://host .example": "no web address",
    "https://host.example\\@127.0.0.1": "no web address",
    "https://host\t.example": "no web address",
    "https://user:secret@host.example": "name or password",
    "https://@host.example": "name or password",
    "https://127.0.0.1@evil.example": "name or password",
    "https://host.example?x=1": "before any",
    "https://host.example#x": "before any",
    "https://host.example/?": "before any",
    "https://host%2eexample": "write it plainly",
    "https://host.example/v1/../admin": "write it plainly",
    "https://-host.example": "no usable host",
    "https://host..example": "no usable host",
    "http://169.254.169.254/latest/meta-data": "metadata",
    "https://169.254.169.254": "metadata",
    "http://169.254.0.1": "link-local",
    "https://[fe80::1]": "link-local",
    "https://[fd00:ec2::254]": "metadata",
    "https://[fd00:0ec2:0:0:0:0:0:0254]": "metadata",
    "https://100.100.100.200": "metadata",
    "http://metadata.google.internal": "metadata",
    "https://METADATA.google.internal.": "metadata",
    "http://metadata": "metadata",
    "https://[::ffff:169.254.169.254]": "hides an IPv4",
    "https://[::ffff:7f00:1]": "hides an IPv4",
    "https://[::ffff:8.8.8.8]": "hides an IPv4",
    "https://[::a9fe:a9fe]": "hides an IPv4",
    "https://[64:ff9b::a9fe:a9fe]": "hides an IPv4",
    "https://[2002:a9fe:a9fe::1]": "hides an IPv4",
    "http://2130706433": "odd way",
    "http://0x7f000001": "odd way",
    "http://0x7f.1": "odd way",
    "http://127.1": "odd way",
    "http://0177.0.0.1": "odd way",
    "http://127.0.0.01": "odd way",
    "http://0.0.0.0:8000": "every address",
    "http://[::]:8000": "every address",
    "https://224.0.0.1": "one server",
    "https://255.255.255.255": "one server",
    "https://[ff02::1]": "one server",
}


@pytest.mark.parametrize("place", [Place.PERSONAL, Place.OFFICE, Place.CLOUD])
@pytest.mark.parametrize(("url", "why"), BAD.items())
def test_bad_addresses_are_refused_with_a_reason(url: str, why: str, place: Place) -> None:
    with pytest.raises(AddressError, match=why) as raised:
        check_base_url(url, place)
    assert isinstance(raised.value, PersonError)
    assert "secret" not in str(raised.value)


CLEAR_TEXT = [
    ("http://openrouter.ai/api/v1", Place.CLOUD, "clear text"),
    ("http://192.168.1.20:8000", Place.CLOUD, "clear text"),
    ("http://192.168.1.20:8000", Place.DISTRIBUTED, "clear text"),
    ("http://gpu-box:8000", Place.CLOUD, "set the tier's place"),
    ("http://8.8.8.8:8000", Place.OFFICE, "on the internet"),
    ("http://[2606:4700::1111]", Place.PERSONAL, "on the internet"),
]


@pytest.mark.parametrize(("url", "place", "why"), CLEAR_TEXT)
def test_clear_text_goes_over_ones_own_network_only(url: str, place: Place, why: str) -> None:
    with pytest.raises(AddressError, match=why):
        check_base_url(url, place)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_hides_in_an_ipv6_one(inner: ipaddress.IPv4Address) -> None:
    with pytest.raises(AddressError):
        check_base_url(f"https://[::ffff:{inner}]", Place.OFFICE)


@given(st.ip_addresses())
def test_plain_http_never_reaches_a_public_address(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    for place in Place:
        try:
            url = check_base_url(f"http://{host}:8000", place)
        except AddressError:
            continue
        assert is_own_network(address)
        assert address.is_loopback or place in {Place.PERSONAL, Place.OFFICE, Place.EDGE}
        assert is_loopback_url(url) == address.is_loopback


@given(st.text(max_size=40), st.sampled_from(["", "http://", "https://", "https://host.example/"]))
def test_any_text_is_an_address_or_refused(text: str, start: str) -> None:
    try:
        url = check_base_url(start + text, Place.OFFICE)
    except AddressError:
        return
    assert url.startswith(("http://", "https://"))
    assert check_base_url(url, Place.OFFICE) == url
