"""What a test of a server's address says: what is wrong, and what to do about it."""

from __future__ import annotations

from compute_broker.core.tier import ProviderKind
from compute_broker.net.diagnosis import Trouble

NAMES = {
    ProviderKind.LMSTUDIO: "LM Studio",
    ProviderKind.OLLAMA: "Ollama",
    ProviderKind.LLAMA_SERVER: "llama-server",
    ProviderKind.VLLM: "vLLM",
    ProviderKind.OPENAI: "A server that speaks OpenAI's protocol",
}

NO_MODEL = {
    ProviderKind.LMSTUDIO: "download or load one there",
    ProviderKind.OLLAMA: "get one with: ollama pull",
}

PORTS = "LM Studio uses 1234, Ollama 11434, llama-server 8080 or 9931, vLLM 8000"

TELL = {
    Trouble.NAME_UNKNOWN: (
        "the name {host} is not known on this network: check its spelling, or write the address in numbers"
    ),
    Trouble.REFUSED: (
        f"nothing listens at port {{port}} of {{host}}: check the port ({PORTS}), and that the server is "
        "started and open to the network, not only to its own machine"
    ),
    Trouble.NO_WAY: "{host} cannot be reached from here: is it on, and are you on its network or VPN?",
    Trouble.SILENT: "{host} does not answer at port {port}: is it on, and does a firewall let you through?",
    Trouble.SELF_SIGNED: (
        "the certificate of {host} is self-signed, so nobody vouches for it: have this machine trust it "
        "(its system's store, or the variable SSL_CERT_FILE)"
    ),
    Trouble.UNKNOWN_ISSUER: (
        "the certificate of {host} comes from an authority that this machine does not know: add it to the "
        "system's store, or name its file in SSL_CERT_FILE"
    ),
    Trouble.EXPIRED: "the certificate of {host} has expired: whoever runs the server has to renew it",
    Trouble.NOT_YET_VALID: "the certificate of {host} is not valid yet: check the clocks of both machines",
    Trouble.WRONG_NAME: (
        "the certificate is for another name than {host}: write the name that it was made for"
    ),
    Trouble.UNTRUSTED: (
        "the certificate of {host} is not trusted by this machine: add its authority to the system's store"
    ),
    Trouble.NOT_ENCRYPTED: (
        "{host} speaks without encryption at port {port}: write http:// if it is on your own network, "
        "or have it use TLS"
    ),
    Trouble.BROKEN: ("{host} broke the connection off at port {port}: check the port, and what its log says"),
}
"""By what stood in the way: one sentence, with what to do."""
