//! `bulla create tls` beside kubectl's, over the keys and certificates that people have.

use super::Verdict::{self, BothRefuse, Same, Stricter};
use super::compare;
use crate::desk::{Desk, says};

/// NAME.key is PKCS#8, NAME.crt its certificate.
const MATERIAL: &str = r#"
set -e
key() { name=$1; shift; openssl genpkey "$@" -out "$name.key" 2> errors; }
crt() { openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 1 -out "$1.crt" 2> errors; }
for name in rsa rsa2 ca; do key $name -algorithm RSA -pkeyopt rsa_keygen_bits:2048; crt $name; done
key rsa1024 -algorithm RSA -pkeyopt rsa_keygen_bits:1024; crt rsa1024
key pss -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048; crt pss
for curve in P-224 P-256 P-384 P-521 secp256k1 brainpoolP256r1; do
  key $curve -algorithm EC -pkeyopt ec_paramgen_curve:$curve -pkeyopt ec_param_enc:named_curve
  crt $curve
done
key other-P-256 -algorithm EC -pkeyopt ec_paramgen_curve:P-256
for name in ed25519 ed448; do key $name -algorithm $name; crt $name; done
key other-ed25519 -algorithm ed25519
key x25519 -algorithm x25519
openssl rsa -in rsa.key -traditional -out rsa.pkcs1.key 2> errors
openssl rsa -in rsa1024.key -traditional -out rsa1024.pkcs1.key 2> errors
for curve in P-224 P-256 P-384 P-521; do openssl ec -in $curve.key -out $curve.sec1.key 2> errors; done
openssl ec -in P-256.key -no_public -out P-256.private.key 2> errors
openssl ec -in P-256.key -param_enc explicit -out P-256.explicit.key 2> errors
openssl pkcs8 -topk8 -nocrypt -in P-256.explicit.key -out P-256.explicit8.key
{ openssl ecparam -name prime256v1; cat P-256.sec1.key; } > P-256.parameters.key
openssl pkcs8 -topk8 -in rsa.key -passout pass:x -out rsa.encrypted.key
openssl rsa -in rsa.key -traditional -aes128 -passout pass:x -out rsa.legacy.key 2> errors
openssl pkcs8 -topk8 -in P-256.key -passout pass:x -out P-256.encrypted.key
openssl rsa -in rsa.key -pubout -out rsa.pub 2> errors
openssl req -new -key rsa.key -subj /CN=rsa -out rsa.csr 2> errors
openssl x509 -req -in rsa.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -out leaf.crt 2> errors
ssh-keygen -q -t ed25519 -N '' -C '' -f openssh.key
cat leaf.crt ca.crt > chain.crt
cat ca.crt leaf.crt > reversed.crt
cat rsa.key rsa.crt > both.pem
cat rsa2.key rsa.key > two.key
openssl x509 -in rsa.crt -text > text.crt
sed 's/$/\r/' rsa.crt > crlf.crt; sed 's/$/\r/' rsa.key > crlf.key
{ echo -----BEGIN CERTIFICATE-----; grep -v -e '-----' rsa.crt | tr -d '\n'; echo; echo -----END CERTIFICATE-----; } > line.crt
sed 's/^/ /' rsa.crt > indented.crt
{ echo 'Bag Attributes'; echo '    friendlyName: é'; cat rsa.key; } > bag.key
{ printf '\357\273\277'; cat rsa.crt; } > bom.crt
{ cat rsa.crt; echo 'the end'; } > after.crt
printf %s "$(cat rsa.crt)" > no-newline.crt
sed '3s/./!/' rsa.crt > bad.crt
cat bad.crt rsa.crt > bad-then-good.crt
sed '3s/./A/;4s/./A/' rsa.crt > damaged.crt
sed '3s/./A/;4s/./A/' rsa.key > damaged.key
head -n 5 rsa.crt > cut.crt
sed 's/BEGIN CERTIFICATE/BEGIN TRUSTED CERTIFICATE/;s/END CERTIFICATE/END TRUSTED CERTIFICATE/' rsa.crt > trusted.crt
openssl x509 -in rsa.crt -outform DER -out rsa.der
openssl crl2pkcs7 -nocrl -certfile rsa.crt -out rsa.p7b
: > empty
mkdir -p folder
"#;

fn desk() -> Desk {
    let desk = Desk::new();
    bulla_tests::openssl();
    bulla_tests::ssh_keygen();
    let said = says(desk.command("sh").args(["-c", MATERIAL]), "");
    assert_eq!(said.code, 0, "{}", said.stderr);
    desk
}

