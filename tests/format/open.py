#!/usr/bin/env python3
"""Second implementation of the sealed format, written from docs/format.md alone. It only reads.

    open.py SEALED_FILE [-i IDENTITY_FILE]...

SEALED_FILE is one SealedSecret in JSON, or in YAML if PyYAML can be imported. An identity file has age's
AGE-SECRET-KEY-1 lines or one unencrypted RSA private key in PEM. Numbers in comments are the specification's sections.
"""
import argparse
import base64
import hashlib
import hmac
import json
import re
import sys
import warnings

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF as LibraryHKDF

MAX_ITEMS, MAX_VALUES, MAX_DECODED, MAX_RECIPIENTS = 256, 1_048_576, 1_310_720, 64  # 3


class Refused(Exception):
    """The file is refused. The message never has a value or a key in it."""


def check(condition, reason):
    if not condition:
        raise Refused(reason)


# Reading the object. A mapping with a key twice is refused here, before the second one can hide the first (8).

def unique(pairs):
    for key, _ in pairs:
        text(key, "a key")
    check(len(dict(pairs)) == len(pairs), "a key twice in one mapping")
    return dict(pairs)


def parse(data):
    try:
        source = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not UTF-8") from None
    try:
        return json.loads(source, object_pairs_hook=unique)
    except RecursionError:
        raise Refused("nested too deeply") from None
    except ValueError:
        return parse_yaml(source)


def parse_yaml(source):
    try:
        import yaml
    except ImportError:
        raise Refused("not JSON, and YAML cannot be read without PyYAML") from None

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node, deep=False):  # "<<" is refused: nothing constructs it
            return unique([(self.construct_object(k, True), self.construct_object(v, True)) for k, v in node.value])

    Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))
    try:
        return yaml.load(source, Loader)
    except Refused:
        raise
    except Exception:  # PyYAML has more of them than YAMLError for scalars that are not what their tag says
        raise Refused("not a JSON or YAML document of plain mappings, lists and scalars") from None


def mapping(value, where):
    check(isinstance(value, dict), f"{where} is not a mapping")
    return value


def fields(value, where, required=(), optional=()):
    mapping(value, where)
    check(set(required) <= set(value), f"{where} lacks one of: {', '.join(required)}")
    check(set(value) <= {*required, *optional}, f"{where} has an unknown field")  # 8
    return value


def text(value, where, empty=True):
    check(isinstance(value, str), f"{where} is not a string")
    check(empty or value, f"{where} is empty")
    check(not re.search("[\ud800-\udfff]", value), f"{where} is not Unicode")
    return value


# 2. Notation

def le64(n):
    return n.to_bytes(8, "little")


def SHA256(data):
    return hashlib.sha256(data).digest()


def HKDF(ikm, info, salt=b""):  # only age, below, has a salt
    return LibraryHKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(ikm)


def unbase64(value, where):
    try:
        decoded = base64.b64decode(text(value, where))
    except ValueError:
        raise Refused(f"{where} is not base64") from None
    check(base64.b64encode(decoded).decode() == value, f"{where} is not canonical base64")
    return decoded


def pae(label, *parts):
    strings = [part.encode() if isinstance(part, str) else part for part in (label, *parts)]
    return le64(len(strings)) + b"".join(le64(len(string)) + string for string in strings)


# 4. The place

def context(sealed_for):
    namespace, name = sealed_for.get("namespace", ""), sealed_for.get("name", "")
    return pae("bulla/v1/context", namespace, name, bytes([bool(namespace) | bool(name) << 1]))


def check_place(metadata, sealed_for):
    fields(sealed_for, "sealedFor", optional=["namespace", "name"])
    for field in sealed_for:
        text(sealed_for[field], f"sealedFor.{field}", empty=False)
        # A namespace that metadata leaves to whoever applies the file cannot be compared here.
        check(metadata.get(field, sealed_for[field]) == sealed_for[field], f"sealed for another {field}")
    check("namespace" in sealed_for or "name" not in sealed_for, "sealedFor has a name without a namespace")


# 5. The commitment

def commitment(data_key):
    return HKDF(data_key, pae("bulla/v1/commit"))


# 6. Items

def padme(L):
    E = L.bit_length() - 1
    S = E.bit_length()
    m = 2 ** (E - S) - 1
    return (L + m) & ~m


def padded_length(length):
    return max(64, padme(max(64, 4 + length)))


def check_item_length(item):
    length = len(item) - 28
    check(length >= 64 and padme(length) == length, "an item has a length that no value gives")  # padme is idempotent


