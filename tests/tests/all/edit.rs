//! `bulla edit`, with editors that do what editors do: rename, leave copies, crash, hang.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::canary::{CANARY, assert_silent, is_shown};
use crate::desk::{Desk, Said, says, secret};

/// A desk with `db.sealed.yaml` on it, memory for the plaintext, and a disk for what goes astray.
struct Room {
    desk: Desk,
    memory: TempDir,
    /// `$TMPDIR`
    disk: TempDir,
}

impl Room {
    fn new(values: &[(&str, &[u8])]) -> Self {
        let room = Self {
            desk: Desk::new(),
            memory: tempfile::tempdir_in("/dev/shm").unwrap(),
            disk: tempfile::tempdir().unwrap(),
        };
        let values = values.iter();
        let values: Vec<_> = values
            .map(|(key, value)| ((*key).to_owned(), value.to_vec()))
            .collect();
        room.desk
            .write("db.sealed.yaml", room.desk.seal(&secret(&values)));
        room
    }

    fn with_the_canary() -> Self {
        Self::new(&[("password", CANARY.as_bytes()), ("user", b"app")])
    }

    /// `bulla edit` with this script of sh for an editor. `$1` is the file.
    fn command(&self, script: &str) -> Command {
        self.desk.write("editor.sh", script);
        let mut command = self.without_editor();
        command.env("EDITOR", "sh ./editor.sh");
        command
    }

    fn without_editor(&self) -> Command {
        let flags = ["edit", "db.sealed.yaml", "-i", "key.txt"];
        let mut command = self
            .desk
            .bulla(flags.into_iter().chain(["-R", "recipients.txt"]));
        let path = std::env::var_os("PATH").unwrap();
        let own = bulla_tests::bulla().parent().unwrap().to_path_buf();
        let path = [own].into_iter().chain(std::env::split_paths(&path));
        command
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("XDG_RUNTIME_DIR", self.memory.path())
            .env("TMPDIR", self.disk.path())
            .env_remove("EDITOR")
            .env_remove("VISUAL");
        command
    }

    /// Runs it, and looks for plaintext afterwards.
    #[track_caller]
    fn edit(&self, script: &str) -> Said {
        let said = says(&mut self.command(script), "");
        assert_silent("stderr", said.stderr.as_bytes());
        self.assert_clean();
        said
    }

    /// No plaintext anywhere, and no folder in memory.
    #[track_caller]
    fn assert_clean(&self) {
        assert_eq!(self.folders(), Vec::<PathBuf>::new());
        assert_eq!(below(self.disk.path()), Vec::<PathBuf>::new());
        for (name, content) in self.desk.files() {
            assert_silent(&name, &content);
        }
    }

    fn folders(&self) -> Vec<PathBuf> {
        below(self.memory.path())
    }

    fn sealed(&self) -> String {
        self.desk.read("db.sealed.yaml")
    }

    fn opened(&self) -> BTreeMap<String, Vec<u8>> {
        let secret = self.desk.open(&self.sealed());
        let data = secret["data"].as_object().unwrap().iter();
        let decoded = data.map(|(key, value)| {
            let value = BASE64.decode(value.as_str().unwrap().as_bytes());
            (key.clone(), value.unwrap())
        });
        decoded.collect()
    }

    /// Starts it with an editor that says when it is there, and waits for that.
    fn started(&self, script: &str) -> Child {
        let script = format!("echo $$ > editor.pid.new; mv editor.pid.new editor.pid\n{script}");
        let mut command = self.command(&script);
        // An editor that stays must not keep the test from seeing the end.
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let stderr = fs::File::create(self.desk.path("stderr")).unwrap();
        let child = command.stderr(stderr).spawn().unwrap();
        eventually("the editor starts", || {
            self.desk.path("editor.pid").exists().then_some(())
        });
        child
    }

    fn kill_editor(&self) {
        let id = self.desk.read("editor.pid");
        let _ = Command::new("kill").args(["-KILL", id.trim()]).status();
    }
}

fn below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(sent.success());
}

fn end_of(mut child: Child) -> ExitStatus {
    eventually("bulla ends", || child.try_wait().unwrap())
}

