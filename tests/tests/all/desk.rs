//! A person's desk: a directory with keys in it, and `bulla` at hand.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The identity in `key.txt`. It guards nothing: it stands in the format's vectors, too.
pub(crate) const IDENTITY: &str =
    "AGE-SECRET-KEY-1U4PSD7U9DWYZRZMHW7FQ08N6A6G43RULQWUJZED87S7DV56QJQYQ75YDZL";

/// An empty directory in which `bulla` runs, with `key.txt` and `recipients.txt` in it.
pub(crate) struct Desk {
    directory: TempDir,
    /// What `-r` takes for `key.txt`.
    pub(crate) recipient: String,
}

/// What a command said, and how it ended.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut desk = Self {
            directory,
            recipient: String::new(),
        };
        desk.write("key.txt", format!("{IDENTITY}\n"));
        let recipient = desk.prints(["keygen", "--public", "key.txt"]);
        desk.write("recipients.txt", &recipient);
        desk.recipient = recipient.trim_end().to_owned();
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// A command that runs here, free of the settings of whoever runs the tests.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.directory);
        command.env("HOME", self.directory.path().join("home"));
        for name in [
            "BULLA_IDENTITY",
            "BULLA_IDENTITY_FILE",
            "XDG_CONFIG_HOME",
            "KUBECONFIG",
            "HTTPS_PROXY",
            "https_proxy",
            "NO_COLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// The `bulla` command.
    pub(crate) fn bulla<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.command(bulla_tests::bulla());
        command.args(arguments);
        command
    }

    /// Runs `bulla` with something to read.
    pub(crate) fn says<A: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = A>,
        input: impl AsRef<[u8]>,
    ) -> Said {
        says(&mut self.bulla(arguments), input)
    }

    /// Runs a `bulla` that has to succeed, and returns what it prints.
    pub(crate) fn prints<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        self.says(arguments, "").printed()
    }

    /// Runs a line of shell in which `bulla` is the one that is tested.
    pub(crate) fn shell(&self, line: &str) -> Said {
        let mut paths = vec![bulla_tests::bulla().parent().unwrap().to_path_buf()];
        paths.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        let mut command = self.command("sh");
        command.env("PATH", std::env::join_paths(paths).unwrap());
        says(command.args(["-c", line]), "")
    }

    /// Runs a git that has to succeed, as somebody, and returns what it prints.
    pub(crate) fn git(&self, line: &str) -> String {
        let who = "-c user.name=test -c user.email=test@example.com -c commit.gpgsign=false";
        self.shell(&format!("git {who} {line}")).printed()
    }

    /// Seals what is given for `key.txt`, and returns the sealed stream.
    pub(crate) fn seal(&self, manifest: &str) -> String {
        self.says(["seal", "-R", "recipients.txt"], manifest)
            .printed()
    }

    /// Opens what is given with `key.txt`, and returns the Secret.
    pub(crate) fn open(&self, sealed: &str) -> Value {
        let opened = self.says(["open", "-i", "key.txt", "-o", "json"], sealed);
        serde_json::from_str(&opened.printed()).unwrap()
    }

    /// The content of every file here, by its name.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        read_below(self.directory.path(), "", &mut files);
        files
    }
}

impl Said {
    /// What a command that had to succeed printed.
    #[track_caller]
    pub(crate) fn printed(self) -> String {
        assert_eq!(self.code, 0, "{}", self.stderr);
        String::from_utf8(self.stdout).unwrap()
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.code == 0
    }
}

/// Runs a command with something to read. That it reads none of it is no failure.
pub(crate) fn says(command: &mut Command, input: impl AsRef<[u8]>) -> Said {
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let input = input.as_ref().to_vec();
    // Beside the reading, or both sides would wait once a pipe is full.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = process.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: output.stdout,
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A Secret `shop/db` with these values, as JSON.
pub(crate) fn secret(values: &[(String, Vec<u8>)]) -> String {
    let data: serde_json::Map<String, Value> = values
        .iter()
        .map(|(key, value)| (key.clone(), BASE64.encode(value).into()))
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": "shop"},
        "data": data,
    })
    .to_string()
}

/// The sealed file with another character in this item.
pub(crate) fn damaged(sealed: &str, key: &str) -> String {
    let (_, item) = sealed.split_once(&format!("{key}: ")).unwrap();
    let (item, _) = item.split_once('\n').unwrap();
    sealed.replace(item, &format!("{}A{}", &item[..40], &item[41..]))
}

/// One document of YAML or JSON.
pub(crate) fn parse(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn read_below(directory: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read_below(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}