def unpad(padded):
    length = int.from_bytes(padded[:4], "little")
    check(padded_length(length) == len(padded), "an item states another length than it has")
    check(not any(padded[4 + length:]), "an item's filling is not zero")
    return padded[4:4 + length]


def open_item(data_key, ctx, type_, key, item):
    item_key = HKDF(data_key, pae("bulla/v1/item", ctx, type_, key))
    try:
        return unpad(AESGCM(item_key).decrypt(item[:12], item[12:], pae("bulla/v1/item-aad", ctx, type_, key)))
    except InvalidTag:
        raise Refused("an item does not open") from None


# 7. Wrapped keys

def binding(ctx, recipients):
    return SHA256(pae("bulla/v1/binding", ctx, *recipients))


def bech32(string, prefix):
    """The 32 bytes of a lower-case Bech32 string (BIP 173) of this prefix, or None."""
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    if not re.fullmatch(f"{prefix}1[{alphabet}]{{58}}", string):  # 52 digits for 32 bytes, 6 for the checksum
        return None
    digits = [alphabet.index(c) for c in string[len(prefix) + 1:]]
    polymod = 1
    for digit in [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *digits]:
        top = polymod >> 25
        polymod = (polymod & 0x1FFFFFF) << 5 ^ digit
        for i, generator in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            polymod ^= generator if top >> i & 1 else 0
    number = int("".join(f"{digit:05b}" for digit in digits[:-6]), 2)  # 260 bits, of which the last 4 are padding
    return (number >> 4).to_bytes(32, "big") if polymod == 1 and number % 16 == 0 else None


def check_recipients(recipients):  # 7.1
    check(isinstance(recipients, list) and 1 <= len(recipients) <= MAX_RECIPIENTS, "not 1 to 64 recipients")  # 3
    for recipient in recipients:
        known = re.fullmatch("sha256:[0-9a-f]{64}", text(recipient, "a recipient")) or bech32(recipient, "age")
        check(known, "a recipient is neither an age X25519 recipient nor an RSA fingerprint")
    check(len(set(recipients)) == len(recipients), "a recipient twice in one list")
    return [r for r in recipients if r.startswith("age1")], [r[7:] for r in recipients if r.startswith("sha256:")]


class AgeFile:
    """7.2 and C2SP age.md: the header and the payload of an armored age v1 file, checked without a key."""

    def __init__(self, armored, a):
        lines = text(armored, "age").replace("\r\n", "\n").strip(" \t\r\n")
        armor = re.fullmatch("-----BEGIN AGE ENCRYPTED FILE-----\n((?:[^\n]{64}\n)*(?:[^\n]{1,63}\n)?)"
                             "-----END AGE ENCRYPTED FILE-----", lines)
        check(armor, "age is not in strict armor")
        data = unbase64(armor[1].replace("\n", ""), "age's armor")
        check(len(data) <= 2048 * (a + 1), "the age file is too long")
        stanza = rb"->(?: [!-~]+)+\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/]{0,63}\n"
        header = re.match(rb"(age-encryption\.org/v1\n((?:" + stanza + rb")+)---) ([A-Za-z0-9+/]{43})\n", data)
        check(header, "the age header is malformed")
        self.header, self.mac, self.payload = header[1], self.unbase64(header[3]), data[header.end():]
        stanzas = re.findall(rb"-> ([!-~ ]+)\n((?:[A-Za-z0-9+/]+\n)*\n?)", header[2])
        stanzas = [(arguments.split(b" "), self.unbase64(body.replace(b"\n", b""))) for arguments, body in stanzas]
        grease = [arguments for arguments, _ in stanzas if arguments[0].endswith(b"-grease")]
        self.x25519 = [(arguments[1:], body) for arguments, body in stanzas if arguments[0] == b"X25519"]
        check(len(self.x25519) == a, "another number of X25519 stanzas than of age recipients")
        check(len(grease) <= 1 and a + len(grease) == len(stanzas), "an age stanza of another type")
        check(all(len(arguments) == 1 for arguments, _ in self.x25519), "a malformed X25519 stanza")
        self.x25519 = [(self.unbase64(arguments[0]), body) for arguments, body in self.x25519]
        check(all(len(share) == len(body) == 32 for share, body in self.x25519), "a malformed X25519 stanza")
        check(len(self.payload) == 16 + 64 + 16, "the age payload does not have 64 bytes")  # nonce, payload, tag

    @staticmethod
    def unbase64(data):
        return unbase64(data.decode() + "=" * (-len(data) % 4), "base64 in the age header")

    def unwrap(self, identity):
        """The payload, or None if no stanza is for this X25519 identity."""
        public = identity.public_key().public_bytes_raw()
        for share, body in self.x25519:
            try:
                shared = identity.exchange(X25519PublicKey.from_public_bytes(share))
                wrap_key = HKDF(shared, b"age-encryption.org/v1/X25519", salt=share + public)
                file_key = ChaCha20Poly1305(wrap_key).decrypt(bytes(12), body, None)
            except ValueError:
                raise Refused("an X25519 share of low order") from None
            except InvalidTag:
                continue
            mac = hmac.digest(HKDF(file_key, b"header"), self.header, "sha256")
            check(hmac.compare_digest(mac, self.mac), "the age header was changed")
            payload_key = HKDF(file_key, b"payload", salt=self.payload[:16])
            try:  # STREAM: chunk 0 is the last one
                return ChaCha20Poly1305(payload_key).decrypt(bytes(11) + b"\x01", self.payload[16:], None)
            except InvalidTag:
                raise Refused("the age payload was changed") from None
        return None


