"""The manifest: what is in an audit file, by name, size and hash, and the signature over it.

Both are the last members and lie unpacked. Reads what strangers hand in: `parse` raises ManifestError and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.activity.jcs import ActivityError
from cme_xblock.evidence import archive, keys

# Counts up when a reader of the older form could misread the newer one.
FORMAT = 1
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
LARGEST = 64 << 20
_SAID = b"cme_xblock audit file, format 1\n"
_HEX = frozenset("0123456789abcdef")


class ManifestError(ValueError):
    """What is not as a manifest or its signature must be, in words."""


@dataclass(frozen=True)
class Listed:
    """One member: its name, the SHA-256 of its content and how many bytes that is."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What the provider signed. `counts`: how many of each kind are in the file, such as "entries".

    `about`: course_key, activity_id, activity_key, title and provider of the activity, as texts. `missing`: how many
    elements of an audit file are not there. `made_at`: an instant as text. `simulated`: no true learners.
    """

    made_at: str
    site: str
    about: Mapping[str, str]
    counts: Mapping[str, int]
    missing: int
    simulated: bool
    files: tuple[Listed, ...]

    def dumps(self) -> bytes:
        """The bytes that are hashed and signed: canonical JSON."""
        return canonical.dumps({"format": FORMAT, **asdict(self)})


@dataclass(frozen=True)
class Signature:
    """Who signed: the key's name at the provider's, the key, and the signature over the manifest's bytes."""

    key_id: str
    public: bytes
    signature: bytes

    def dumps(self) -> bytes:
        """The bytes of the member."""
        return canonical.dumps(
            {
                "algorithm": keys.ALGORITHM,
                "key_id": self.key_id,
                "public_key": keys.encode(self.public),
                "fingerprint": keys.fingerprint(self.public),
                "signature": keys.encode(self.signature),
            }
        )

    def holds(self, manifest: bytes) -> bool:
        """Whether it is a signature over these bytes by its own key; whose key that is, is another question."""
        return keys.is_signed(self.public, self.signature, signed(manifest))


def signed(manifest: bytes) -> bytes:
    """What is signed: the manifest's bytes, and in front of them what they are, so that nothing else can be meant."""
    return _SAID + manifest


def parse(content: bytes) -> Manifest:
    """The manifest in these bytes. Raises ManifestError."""
    data = _object(content, "The manifest")
    if data.get("format") != FORMAT:
        raise ManifestError(f"The manifest is of another format than {FORMAT}: use a newer verifier.")
    files = data.get("files")
    about, counts = data.get("about"), data.get("counts")
    if not (
        data.keys() == {"format", "made_at", "site", "about", "counts", "missing", "simulated", "files"}
        and all(isinstance(data[name], str) for name in ("made_at", "site"))
        and isinstance(about, dict)
        and all(isinstance(one, str) for one in about.values())
        and isinstance(counts, dict)
        and all(type(one) is int and one >= 0 for one in counts.values())
        and type(data["missing"]) is int
        and type(data["simulated"]) is bool
        and isinstance(files, list)
    ):
        raise ManifestError("The manifest lacks something, or has something that no manifest has.")
    return Manifest(
        made_at=data["made_at"],
        site=data["site"],
        about=about,
        counts=counts,
        missing=data["missing"],
        simulated=data["simulated"],
        files=tuple(_listed(one) for one in files),
    )


def parse_signature(content: bytes) -> Signature:
    """The signature in these bytes. Raises ManifestError."""
    data = _object(content, "The signature")
    public, value = keys.decode(data.get("public_key"), size=32), keys.decode(data.get("signature"), size=64)
    if public is None or value is None or not isinstance(data.get("key_id"), str):
        raise ManifestError("The signature is not in the form of one.")
    found = Signature(data["key_id"], public, value)
    if found.dumps() != content:
        raise ManifestError("The signature says something else of its key than the key does.")
    return found


def is_hash(text: object) -> bool:
    """Whether that is a SHA-256 as we write one: 64 lower-case hex digits."""
    return isinstance(text, str) and len(text) == 64 and _HEX.issuperset(text)


def _listed(data: Any) -> Listed:
    if not isinstance(data, dict) or data.keys() != {"name", "sha256", "size"}:
        raise ManifestError("The manifest lists something that is no file.")
    name, digest, size = data["name"], data["sha256"], data["size"]
    if not isinstance(name, str) or not archive.is_name(name) or not is_hash(digest):
        raise ManifestError("The manifest lists a file under a name or a hash that is none.")
    if type(size) is not int or not 0 <= size <= archive.LARGEST:
        raise ManifestError(f"The manifest lists {name} with a size that is none.")
    return Listed(name, digest, size)


def _object(content: bytes, what: str) -> dict[str, Any]:
    try:
        data = canonical.loads(content)
        if canonical.dumps(data) != content:
            raise ManifestError(f"{what} is not in canonical form: it was changed.")
    except ActivityError:
        raise ManifestError(f"{what} can't be read: it was changed.") from None
    if not isinstance(data, dict):
        raise ManifestError(f"{what} is no object.")
    return data
