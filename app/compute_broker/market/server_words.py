"""What a test of a server's address says: what is wrong, and what to do about it."""

from __future__ import annotations

from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind
from compute_broker.net.diagnosis import Trouble

NAMES = {
    ProviderKind.LMSTUDIO: "LM Studio",
    ProviderKind.OLLAMA: "Ollama",
    ProviderKind.LLAMA_SERVER: "llama-server",
    ProviderKind.VLLM: "vLLM",
    ProviderKind.OPENAI: tr("A server that speaks OpenAI's protocol"),
}

NO_MODEL = {
    ProviderKind.LMSTUDIO: tr("download or load one there"),
    ProviderKind.OLLAMA: tr("get one with: ollama pull"),
}

PORTS = tr("LM Studio uses 1234, Ollama 11434, llama-server 8080 or 9931, vLLM 8000")

TELL = {
    Trouble.NAME_UNKNOWN: (
        tr(
            "the name {host} is not known on this network: check its spelling, or write "
            "the address in numbers"
        )
    ),
    Trouble.REFUSED: (
        tr(
            "nothing listens at port {{port}} of {{host}}: check the port ({ports}), and "
            "that the server is started and open to the network, not only to its own "
            "machine",
            ports=PORTS,
        )
    ),
    Trouble.NO_WAY: tr("{host} cannot be reached from here: is it on, and are you on its network or VPN?"),
    Trouble.SILENT: tr(
        "{host} does not answer at port {port}: is it on, and does a firewall let you through?"
    ),
    Trouble.SELF_SIGNED: (
        tr(
            "the certificate of {host} is self-signed, so nobody vouches for it: have this "
            "machine trust it (its system's store, or the variable SSL_CERT_FILE)"
        )
    ),
    Trouble.UNKNOWN_ISSUER: (
        tr(
            "the certificate of {host} comes from an authority that this machine does not "
            "know: add it to the system's store, or name its file in SSL_CERT_FILE"
        )
    ),
    Trouble.EXPIRED: tr("the certificate of {host} has expired: whoever runs the server has to renew it"),
    Trouble.NOT_YET_VALID: tr(
        "the certificate of {host} is not valid yet: check the clocks of both machines"
    ),
    Trouble.WRONG_NAME: (
        tr("the certificate is for another name than {host}: write the name that it was made for")
    ),
    Trouble.UNTRUSTED: (
        tr(
            "the certificate of {host} is not trusted by this machine: add its authority "
            "to the system's store"
        )
    ),
    Trouble.NOT_ENCRYPTED: (
        tr(
            "{host} speaks without encryption at port {port}: write http:// if it is on "
            "your own network, or have it use TLS"
        )
    ),
    Trouble.BROKEN: (
        tr("{host} broke the connection off at port {port}: check the port, and what its log says")
    ),
}
"""By what stood in the way: one sentence, with what to do."""