def fingerprint(public_key):  # 7.1
    check(2048 <= public_key.key_size <= 4096 and public_key.public_numbers().e == 65537, "an RSA key outside 7.1")
    spki = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return SHA256(spki).hex()


def unwrap_rsa(identity, ciphertext):  # 7.3
    check(len(ciphertext) == (identity.key_size + 7) // 8, "an RSA part is not as long as the modulus")
    try:
        return identity.decrypt(ciphertext, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    except ValueError:
        raise Refused("an RSA part does not open") from None


# 8. What is refused before any key is used

class Envelope:
    def __init__(self, value):
        fields(value, "an envelope", ["format", "commitment", "recipients", "items"], ["age", "rsa"])
        check(type(value["format"]) is int and value["format"] == 1, "not format 1")
        self.commitment = unbase64(value["commitment"], "a commitment")
        check(len(self.commitment) == 32, "a commitment does not have 32 bytes")
        self.recipients = value["recipients"]
        age, fingerprints = check_recipients(self.recipients)
        check(("age" in value) == bool(age), "an age part without age recipients, or the reverse")  # 7.2
        self.age = AgeFile(value["age"], len(age)) if age else None
        self.rsa = {k: unbase64(v, "an RSA part") for k, v in mapping(value.get("rsa", {}), "rsa").items()}
        check(set(self.rsa) == set(fingerprints), "the RSA parts are not those of the list")  # 7.3
        check(all(256 <= len(part) <= 512 for part in self.rsa.values()), "an RSA part of impossible length")
        self.items = {k: unbase64(v, "an item") for k, v in mapping(value["items"], "items").items()}
        check(self.items, "an envelope without items")  # 3
        for key, item in self.items.items():
            check(re.fullmatch(r"(?!\.\.|\.$)[-._a-zA-Z0-9]{1,253}", key), "an item key that no Secret may have")
            check_item_length(item)

    def unwrap(self, identities, ctx):  # 9, steps 1 to 3
        refused = Refused("no identity")
        for identity in identities:
            try:
                wrapped = self.unwrap_with(identity)
            except Refused as damaged:  # for this recipient; another part may be sound
                refused = damaged
                continue
            if wrapped is not None:
                bound = hmac.compare_digest(wrapped[32:], binding(ctx, self.recipients))
                check(bound, "the recipients or the place changed")
                return wrapped[:32]
        raise refused

    def unwrap_with(self, identity):
        if isinstance(identity, X25519PrivateKey):
            wrapped = self.age and self.age.unwrap(identity)
        else:
            part = self.rsa.get(fingerprint(identity.public_key()))
            wrapped = part and unwrap_rsa(identity, part)
        if wrapped is not None:
            check(len(wrapped) == 64, "a wrapped key does not have 64 bytes")
            committed = hmac.compare_digest(commitment(wrapped[:32]), self.commitment)
            check(committed, "the data key is not the committed one")
        return wrapped


class SealedSecret:
    def __init__(self, value):
        fields(value, "the object", ["apiVersion", "kind", "metadata", "spec"], ["status"])
        check((value["apiVersion"], value["kind"]) == ("bulla.dev/v1alpha1", "SealedSecret"), "not a SealedSecret")
        metadata = {k: v for k, v in value["metadata"].items() if k in ("name", "namespace")}  # 1: the rest is Kubernetes'
        fields(metadata, "metadata", ["name"], ["namespace"])
        for field in metadata:
            text(metadata[field], f"metadata.{field}", empty=False)
        spec = fields(value["spec"], "spec", ["sealedFor", "secretName", "envelopes"], ["type", "template"])
        check_place(metadata, spec["sealedFor"])
        self.name = metadata["name"]
        self.namespace = metadata.get("namespace", spec["sealedFor"].get("namespace"))
        self.secret_name = text(spec["secretName"], "secretName")
        self.context = context(spec["sealedFor"])
        self.type = text(spec.get("type", "Opaque"), "type", empty=False)
        template = fields(spec.get("template", {}), "template", optional=["labels", "annotations"])
        self.labels, self.annotations = (mapping(template.get(f, {}), f) for f in ("labels", "annotations"))
        for string in (*self.labels.values(), *self.annotations.values()):
            text(string, "a label or annotation")
        check(isinstance(spec["envelopes"], list) and spec["envelopes"], "no envelopes")
        self.envelopes = [Envelope(envelope) for envelope in spec["envelopes"]]
        check(len({e.commitment for e in self.envelopes}) == len(self.envelopes), "a commitment twice")
        items = [(key, item) for envelope in self.envelopes for key, item in envelope.items.items()]
        check(len(dict(items)) == len(items), "an item key twice")
        check(len(items) <= MAX_ITEMS, "too many items")
        check(sum(len(item) for _, item in items) <= MAX_DECODED, "too long items")

    def digest(self):  # 10
        def flat(label, entries):  # by the bytes of the key
            return pae(label, *(part for key in sorted(entries, key=str.encode) for part in (key, *entries[key])))
        labels = flat("bulla/v1/labels", {k: [v] for k, v in self.labels.items()})
        annotations = flat("bulla/v1/annotations", {k: [v] for k, v in self.annotations.items()})
        items = {k: [e.commitment, SHA256(item)] for e in self.envelopes for k, item in e.items.items()}
        items = flat("bulla/v1/items", items)
        return SHA256(pae("bulla/v1/digest", self.context, self.type, labels, annotations, items))

    def suffix(self):  # 11
        return base64.b32encode(self.digest()).decode().lower()[:16]

    def stale(self):  # 11
        parts = re.finditer(f"[-.]{self.suffix()}(?=[-.]|\\Z)", self.secret_name)
        return all(self.secret_name[:p.start()] + self.secret_name[p.end():] != self.name for p in parts)

    def open(self, identities):  # 9, and 11 for the origin
        data_keys = {envelope.commitment: envelope.unwrap(identities, self.context) for envelope in self.envelopes}
        values = {key: open_item(data_keys[envelope.commitment], self.context, self.type, key, item)
                  for envelope in self.envelopes for key, item in envelope.items.items()}
        check(sum(map(len, values.values())) <= MAX_VALUES, "the values are too long")
        if self.namespace is None:
            return values, None
        ikm = b"".join(data_keys[c] for c in sorted(data_keys))
        return values, HKDF(ikm, pae("bulla/v1/origin", self.namespace, self.secret_name, self.digest())).hex()


def read_identities(path):
    data = open(path, "rb").read()
    try:
        if b"PRIVATE KEY-----" in data:
            key = serialization.load_pem_private_key(data, None)
            check(isinstance(key, rsa.RSAPrivateKey), "an identity file's PEM is not an RSA key")
            return [key]
        lines = [line.strip() for line in data.decode().splitlines()]
    except (ValueError, TypeError):
        raise Refused("an identity file is neither age's nor an unencrypted RSA key") from None
    lines = [line for line in lines if line and not line.startswith("#")]
    keys = [bech32(line.lower(), "age-secret-key-") if line.isupper() else None for line in lines]
    check(keys and all(keys), "an identity file has no identity, or a line that is none of age X25519")
    return [X25519PrivateKey.from_private_bytes(key) for key in keys]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sealed_file")
    parser.add_argument("-i", dest="identity_files", metavar="IDENTITY_FILE", action="append", default=[])
    arguments = parser.parse_args()
    try:
        sealed = SealedSecret(parse(open(arguments.sealed_file, "rb").read()))
        result = {"digest": "sha256:" + sealed.digest().hex(), "suffix": sealed.suffix(),
                  "secretName": f"{sealed.name}-{sealed.suffix()}", "stale": sealed.stale()}
        check(len(result["secretName"]) <= 253, "the Secret's name would have more than 253 characters")  # 11
        if arguments.identity_files:
            check(not result["stale"], "stale: spec.secretName does not fit the digest")  # 11
            values, origin = sealed.open([key for path in arguments.identity_files for key in read_identities(path)])
            result["values"] = {key: base64.b64encode(value).decode() for key, value in values.items()}
            result["origin"] = origin
    except Refused as reason:
        sys.exit(f"refused: {reason}")
    except OSError as error:
        sys.exit(f"refused: cannot read {error.filename}")
    print(json.dumps(result))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
