//! Sealing and opening 10,000 files, and rewrapping 1,000, with the `bulla` command as it is
//! installed: as ratios to reading and writing the same files on all cores in the same run.
//!
//! bulla syncs every file and its folder before it says that they are written, so that a power
//! failure takes nothing back. How long that alone takes is shown beside it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark may panic, and prints its figures"
)]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bulla_envelope::Identity;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

const SEALED: usize = 10_000;
const REWRAPPED: usize = 1_000;
const PER_FOLDER: usize = 100;
const ROUNDS: usize = 3;

fn main() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = directory.path();
    let [me, other] = [(); 2].map(|()| Identity::generate());
    for (identity, name) in [(&me, "me"), (&other, "other")] {
        let line = identity.to_age_line().expect("an age identity");
        fs::write(at.join(name), line.as_bytes()).expect("written");
    }
    let (mut seal, mut copied, mut synced) = (Vec::new(), Vec::new(), Vec::new());
    let (mut open, mut read) = (Vec::new(), Vec::new());
    let (mut rewrap, mut rewritten) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let tree = at.join(round.to_string());
        manifests(&tree);
        let recipient = me.to_recipient().expect("an age identity").to_string();
        seal.push(time(|| {
            bulla(at, &["seal", "-w", "-r", &recipient], &[tree.as_path()]);
        }));
        let sealed: Vec<PathBuf> = (0..SEALED).map(|n| sealed(&tree, n)).collect();
        let manifests: Vec<PathBuf> = (0..SEALED).map(|n| manifest(&tree, n)).collect();
        let texts: Vec<Vec<u8>> = sealed.iter().map(|path| read_all(path)).collect();
        let pairs: Vec<_> = manifests.iter().zip(&texts).collect();
        copied.push(time(|| {
            pairs.par_iter().for_each(|(manifest, text)| {
                read_all(manifest);
                fs::write(manifest.with_extension("copy"), text).expect("written");
            });
        }));
        synced.push(time(|| {
            pairs.par_iter().for_each(|(manifest, text)| {
                read_all(manifest);
                let path = manifest.with_extension("synced");
                let mut file = File::create(&path).expect("created");
                file.write_all(text).expect("written");
                file.sync_all().expect("synced");
                let folder = File::open(path.parent().expect("a folder")).expect("opened");
                folder.sync_all().expect("synced");
            });
        }));

        let paths: Vec<&Path> = sealed.iter().map(PathBuf::as_path).collect();
        open.push(time(|| bulla(at, &["open", "-i", "me"], &paths)));
        read.push(time(|| {
            sealed.par_iter().for_each(|path| {
                read_all(path);
            });
            let text = vec![b'x'; SEALED * 500];
            fs::write(at.join("opened"), text).expect("written");
        }));

        let replace = format!(
            "{recipient}={}",
            other.to_recipient().expect("an age identity")
        );
        let first = &paths[..REWRAPPED];
        let arguments = ["rewrap", "-i", "me", "--replace", &replace];
        rewrap.push(time(|| bulla(at, &arguments, first)));
        rewritten.push(time(|| {
            first.par_iter().for_each(|path| {
                fs::write(path, read_all(path)).expect("written");
            });
        }));
        fs::remove_dir_all(&tree).expect("removed");
    }
    let [seal, copied, synced] = [seal, copied, synced].map(median);
    let [open, read, rewrap, rewritten] = [open, read, rewrap, rewritten].map(median);
    let line = |what: &str, time: Duration, beside: Duration| {
        let ratio = time.as_secs_f64() / beside.as_secs_f64();
        println!("  {what:<44} {time:>9.1?}  ratio {ratio:.2}");
    };
    println!("{SEALED} files, all cores, median of {ROUNDS}:");
    line("read the manifests and write as much", copied, copied);
    line("the same, synced", synced, copied);
    line("bulla seal -w", seal, copied);
    line("read the sealed files and write the Secrets", read, read);
    line("bulla open", open, read);
    println!("{REWRAPPED} of them:");
    line("read and write", rewritten, rewritten);
    line("bulla rewrap", rewrap, rewritten);
}

fn folder(tree: &Path, n: usize) -> PathBuf {
    tree.join((n / PER_FOLDER).to_string())
}

fn manifest(tree: &Path, n: usize) -> PathBuf {
    folder(tree, n).join(format!("secret-{n}.yaml"))
}

fn sealed(tree: &Path, n: usize) -> PathBuf {
    folder(tree, n).join(format!("db-{n}.sealed.yaml"))
}

fn manifests(tree: &Path) {
    for n in 0..SEALED {
        fs::create_dir_all(folder(tree, n)).expect("a folder");
        let text = format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db-{n}\n  namespace: shop\nstringData:\n  \
             host: db-{n}.example.com\n  password: hunter-{n}\n  username: app-{n}\n"
        );
        fs::write(manifest(tree, n), text).expect("written");
    }
}

fn read_all(path: &Path) -> Vec<u8> {
    fs::read(path).expect("it is there")
}

fn bulla(at: &Path, arguments: &[&str], paths: &[&Path]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bulla"));
    command.current_dir(at).args(arguments).args(paths);
    let output = File::create(at.join("output")).expect("created");
    let status = command.stdout(output).stderr(Stdio::null()).status();
    assert!(status.expect("it runs").success(), "{arguments:?}");
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