const CALLS: &[(&str, Verdict)] = &[
    ("--cert rsa.crt --key rsa.key", Same),
    ("--key=rsa.key --cert=./rsa.crt", Same),
    ("--cert rsa.crt --key rsa.pkcs1.key", Same),
    ("--cert rsa1024.crt --key rsa1024.key", Same),
    ("--cert rsa1024.crt --key rsa1024.pkcs1.key", Same),
    ("--cert P-224.crt --key P-224.key", Same),
    ("--cert P-224.crt --key P-224.sec1.key", Same),
    ("--cert P-256.crt --key P-256.key", Same),
    ("--cert P-256.crt --key P-256.sec1.key", Same),
    ("--cert P-256.crt --key P-256.parameters.key", Same),
    ("--cert P-256.crt --key P-256.private.key", Same),
    ("--cert P-384.crt --key P-384.key", Same),
    ("--cert P-384.crt --key P-384.sec1.key", Same),
    ("--cert P-521.crt --key P-521.key", Same),
    ("--cert P-521.crt --key P-521.sec1.key", Same),
    ("--cert ed25519.crt --key ed25519.key", Same),
    ("--cert leaf.crt --key rsa.key", Same),
    ("--cert chain.crt --key rsa.key", Same),
    ("--cert both.pem --key both.pem", Same),
    ("--cert text.crt --key rsa.key", Same),
    ("--cert crlf.crt --key crlf.key", Same),
    ("--cert line.crt --key rsa.key", Same),
    ("--cert rsa.crt --key bag.key", Same),
    ("--cert after.crt --key rsa.key", Same),
    ("--cert no-newline.crt --key rsa.key", Same),
    ("--cert bad-then-good.crt --key rsa.key", Same),
    ("--cert P-256.crt --key P-256.explicit.key", BothRefuse),
    ("--cert P-256.crt --key P-256.explicit8.key", BothRefuse),
    ("--cert rsa.crt --key rsa2.key", BothRefuse),
    ("--cert rsa.crt --key two.key", BothRefuse),
    ("--cert rsa.crt --key P-256.key", BothRefuse),
    ("--cert P-256.crt --key rsa.key", BothRefuse),
    ("--cert P-256.crt --key P-384.key", BothRefuse),
    ("--cert P-256.crt --key other-P-256.key", BothRefuse),
    ("--cert P-256.crt --key ed25519.key", BothRefuse),
    ("--cert ed25519.crt --key other-ed25519.key", BothRefuse),
    ("--cert ed25519.crt --key x25519.key", BothRefuse),
    ("--cert ed25519.crt --key openssh.key", BothRefuse),
    ("--cert ed448.crt --key ed448.key", BothRefuse),
    ("--cert pss.crt --key pss.key", BothRefuse),
    ("--cert secp256k1.crt --key secp256k1.key", BothRefuse),
    (
        "--cert brainpoolP256r1.crt --key brainpoolP256r1.key",
        BothRefuse,
    ),
    ("--cert reversed.crt --key rsa.key", BothRefuse),
    ("--cert rsa.crt --key rsa.encrypted.key", BothRefuse),
    ("--cert rsa.crt --key rsa.legacy.key", BothRefuse),
    ("--cert P-256.crt --key P-256.encrypted.key", BothRefuse),
    ("--cert rsa.crt --key damaged.key", BothRefuse),
    ("--cert rsa.key --key rsa.crt", BothRefuse),
    ("--cert rsa.crt --key rsa.crt", BothRefuse),
    ("--cert rsa.key --key rsa.key", BothRefuse),
    ("--cert rsa.crt --key rsa.pub", BothRefuse),
    ("--cert rsa.csr --key rsa.key", BothRefuse),
    ("--cert rsa.pub --key rsa.key", BothRefuse),
    ("--cert trusted.crt --key rsa.key", BothRefuse),
    ("--cert rsa.p7b --key rsa.key", BothRefuse),
    ("--cert rsa.der --key rsa.key", BothRefuse),
    ("--cert indented.crt --key rsa.key", BothRefuse),
    ("--cert bom.crt --key rsa.key", BothRefuse),
    ("--cert bad.crt --key rsa.key", BothRefuse),
    ("--cert damaged.crt --key rsa.key", BothRefuse),
    ("--cert cut.crt --key rsa.key", BothRefuse),
    ("--cert empty --key rsa.key", BothRefuse),
    ("--cert rsa.crt --key empty", BothRefuse),
    ("--cert missing --key rsa.key", BothRefuse),
    ("--cert rsa.crt --key missing", BothRefuse),
    ("--cert folder --key rsa.key", BothRefuse),
    ("--cert rsa.crt", BothRefuse),
    ("--key rsa.key", BothRefuse),
    ("--cert '' --key rsa.key", BothRefuse),
    ("", BothRefuse),
    (
        "--cert rsa.crt --key rsa.key --from-literal a=b",
        BothRefuse,
    ),
    ("second --cert rsa.crt --key rsa.key", BothRefuse),
    (
        "--cert rsa2.crt --cert rsa.crt --key rsa.key",
        Stricter("cannot be used multiple times"),
    ),
];

#[test]
fn pairs_are_taken_and_refused_as_by_kubectl() {
    compare(&desk(), "tls", CALLS);
}
