//! bulla beside Sealed Secrets and SOPS, on the same 1,000 Secrets of 3 values in the same run:
//! `cargo bench -p bulla-tests --bench peers`. It takes three to four minutes.
//!
//! kubeseal has one RSA key of 4096 bits, sops one age key; bulla seals for the one and for the other.
//! Where each file has a process of its own, the programs take turns file by file, so that whatever
//! else the machine does disturbs them alike.
#![forbid(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that measures, not one that people use"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bulla_tests::{bulla, openssl, peers};

const SECRETS: usize = 1_000;
/// Of what one process does in all, the shortest counts.
const ROUNDS: usize = 3;
const STARTS: usize = 100;

fn main() {
    let desk = Desk::new();
    println!("{SECRETS} Secrets x 3 values, one recipient; kubeseal 0.40.0, sops 3.13.3\n");
    one_process(&desk);
    a_process_per_file(&desk);
    bytes(&desk);
    starts(&desk);
}

/// A directory with keys, and with each Secret in a file of its own and in one stream.
struct Desk {
    directory: tempfile::TempDir,
    age: String,
}

impl Desk {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut desk = Self {
            directory,
            age: String::new(),
        };
        let rsa = "req -x509 -newkey rsa:4096 -nodes -days 1 -subj /CN=bench -keyout rsa.key -out rsa.crt";
        desk.run(&mut desk.command(&openssl(), rsa), None, None);
        desk.run(&mut desk.command(bulla(), "keygen age.key"), None, None);
        let mut public = desk.command(bulla(), "keygen --public age.key");
        let public = public.output().unwrap().stdout;
        desk.age = String::from_utf8(public).unwrap().trim().to_owned();
        let manifests: Vec<String> = (0..SECRETS).map(manifest).collect();
        for (n, text) in manifests.iter().enumerate() {
            fs::write(desk.file("plain", n), text).unwrap();
        }
        fs::write(desk.path("stream.yaml"), manifests.join("---\n")).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn file(&self, kind: &str, n: usize) -> PathBuf {
        self.path(&format!("{kind}-{n}.yaml"))
    }

    /// Arguments are apart by spaces; `AGE` stands for the public key.
    fn command(&self, program: &Path, arguments: &str) -> Command {
        let mut command = Command::new(program);
        let arguments = arguments.split(' ');
        command
            .args(arguments.map(|a| if a == "AGE" { self.age.as_str() } else { a }))
            .env("SOPS_AGE_KEY_FILE", self.path("age.key"))
            .env_remove("RAYON_NUM_THREADS")
            .current_dir(&self.directory)
            .stderr(Stdio::null());
        command
    }

    /// Runs a program that has to succeed, and returns how long it took.
    fn run(&self, command: &mut Command, input: Option<&Path>, to: Option<&Path>) -> Duration {
        let input = input.map_or_else(Stdio::null, |path| File::open(path).unwrap().into());
        let to = to.map_or_else(Stdio::null, |path| File::create(path).unwrap().into());
        command.stdin(input).stdout(to);
        let start = Instant::now();
        let status = command.status().unwrap();
        let took = start.elapsed();
        assert!(status.success(), "{command:?}");
        took
    }
}

fn manifest(n: usize) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db-{n}\n  namespace: shop\nstringData:\n  \
         host: db-{n}.example.com\n  password: hunter-{n}\n  username: app-{n}\n"
    )
}

const KUBESEAL: &str = "--cert rsa.crt -o yaml";
const SOPS: &str = "--age AGE --encrypted-regex ^stringData$ --input-type yaml --output-type yaml \
                    -e /dev/stdin";

fn one_process(desk: &Desk) {
    println!("seal, one process for all; shortest of {ROUNDS}");
    let kubeseal = peers::kubeseal();
    let programs: [(&str, &Path, &str, Option<&str>); 5] = [
        ("kubeseal, RSA (one core)", &kubeseal, KUBESEAL, None),
        (
            "bulla, RSA, one core",
            bulla(),
            "seal -r rsa.crt",
            Some("1"),
        ),
        ("bulla, RSA", bulla(), "seal -r rsa.crt", None),
        ("bulla, age, one core", bulla(), "seal -r AGE", Some("1")),
        ("bulla, age", bulla(), "seal -r AGE", None),
    ];
    let stream = desk.path("stream.yaml");
    let out = desk.path("sealed-stream.yaml");
    let mut shortest = [Duration::MAX; 5];
    for _ in 0..ROUNDS {
        for ((_, program, arguments, threads), shortest) in programs.iter().zip(&mut shortest) {
            let mut command = desk.command(program, arguments);
            command.envs(threads.map(|threads| ("RAYON_NUM_THREADS", threads)));
            let took = desk.run(&mut command, Some(&stream), Some(&out));
            *shortest = took.min(*shortest);
            let sealed = fs::read_to_string(&out).unwrap();
            let sealed = sealed.lines().filter(|line| *line == "kind: SealedSecret");
            assert_eq!(sealed.count(), SECRETS);
        }
    }
    for (n, ((name, ..), took)) in programs.iter().zip(shortest).enumerate() {
        row(name, took, (n > 0).then_some(shortest[0]));
    }
    // Out of the stream that was written last.
    let mut open = desk.command(bulla(), "open -i age.key");
    let rounds = (0..ROUNDS).map(|_| desk.run(&mut open, Some(&out), None));
    println!("open, one process for all (neither kubeseal nor sops can)");
    row("bulla, age", rounds.min().unwrap(), None);
}