#[test]
fn what_a_person_sees() {
    let room = Room::new(&[
        ("binary", &[0xff, 0, 1, 0xfe]),
        ("certificate", b"-----BEGIN X-----\nYQ==\n-----END X-----\n"),
        ("crlf", b"a\r\nb\r\n"),
        ("empty", b""),
        ("no-end", b"a\nb"),
        ("nul", b"a\0b"),
        ("on", b"off"),
        ("password", b"hunter2"),
        ("pin", b"0042"),
        ("separator", "a\u{2028}b\u{85}c".as_bytes()),
        (
            "1e3",
            b"# none of this is a comment\n# NOTHING IS WRITTEN YET:\n",
        ),
        ("spaces", b"  two, and a tab:\t"),
    ]);
    let said = room.edit(r#"cp "$1" shown; echo "$1" > path; stat -c '%a' "$1" "$(dirname "$1")" > modes; stat -f -c %T "$1" >> modes"#);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stderr.starts_with("db.sealed.yaml: nothing changed\n"),
        "{}",
        said.stderr
    );
    assert_eq!(room.desk.read("modes"), "600\n700\ntmpfs\n");
    let path = room.desk.read("path");
    assert!(
        Path::new(path.trim()).starts_with(room.memory.path()),
        "{path}"
    );
    assert_snapshot!(room.desk.read("shown"), @r##"
    # The values of shop/db, from db.sealed.yaml.
    #
    # Change, add or remove some, save, and close the editor. Text stands under stringData;
    # what is no text stands in base64 under data. What you leave as it is keeps its bytes;
    # what you change or add is sealed for shop/db, and opened by
    #   age1fetvgnlfurcxcfr20n7yhf4cj9nl7pj64kwgg3cu0h5ra33799kq4prqap
    # To give up, close the editor without a change, or save an empty file.
    stringData:
      "1e3": |
        # none of this is a comment
        # NOTHING IS WRITTEN YET:
      certificate: |
        -----BEGIN X-----
        YQ==
        -----END X-----
      crlf: "a\r\nb\r\n"
      empty: ""
      no-end: |-
        a
        b
      "on": "off"
      password: hunter2
      pin: "0042"
      spaces: "  two, and a tab:\t"
    data:
      binary: /wAB/g==
      nul: YQBi
      separator: YeKAqGLChWM=
    "##);
}

#[test]
fn one_value_changes_and_every_other_byte_stays() {
    let room = Room::with_the_canary();
    let commented = room.sealed().replace("spec:", "# ours\nspec: # of shop");
    room.desk.write("db.sealed.yaml", &commented);
    let said = room.edit(r#"sed -i 's/^  user: app$/  user: '"'new \"name\"'"'/' "$1""#);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stderr.starts_with("changed user: db-"),
        "{}",
        said.stderr
    );
    let after = room.sealed();
    let is_kept = |line: &&str| after.lines().any(|other| other == *line);
    let gone: Vec<_> = commented.lines().filter(|line| !is_kept(line)).collect();
    assert_eq!(gone.len(), 2, "the name and the item: {gone:?}");
    assert_eq!(room.opened()["user"], b"new \"name\"");
    assert_eq!(room.opened()["password"], CANARY.as_bytes());
}

#[test]
fn values_come_and_go() {
    let room = Room::with_the_canary();
    let said = room.edit(r#"sed -i '/^  user:/d' "$1"; printf 'data:\n  new: /wA=\n' >> "$1""#);
    assert!(
        said.stderr.starts_with("changed new, user: db-"),
        "{}",
        said.stderr
    );
    let opened = room.opened();
    assert_eq!(opened.keys().collect::<Vec<_>>(), ["new", "password"]);
    assert_eq!(opened["new"], [0xff, 0]);
}

#[test]
fn an_editor_may_rename_and_leave_copies() {
    for script in [
        // vim, with backup and a swap file that it has forgotten
        r#"cp "$1" "$1~"; cp "$1" "$(dirname "$1")/.values.yaml.swp"; sed s/app/new/ "$1" > "$1.new"; chmod 644 "$1.new"; mv "$1.new" "$1""#,
        // emacs: an auto-save file, a link for a lock, and the old file as the backup
        r#"d=$(dirname "$1"); ln -s me@host "$d/.#values.yaml"; cp "$1" "$d/#values.yaml#"; mv "$1" "$1~"; sed s/app/new/ "$1~" > "$1""#,
        // a directory of its own, and one without permissions
        r#"d=$(dirname "$1")/a/b; mkdir -p "$d"; cp "$1" "$d"; chmod 0 "$d"; sed -i s/app/new/ "$1""#,
        // without a line break at the end; with Windows' line breaks; with a byte order mark
        r#"sed -i s/app/new/ "$1"; truncate -s -1 "$1""#,
        r#"sed -i 's/app/new/; s/$/\r/' "$1""#,
        r#"(printf '\357\273\277'; sed s/app/new/ "$1") > x; cp x "$1"; rm x"#,
    ] {
        let room = Room::with_the_canary();
        let said = room.edit(script);
        assert_eq!(said.code, 0, "{script}: {}", said.stderr);
        assert_eq!(room.opened()["user"], b"new", "{script}");
        assert_eq!(room.opened()["password"], CANARY.as_bytes(), "{script}");
    }
}

#[test]
fn an_editor_that_fails_changes_nothing() {
    let room = Room::with_the_canary();
    let before = room.sealed();
    let mut text = String::new();
    for script in [
        r#"sed -i s/app/new/ "$1"; exit 3"#,
        r#"sed -i s/app/new/ "$1"; cp "$1" "$1~"; kill -KILL $$"#,
        r#"sed -i s/app/new/ "$1"; kill -SEGV $$"#,
        // What a terminal does on ^C with an editor that does not mind: to both.
        r#"sed -i s/app/new/ "$1"; kill -INT $PPID $$; sleep 60"#,
        r#": > "$1""#,
        r#"rm "$1""#,
        r##"echo "# nothing" > "$1""##,
    ] {
        let said = room.edit(script);
        assert_eq!(said.code, 1, "{script}: {}", said.stderr);
        assert_eq!(room.sealed(), before, "{script}");
        text += &said.stderr;
    }
    assert_snapshot!(text, @r##"
    error: the editor `sh ./editor.sh` failed (exit status: 3); nothing was written
    hint: $VISUAL or $EDITOR says which editor is used, else it is vi
    error: the editor `sh ./editor.sh` failed (signal: 9 (SIGKILL)); nothing was written
    hint: $VISUAL or $EDITOR says which editor is used, else it is vi
    error: the editor `sh ./editor.sh` failed (signal: 11 (SIGSEGV)); nothing was written
    hint: $VISUAL or $EDITOR says which editor is used, else it is vi
    error: the editor `sh ./editor.sh` failed (signal: 2 (SIGINT)); nothing was written
    hint: $VISUAL or $EDITOR says which editor is used, else it is vi
    error: db.sealed.yaml: given up; nothing was written
    hint: the file was saved empty
    error: db.sealed.yaml: given up; nothing was written
    hint: the file was saved empty
    error: db.sealed.yaml: given up; nothing was written
    hint: the file was saved empty
    "##);
}

#[test]
fn which_editor() {
    let room = Room::with_the_canary();
    room.desk.write("ed itor.sh", "sed -i s/app/$1/ \"$2\"\n");
    let runs = |visual: &str, editor: &str| {
        let mut command = room.without_editor();
        command.env("VISUAL", visual).env("EDITOR", editor);
        let said = says(&mut command, "");
        room.assert_clean();
        (said.code, said.stderr)
    };
    let set = |to: &str| format!("sed -i 's/user: .*/user: {to}/'");
    assert_eq!(runs(&set("visual"), &set("editor")).0, 0);
    assert_eq!(room.opened()["user"], b"visual");
    assert_eq!(runs("", &set("editor")).0, 0);
    assert_eq!(room.opened()["user"], b"editor");
    assert_eq!(runs("", &set("app")).0, 0);
    assert_eq!(runs("", "X=1 sh \"./ed itor.sh\" shell").0, 0);
    assert_eq!(room.opened()["user"], b"shell");
    let (code, text) = runs("", "no-such-editor --wait");
    assert_eq!(code, 1);
    // Before it the shell says that there is no such command, each in its own words.
    let (_, ours) = text.split_at(text.find("error:").unwrap());
    assert_snapshot!(ours, @r##"
    error: the editor `no-such-editor --wait` failed (exit status: 127); nothing was written
    hint: $VISUAL or $EDITOR says which editor is used, else it is vi
    "##);
    // Neither: vi, here one of ours.
    fs::create_dir(room.desk.path("bin")).unwrap();
    room.desk.write(
        "bin/vi",
        "#!/bin/sh\nsed -i 's/user: .*/user: vi/' \"$1\"\n",
    );
    assert!(room.desk.shell("chmod +x bin/vi").succeeded());
    let mut command = room.without_editor();
    let path = format!("{}:/usr/bin:/bin", room.desk.path("bin").display());
    command
        .env("PATH", path)
        .env("VISUAL", "")
        .env("EDITOR", "");
    assert_eq!(says(&mut command, "").code, 0);
    assert_eq!(room.opened()["user"], b"vi");
}

#[test]
fn a_signal_to_bulla_takes_the_plaintext_along() {
    for (signal, number) in [("-TERM", 15), ("-HUP", 1)] {
        for script in [
            "exec sleep 600",
            // One that has been told to end and does not: its file is gone all the same.
            "trap '' TERM HUP; while :; do sleep 1; done",
            // One that writes once more before it ends.
            "trap 'cp \"$1\" \"$1.last\"; exit 0' TERM HUP; while :; do sleep 0.01; done",
        ] {
            let room = Room::with_the_canary();
            let before = room.sealed();
            let child = room.started(&format!("sed -i s/app/new/ \"$1\"; {script}"));
            assert_eq!(room.folders().len(), 1);
            send(signal, &child);
            assert_eq!(end_of(child).signal(), Some(number), "{script}");
            room.kill_editor();
            room.assert_clean();
            assert_eq!(room.sealed(), before, "{script}");
            let said = room.desk.read("stderr");
            assert!(said.contains("ended by a signal"), "{said}");
        }
    }
}

/// Another command holds the folder's lock, and does not let it go.
#[test]
fn waiting_it_has_no_plaintext_on_any_file_system_and_ends_by_every_signal() {
    for (signal, number) in [
        ("-TERM", Some(15)),
        ("-HUP", Some(1)),
        ("-INT", Some(2)),
        ("-QUIT", Some(3)),
        ("-CONT", None),
    ] {
        let room = Room::with_the_canary();
        let before = room.sealed();
        let folder = fs::File::open(room.desk.path("")).unwrap();
        folder.lock().unwrap();
        let child = room.started("sed -i s/app/new/ \"$1\"");
        let said = eventually("it says that it waits", || {
            let said = room.desk.read("stderr");
            said.contains("waiting").then_some(said)
        });
        let here = fs::canonicalize(room.desk.path("")).unwrap();
        let said = said.replace(here.to_str().unwrap(), "<here>");
        insta::allow_duplicates! {
            assert_snapshot!(said, @"<here>: waiting for the lock of this folder, which another program holds");
        }
        room.assert_clean();
        send(signal, &child);
        if number.is_none() {
            folder.unlock().unwrap();
        }
        assert_eq!(end_of(child).signal(), number);
        room.assert_clean();
        assert_eq!(room.sealed() == before, number.is_some());
    }
}

#[test]
fn nothing_that_an_editor_leaves_is_waited_for() {
    for (script, reason) in [
        ("rm \"$1\"; mkfifo \"$1\"", "not a regular file"),
        ("rm \"$1\"; ln -s /dev/zero \"$1\"", "a symbolic link"),
        (
            "rm db.sealed.yaml; mkfifo db.sealed.yaml; echo 'stringData: {}' > \"$1\"; sed -i 's/^/#/' editor.sh",
            "not a regular file",
        ),
    ] {
        let room = Room::with_the_canary();
        let child = room.started(script);
        assert!(!end_of(child).success(), "{script}");
        assert!(room.desk.read("stderr").contains(reason), "{script}");
        assert_eq!(room.folders(), Vec::<PathBuf>::new());
    }
}

#[test]
fn an_interrupt_is_the_editors_business() {
    let room = Room::with_the_canary();
    // As in vim, where ^C is a key.
    let said =
        room.edit("trap : INT; kill -INT $PPID $$; kill -QUIT $PPID; sed -i s/app/new/ \"$1\"");
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(room.opened()["user"], b"new");
}

#[test]
fn a_terminal_that_is_closed_takes_the_plaintext_along() {
    let room = Room::with_the_canary();
    let before = room.sealed();
    room.desk.write(
        "close.py",
        "import os, pty, sys, time\n\
         pid, terminal = pty.fork()\n\
         if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])\n\
         while not os.path.exists('there'): time.sleep(0.01)\n\
         os.close(terminal)\n\
         print(os.waitpid(pid, 0)[1])\n",
    );
    let bulla = room.command("sed -i s/app/new/ \"$1\"; touch there; exec sleep 600");
    let mut command = room.desk.command("python3");
    command
        .arg("close.py")
        .arg(bulla.get_program())
        .args(bulla.get_args());
    for (name, value) in bulla.get_envs().filter_map(|(n, v)| Some((n, v?))) {
        command.env(name, value);
    }
    let said = says(&mut command, "");
    assert_eq!(said.printed(), "1\n", "it ends by SIGHUP");
    room.assert_clean();
    assert_eq!(room.sealed(), before);
}

#[test]
fn what_a_killed_one_left_is_swept_by_the_next() {
    let room = Room::with_the_canary();
    let child = room.started("while :; do sleep 1; done");
    // One that lives is let alone.
    let mut other = room.command("true");
    assert_eq!(says(&mut other, "").code, 0);
    assert_eq!(room.folders().len(), 1);
    send("-KILL", &child);
    end_of(child);
    room.kill_editor();
    let left = room.folders();
    assert_eq!(left.len(), 1);
    assert!(is_shown(&fs::read(left[0].join("values.yaml")).unwrap()));
    // What only looks like one stays.
    fs::create_dir(room.memory.path().join("bulla-edit-empty")).unwrap();
    let said = says(&mut room.command("true"), "");
    assert!(
        said.stderr
            .starts_with(&format!("removed {}, ", left[0].display())),
        "{}",
        said.stderr
    );
    assert_eq!(
        room.folders(),
        [room.memory.path().join("bulla-edit-empty")]
    );
}

/// The scripts in turn, each in another run of the editor.
fn in_turn(scripts: &[&str]) -> String {
    let mut text =
        "n=$(cat turn 2>/dev/null || echo 0); echo $((n+1)) > turn\ncase $n in\n".to_owned();
    for (turn, script) in scripts.iter().enumerate() {
        text += &format!("{turn}) {script} ;;\n");
    }
    text + "esac\n"
}

#[test]
fn a_mistake_leads_back_to_the_editor() {
    let mistakes = [
        ("a number", "  user: 42"),
        ("an octal", "  user: 0400"),
        ("a boolean", "  user: yes"),
        ("a key twice", "  user: app\n  user: app"),
        ("an invalid key", "  us er: app"),
        ("a tab", "\tuser: app"),
        ("an open quote", "  user: \"app"),
        ("not base64", "data:\n  user: app!"),
        ("in both", "  user: app\ndata:\n  user: YQ=="),
        ("a binary tag", "  user: !!binary YQ=="),
        ("an alias", "  user: *a"),
        ("a map", "  user: {a: b}"),
        ("another field", "type: Opaque"),
        ("outside", "user: app"),
        ("a document more", "---\nuser: app"),
        ("no map", "stringData: []"),
        ("a separator", "  user: a\u{2028}b"),
    ];
    let mut text = String::new();
    for (what, line) in mistakes {
        let room = Room::with_the_canary();
        let before = room.sealed();
        room.desk.write("mistake", format!("{line}\n"));
        let mistake = "sed -i -e '/^  user:/{r mistake' -e 'd}' \"$1\"";
        // The text's own folder is gone by the second time.
        let mistake = format!("cp \"$1\" $XDG_RUNTIME_DIR/orig; {mistake}");
        let show = "sed -n '/^[^#]/q; p' \"$1\" > shown; rm $XDG_RUNTIME_DIR/orig";
        // Saved as it is, it is given up.
        let said = room.edit(&in_turn(&[&mistake, show]));
        assert_eq!(said.code, 1, "{what}: {}", said.stderr);
        assert_eq!(room.sealed(), before, "{what}");
        let shown = room.desk.read("shown");
        assert_silent(what, shown.as_bytes());
        let (message, _) = shown.split_once("# Mend it").unwrap();
        text += &format!("{what}:\n{message}");
        for line in message.lines().filter_map(|line| line.strip_prefix("#   ")) {
            assert!(said.stderr.contains(line), "{what}: {}", said.stderr);
        }
        // Mended, it is written.
        fs::remove_file(room.desk.path("turn")).unwrap();
        let orig = "$XDG_RUNTIME_DIR/orig";
        let mend = format!("sed s/app/mended/ {orig} > \"$1\"; rm {orig}");
        let said = room.edit(&in_turn(&[&mistake, &mend]));
        assert_eq!(said.code, 0, "{what}: {}", said.stderr);
        assert_eq!(room.opened()["user"], b"mended", "{what}");
    }
    assert_snapshot!(text, @r##"
    a number:
    # NOTHING IS WRITTEN YET:
    #   line 16: stringData[user]: a string, not a number, is expected here; put the value in quotes if it is meant as text
    an octal:
    # NOTHING IS WRITTEN YET:
    #   line 16: stringData[user]: not every program reads this as the same string; put it in quotes
    a boolean:
    # NOTHING IS WRITTEN YET:
    #   line 16: stringData[user]: not every program reads this as the same string; put it in quotes
    a key twice:
    # NOTHING IS WRITTEN YET:
    #   line 17: stringData[user]: duplicate key; remove one of the two
    an invalid key:
    # NOTHING IS WRITTEN YET:
    #   line 16: data[us er]: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')
    a tab:
    # NOTHING IS WRITTEN YET:
    #   line 16: a tab where only spaces may stand; indent with spaces
    an open quote:
    # NOTHING IS WRITTEN YET:
    #   line 16: a quote is not closed; close it on the same level of indentation
    not base64:
    # NOTHING IS WRITTEN YET:
    #   line 17: data[user]: not base64 (standard alphabet, with padding); encode the value, or put it under stringData as it is
    in both:
    # NOTHING IS WRITTEN YET:
    #   line 16: stringData[user]: under `data`, too; remove one of the two
    a binary tag:
    # NOTHING IS WRITTEN YET:
    #   line 16: stringData[user]: the tag `!!binary`, which programs decode differently; put base64 without a tag under `data:`
    an alias:
    # NOTHING IS WRITTEN YET:
    #   line 16: an alias without its anchor; quote the text if `*` or `&` is part of it
    a map:
    # NOTHING IS WRITTEN YET:
    #   line 16: stringData[user]: a string is expected here
    another field:
    # NOTHING IS WRITTEN YET:
    #   line 16: type: unknown field; remove it or correct its spelling
    outside:
    # NOTHING IS WRITTEN YET:
    #   line 16: user: unknown field; remove it or correct its spelling
    a document more:
    # NOTHING IS WRITTEN YET:
    #   line 17: a second document; remove it
    no map:
    # NOTHING IS WRITTEN YET:
    #   line 16: stringData: duplicate key; remove one of the two
    a separator:
    # NOTHING IS WRITTEN YET:
    #   line 16: a character that ends a line for some programs and not for others (CR without LF, U+0085, U+2028 or U+2029); remove it, or write it as an escape in double quotes
    "##);
}

#[test]
fn a_message_names_the_line_that_the_person_sees() {
    let room = Room::new(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let said = room.edit(&in_turn(&[
        "sed -i 's/b: \"2\"/b: 2/; s/c: \"3\"/c: 3/' \"$1\"",
        "cp \"$1\" shown",
    ]));
    let shown = room.desk.read("shown");
    let number = |text: &str| 1 + shown.lines().position(|line| line == text).unwrap();
    for line in ["  b: 2", "  c: 3"] {
        let there = format!(
            "line {}: stringData[{}]",
            number(line),
            line.trim().split_at(1).0
        );
        assert!(shown.contains(&there), "{shown}");
        assert!(said.stderr.contains(&there), "{}", said.stderr);
    }
}

/// A program makes the same mistake again; a person changes something.
#[test]
fn the_same_mistake_twice_gives_up() {
    for script in [
        "printf 'stringData:\n  a: 1\n' > \"$1\"",
        "sed -i 's/^  user: .*/  user: 42/; 1i # on' \"$1\"",
        "printf 'stringData: {}\n' > \"$1\"",
    ] {
        let room = Room::with_the_canary();
        let before = room.sealed();
        let child = room.started(&format!("echo >> runs; {script}"));
        assert_eq!(end_of(child).code(), Some(1), "{script}");
        assert_eq!(room.desk.read("runs"), "\n\n", "{script}");
        assert_eq!(room.sealed(), before);
        room.assert_clean();
        let said = room.desk.read("stderr");
        assert!(said.starts_with("error: "), "{said}");
        assert!(said.contains("bulla set db.sealed.yaml KEY"), "{said}");
    }
    // The same text with another mistake is another chance, and so is another text.
    let room = Room::with_the_canary();
    let said = room.edit(&in_turn(&[
        "printf 'stringData:\n  a: 1\n' > \"$1\"",
        "printf 'stringData:\n  a: 1\n  b: 2\n' > \"$1\"",
        "printf 'stringData:\n  a: \"1\"\n' > \"$1\"",
    ]));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(room.opened()["a"], b"1");
}

/// Plugins of editors and credential helpers of git have no business with a private key.
#[test]
fn neither_editor_nor_git_gets_an_identity() {
    let room = Room::with_the_canary();
    let variables = [
        ("BULLA_IDENTITY", crate::desk::IDENTITY),
        ("BULLA_IDENTITY_FILE", "key.txt"),
    ];
    let spy = "env | grep -c BULLA_IDENTITY > seen || true";
    let mut command = room.command(spy);
    command.envs(variables);
    says(&mut command, "").printed();
    assert_eq!(room.desk.read("seen"), "0\n");
    fs::remove_file(room.desk.path("seen")).unwrap();

    room.desk
        .write("bin/git", format!("#!/bin/sh\n{spy}\ncat db.sealed.yaml\n"));
    assert!(room.desk.shell("chmod +x bin/git").succeeded());
    let mut command = room.desk.bulla(["diff", "db.sealed.yaml"]);
    let path = format!("{}:/usr/bin:/bin", room.desk.path("bin").display());
    command.env("PATH", path).envs(variables);
    says(&mut command, "").printed();
    assert_eq!(room.desk.read("seen"), "0\n");
}

#[test]
fn a_file_that_is_refused_leads_back_too() {
    let room = Room::new(&[("only", b"hunter2")]);
    let said = room.edit(&in_turn(&[
        "echo 'stringData: {}' > \"$1\"",
        "cp \"$1\" shown",
    ]));
    assert_eq!(said.code, 1);
    assert_snapshot!(said.stderr, @r##"
    error: after the change there are no items
    hint: db.sealed.yaml: nothing was written
    hint: what was saved is gone; to keep values, set them while the editor is open: bulla set db.sealed.yaml KEY
    "##);
    let large = "head -c 1048577 /dev/zero | tr '\\0' x | sed 's/^/stringData: {only: \"/; s/$/\"}\\n/' > \"$1\"";
    fs::remove_file(room.desk.path("turn")).unwrap();
    let said = room.edit(&in_turn(&[large, "true"]));
    assert_snapshot!(said.stderr, @r##"
    error: line 12: data: may not be more than 1048576 bytes
    hint: db.sealed.yaml: nothing was written
    hint: what was saved is gone; to keep values, set them while the editor is open: bulla set db.sealed.yaml KEY
    "##);
}

#[test]
fn what_the_type_asks_for_leads_back_too() {
    let room = Room::new(&[("a", b"1")]);
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n\
                  type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '{}'}\n";
    room.desk.write("db.sealed.yaml", room.desk.seal(secret));
    let said = room.edit(&in_turn(&[
        "sed -i \"s/'{}'\\|\\\"{}\\\"/nonsense/\" \"$1\"",
        "true",
    ]));
    assert_eq!(said.code, 1);
    assert_snapshot!(said.stderr, @r##"
    error: db.sealed.yaml: after the change data[.dockerconfigjson]: not JSON; the content of a registry's credentials file belongs here as it is
    hint: db.sealed.yaml: nothing was written
    hint: what was saved is gone; to keep values, set them while the editor is open: bulla set db.sealed.yaml KEY
    "##);
}

#[test]
fn what_the_template_shows_leads_back_too() {
    let room = Room::new(&[("a", b"1")]);
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop, \
                  annotations: {note: Tr0ub4dor-and-3}}\nstringData: {a: other}\n";
    room.desk.write("db.sealed.yaml", room.desk.seal(secret));
    let said = room.edit(&in_turn(&[
        "sed -i s/other/Tr0ub4dor-and-3/ \"$1\"",
        "true",
    ]));
    assert_eq!(said.code, 1);
    assert_snapshot!(said.stderr, @r##"
    error: db.sealed.yaml: spec.template.annotations.note of the sealed file shows the value of `a` to everybody who reads the file
    hint: db.sealed.yaml: nothing was written
    hint: what was saved is gone; to keep values, set them while the editor is open: bulla set db.sealed.yaml KEY
    "##);
}

#[test]
fn an_edit_survives_a_change_by_others() {
    let room = Room::new(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let set = |what: &str| {
        format!("bulla set db.sealed.yaml {what} -R recipients.txt -i key.txt 2> /dev/null")
    };
    let mine = "sed -i 's/a: .*/a: mine/; s/b: .*/b: mine/' \"$1\"";
    // Another change comes while the person reads about the first.
    let said = room.edit(&in_turn(&[
        &format!("{mine}; {}", set("b=theirs d=theirs --remove c")),
        &format!("cp \"$1\" shown; {}", set("e=theirs")),
        "cp \"$1\" again",
    ]));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_snapshot!(room.desk.read("shown"), @r##"
    # NOTHING IS WRITTEN YET:
    #   the sealed file was changed meanwhile; below is your change to what it says now
    #   `b` was changed there, too; below is what you made of it
    # Save to write this; or save an empty file to give up.
    #
    # The values of shop/db, from db.sealed.yaml.
    #
    # Change, add or remove some, save, and close the editor. Text stands under stringData;
    # what is no text stands in base64 under data. What you leave as it is keeps its bytes;
    # what you change or add is sealed for shop/db, and opened by
    #   age1fetvgnlfurcxcfr20n7yhf4cj9nl7pj64kwgg3cu0h5ra33799kq4prqap
    # To give up, close the editor without a change, or save an empty file.
    stringData:
      a: mine
      b: mine
      d: theirs
    "##);
    assert!(!room.desk.read("again").contains("`b`"));
    let opened = room.opened();
    let text: Vec<_> = opened
        .iter()
        .map(|(key, value)| format!("{key}={}", String::from_utf8_lossy(value)))
        .collect();
    assert_eq!(text, ["a=mine", "b=mine", "d=theirs", "e=theirs"]);
}

/// Whoever can write the file could otherwise wait for the editor, and not only for the command.
#[test]
fn a_file_for_another_place_is_noticed_while_the_editor_is_open() {
    let room = Room::new(&[("user", b"app")]);
    let before = room.sealed();
    let other = secret(&[("user".to_owned(), b"app".to_vec())]).replace("shop", "test");
    room.desk.write("other.sealed.yaml", room.desk.seal(&other));
    let exchange =
        "sed -i s/app/new/ \"$1\"; cp db.sealed.yaml away; cp other.sealed.yaml db.sealed.yaml";
    let said = room.edit(&in_turn(&[exchange, "cp \"$1\" shown"]));
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert_eq!(room.sealed(), room.desk.read("other.sealed.yaml"));
    assert_snapshot!(said.stderr, @r"
    error: db.sealed.yaml: was shop/db, sealed for shop/db, and is now test/db, sealed for test/db; put the old one back, or give up
    hint: db.sealed.yaml: nothing was written
    hint: what was saved is gone; to keep values, set them while the editor is open: bulla set db.sealed.yaml KEY
    ");
    assert!(
        room.desk
            .read("shown")
            .contains("sealed for shop/db, and opened by")
    );
    // Put back, it is written.
    for name in ["turn", "away", "shown"] {
        fs::remove_file(room.desk.path(name)).unwrap();
    }
    room.desk.write("db.sealed.yaml", &before);
    let said = room.edit(&in_turn(&[
        exchange,
        "mv away db.sealed.yaml; sed -i 2d \"$1\"",
    ]));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(room.opened()["user"], b"new");
}

#[test]
fn an_edit_survives_a_disk_that_is_full() {
    let room = Room::with_the_canary();
    // Mended from the outside; any change to the text, if only of a comment, tries again.
    let said = room.edit(&in_turn(&[
        "sed -i s/app/new/ \"$1\"; mv db.sealed.yaml away; mkdir db.sealed.yaml",
        "rmdir db.sealed.yaml; mv away db.sealed.yaml; grep ^# \"$1\" > shown; sed -i 2d \"$1\"",
    ]));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(room.opened()["user"], b"new");
    let shown = room.desk.read("shown");
    assert!(
        shown.contains("#   cannot read db.sealed.yaml: is a directory"),
        "{shown}"
    );
}

#[test]
fn a_directory_on_a_disk_is_not_taken() {
    let room = Room::with_the_canary();
    let runtime = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let shared = tempfile::tempdir_in("/dev/shm").unwrap();
    assert!(
        room.desk
            .shell(&format!("chmod 1777 {}", shared.path().display()))
            .succeeded()
    );
    for runtime in [
        runtime.path(),
        Path::new("relative"),
        Path::new("/nowhere"),
        Path::new(""),
    ] {
        let mut command = room.command("stat -f -c %T \"$1\" > kind; echo \"$1\" > path");
        command.env("XDG_RUNTIME_DIR", runtime);
        assert_eq!(says(&mut command, "").code, 0);
        assert_eq!(room.desk.read("kind"), "tmpfs\n");
        let path = room.desk.read("path");
        assert!(path.starts_with("/dev/shm/bulla-edit-"), "{path}");
        assert!(!Path::new(path.trim()).exists());
    }
}

/// What a person means, written by another program than bulla, is what the cluster gets; what he
/// leaves alone keeps its bytes.
#[test]
fn any_values_become_what_was_meant() {
    let strings = [
        "",
        " ",
        "\n",
        "a\n",
        "a\n\n",
        "\na",
        "a\r\nb",
        "a\rb",
        "\t",
        "a\tb\nc",
        "yes",
        "0x1f",
        "1_0",
        "null",
        "~",
        "2001-01-01",
        "---",
        "--- a\n--- b\n",
        "...",
        "# a",
        "a # b",
        "a: b",
        "- a\n- b\n",
        "{}",
        "\"",
        "'",
        "\\",
        "%",
        "@",
        "|",
        ">\n a\n",
        "  a\n b\n",
        "a \nb",
        "\u{feff}",
        "\u{2028}\n\u{2029}",
        "\u{85}",
        "\u{202e}abc",
        "é\n😀\n",
        "stringData:\n  a: b\n",
        "# NOTHING IS WRITTEN YET:\n# x\nstringData:\n",
    ];
    let bytes: [&[u8]; 6] = [b"\0", b"a\0b", b"\x1b[2J", &[0xff, 0xfe], &[0xc3], b"\x7f"];
    let values: Vec<Vec<u8>> = strings
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .collect();
    let values = [
        values,
        bytes.map(<[u8]>::to_vec).to_vec(),
        vec![vec![b'x'; 1 << 19]],
    ]
    .concat();
    let names = [
        "on", "y", "null", "0400", "1e3", "-", "_", ".a", "a.b", "TRUE", "~a", "=", "data",
    ];
    let keys: Vec<String> = (0..values.len())
        .map(|n| match names.get(n) {
            Some(name)
                if name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) =>
            {
                (*name).to_owned()
            }
            _ => format!("key-{n}"),
        })
        .collect();
    let pairs: Vec<(&str, &[u8])> = keys
        .iter()
        .zip(&values)
        .map(|(k, v)| (k.as_str(), v.as_slice()))
        .collect();
    let room = Room::new(&pairs);
    // All written and read again: nothing is taken for another value.
    let before = room.sealed();
    let said = room.edit("sed -i '1i # a comment' \"$1\"");
    assert!(
        said.stderr.starts_with("db.sealed.yaml: nothing changed"),
        "{}",
        said.stderr
    );
    assert_eq!(room.sealed(), before);
    // Every value moves on by one key, in the words of another writer; some keys go, one comes.
    for step in [1, 7, 20] {
        let mut wanted = BTreeMap::from([("brand.new".to_owned(), b"x".to_vec())]);
        for (n, key) in keys.iter().enumerate().skip(1) {
            let from = if n % 3 == 0 {
                n
            } else {
                (n + step) % values.len()
            };
            wanted.insert(key.clone(), values[from].clone());
        }
        let mut text = serde_json::Map::new();
        let mut data = serde_json::Map::new();
        for (n, (key, value)) in wanted.iter().enumerate() {
            match std::str::from_utf8(value) {
                Ok(string) if n % 2 == 0 => drop(text.insert(key.clone(), string.into())),
                _ => drop(data.insert(key.clone(), BASE64.encode(value).into())),
            }
        }
        // JSON leaves in plain sight what YAML wants escaped.
        let escaped: String = json!({"stringData": text, "data": data})
            .to_string()
            .chars()
            .map(|c| match c {
                '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                    format!("\\u{:04x}", u32::from(c))
                }
                c => c.to_string(),
            })
            .collect();
        room.desk.write("db.sealed.yaml", &before);
        room.desk.write("wanted.json", escaped);
        let said = says(&mut room.command("cp wanted.json \"$1\""), "");
        assert_eq!(said.code, 0, "{}", said.stderr);
        assert!(room.opened() == wanted, "step {step}");
        // An item that was not touched is the same item, to the byte.
        let items = |text: &str| -> BTreeMap<String, Value> {
            let file = crate::desk::parse(text);
            let envelopes = file["spec"]["envelopes"].as_array().unwrap().clone();
            let items = envelopes
                .iter()
                .flat_map(|e| e["items"].as_object().unwrap().clone());
            items.collect()
        };
        let (old, new) = (items(&before), items(&room.sealed()));
        for (n, key) in keys.iter().enumerate().skip(1) {
            let is_same_value = wanted[key] == values[n];
            assert_eq!(old[key] == new[key], is_same_value, "{key}");
        }
    }
}
