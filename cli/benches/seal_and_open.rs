//! Sealing and opening 1,000 Secrets of 3 values for 3 recipients on all cores, as a ratio to the
//! X25519 operations that age cannot do without, in the same run.
//!
//! Goal: 1.5. For each recipient age makes an ephemeral key (one multiplication by the base point)
//! and a shared secret (one by the recipient); who opens makes a shared secret and its own public
//! key for each stanza up to its own, which here is the first.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints its figures"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use bulla_envelope::{Identity, Recipients};
use bulla_manifest::Stream;
use bulla_manifest::secret;
use bulla_sealing::{Content, SealedFile, Target, seal};
use rayon::iter::{IntoParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
use x25519_dalek::{PublicKey, StaticSecret};

const SECRETS: usize = 1_000;
const RECIPIENTS: usize = 3;
const ROUNDS: usize = 7;

fn main() {
    let identities: Vec<Identity> = (0..RECIPIENTS).map(|_| Identity::generate()).collect();
    let recipients = Recipients::new(identities.iter().filter_map(Identity::to_recipient));
    let recipients = recipients.expect("three recipients");
    let first = &identities[..1];
    let (mut ours, mut text, mut pure) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(|| {
            (0..SECRETS).into_par_iter().for_each(|n| {
                let sealed = seal(&secret(n), &Target::default(), &recipients);
                let file = sealed.expect("it seals").file;
                black_box(open(&file, first));
            });
        }));
        text.push(time(|| through_text(&recipients, first)));
        pure.push(time(pure_x25519));
    }
    let [ours, text, pure] = [ours, text, pure].map(median);
    let ratio = |time: Duration| time.as_secs_f64() / pure.as_secs_f64();
    println!(
        "{SECRETS} Secrets x 3 values x {RECIPIENTS} recipients, all cores, median of {ROUNDS}:"
    );
    println!("  X25519 alone             {pure:>9.1?}");
    println!(
        "  seal and open            {ours:>9.1?}  ratio {:.2} (goal 1.5)",
        ratio(ours)
    );
    println!(
        "  and read and write YAML  {text:>9.1?}  ratio {:.2}",
        ratio(text)
    );
}

fn manifest(n: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db-{n}\n  namespace: shop\nstringData:\n  \
         host: db-{n}.example.com\n  password: hunter-{n}\n  username: app-{n}\n"
    )
}

fn secret(n: usize) -> secret::Secret {
    let value = |text: String| bulla_plaintext::Plaintext::from(text.into_bytes());
    secret::Secret {
        name: format!("db-{n}"),
        namespace: Some("shop".into()),
        type_: secret::OPAQUE.into(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        immutable: None,
        data: BTreeMap::from([
            ("host".into(), value(format!("db-{n}.example.com"))),
            ("password".into(), value(format!("hunter-{n}"))),
            ("username".into(), value(format!("app-{n}"))),
        ]),
    }
}

fn open(file: &SealedFile, identities: &[Identity]) -> usize {
    let content = Content::parse(&file.spec).expect("well-formed");
    let metadata = &file.metadata;
    let secret = content.open(
        &metadata.name,
        metadata.namespace.as_deref(),
        identities,
        false,
    );
    secret.expect("it opens").values().len()
}

/// The same with a manifest at one end and a sealed file in the middle.
fn through_text(recipients: &Recipients, identities: &[Identity]) {
    let manifests: Vec<String> = (0..SECRETS).map(manifest).collect();
    manifests.par_iter().for_each(|manifest| {
        let stream = Stream::read("secret.yaml", manifest.as_bytes()).expect("YAML");
        let secret = secret::read(&stream.documents()[0]).expect("a Secret");
        let sealed = seal(&secret, &Target::default(), recipients);
        let yaml = sealed
            .expect("it seals")
            .file
            .to_yaml()
            .expect("it is written");
        let stream = Stream::read("sealed.yaml", yaml.as_bytes()).expect("YAML");
        let file = SealedFile::read(&stream.documents()[0]).expect("a sealed file");
        black_box(open(&file, identities));
    });
}

fn pure_x25519() {
    let recipients: Vec<StaticSecret> = (0..RECIPIENTS).map(|_| StaticSecret::random()).collect();
    let public: Vec<PublicKey> = recipients.iter().map(PublicKey::from).collect();
    (0..SECRETS).into_par_iter().for_each(|_| {
        let mut share = None;
        for recipient in &public {
            let ephemeral = StaticSecret::random();
            let own = black_box(PublicKey::from(&ephemeral));
            share.get_or_insert(own);
            black_box(ephemeral.diffie_hellman(recipient));
        }
        let identity = &recipients[0];
        black_box(PublicKey::from(identity));
        black_box(identity.diffie_hellman(&share.expect("a recipient")));
    });
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