/// What a program makes of each file, and how long it took in all.
struct Work<'w> {
    name: &'static str,
    program: &'w Path,
    arguments: &'static str,
    from: &'static str,
    to: &'static str,
}

fn a_process_per_file(desk: &Desk) {
    let (kubeseal, sops) = (peers::kubeseal(), peers::sops());
    let work = |name, program, arguments, from, to| Work {
        name,
        program,
        arguments,
        from,
        to,
    };
    let unseal = "--recovery-unseal --recovery-private-key rsa.key -o yaml";
    let decrypt = "--input-type yaml --output-type yaml -d /dev/stdin";
    println!("\nseal, a process for each file");
    let seal = [
        work("kubeseal, RSA", &kubeseal, KUBESEAL, "plain", "kubeseal"),
        work(
            "bulla, RSA",
            bulla(),
            "seal -r rsa.crt",
            "plain",
            "bulla-rsa",
        ),
        work("sops, age", &sops, SOPS, "plain", "sops"),
        work("bulla, age", bulla(), "seal -r AGE", "plain", "bulla-age"),
    ];
    by_turns(desk, &seal);
    println!("open, a process for each file");
    let open = [
        work("kubeseal, RSA", &kubeseal, unseal, "kubeseal", "opened-0"),
        work(
            "bulla, RSA",
            bulla(),
            "open -i rsa.key",
            "bulla-rsa",
            "opened-1",
        ),
        work("sops, age", &sops, decrypt, "sops", "opened-2"),
        work(
            "bulla, age",
            bulla(),
            "open -i age.key",
            "bulla-age",
            "opened-3",
        ),
    ];
    by_turns(desk, &open);
    // All have opened what was sealed: in base64, except sops, which knows nothing of Secrets.
    for n in [0, SECRETS - 1] {
        for opened in ["opened-0", "opened-1", "opened-2", "opened-3"] {
            let text = fs::read_to_string(desk.file(opened, n)).unwrap();
            let password = format!("hunter-{n}");
            let encoded = data_encoding::BASE64.encode(password.as_bytes());
            assert!(
                text.contains(&password) || text.contains(&encoded),
                "{text}"
            );
        }
    }
}

/// Each other program is compared with the one before it.
fn by_turns(desk: &Desk, work: &[Work<'_>; 4]) {
    let mut took = [Duration::ZERO; 4];
    for n in 0..SECRETS {
        for (work, took) in work.iter().zip(&mut took) {
            let mut command = desk.command(work.program, work.arguments);
            let (from, to) = (desk.file(work.from, n), desk.file(work.to, n));
            *took += desk.run(&mut command, Some(&from), Some(&to));
        }
    }
    for (n, work) in work.iter().enumerate() {
        let before = (n % 2 == 1).then(|| took[n - 1]);
        row(work.name, took[n], before);
    }
}

fn bytes(desk: &Desk) {
    println!("\nbytes of one sealed file");
    let size = |kind: &str| fs::metadata(desk.file(kind, 7)).unwrap().len();
    let plain = size("plain");
    for (name, kind) in [
        ("the Secret", "plain"),
        ("kubeseal, RSA", "kubeseal"),
        ("bulla, RSA", "bulla-rsa"),
        ("sops, age", "sops"),
        ("bulla, age", "bulla-age"),
    ] {
        let bytes = size(kind);
        let times = bytes as f64 / plain as f64;
        println!("  {name:<28} {bytes:>8} B   {times:>5.1} x the Secret");
    }
}

fn starts(desk: &Desk) {
    println!("\nstart of a process, median of {STARTS}");
    let (kubeseal, sops) = (peers::kubeseal(), peers::sops());
    let programs = [
        ("kubeseal", kubeseal.as_path(), "--version"),
        // It would ask the network for a newer one otherwise.
        ("sops", sops.as_path(), "--disable-version-check --version"),
        ("bulla", bulla(), "--version"),
    ];
    let mut took = [const { Vec::new() }; 3];
    for _ in 0..STARTS {
        for ((_, program, arguments), took) in programs.iter().zip(&mut took) {
            took.push(desk.run(&mut desk.command(program, arguments), None, None));
        }
    }
    let medians = took.map(|mut took| {
        took.sort();
        took[took.len() / 2]
    });
    for ((name, ..), median) in programs.iter().zip(medians) {
        let times = medians[2].as_secs_f64() / median.as_secs_f64();
        println!("  {name:<28} {median:>10.1?}   bulla takes {times:.2} of it");
    }
}

fn row(name: &str, took: Duration, other: Option<Duration>) {
    let each = took / u32::try_from(SECRETS).unwrap();
    print!("  {name:<28} {took:>10.2?}   {each:>9.1?} each");
    match other {
        Some(other) => println!("   ratio {:.2}", took.as_secs_f64() / other.as_secs_f64()),
        None => println!(),
    }
}
