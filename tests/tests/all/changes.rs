//! The daily life of a sealed file: one value changes, a colleague comes, a colleague goes.

use std::fs;
use std::path::Path;

use data_encoding::BASE64;

use crate::canary::{CANARY, assert_silent};
use crate::desk::{Desk, damaged};
use crate::sealing_in_place::secret;

/// Twenty values in `db.sealed.yaml`, committed, for `key.txt` and for a colleague's `other.txt`.
fn desk() -> (Desk, String) {
    let desk = Desk::new();
    desk.prints(["keygen", "other.txt"]);
    let other = desk
        .prints(["keygen", "--public", "other.txt"])
        .trim_end()
        .to_owned();
    let mut arguments = vec!["create".to_owned(), "generic".into(), "db".into()];
    arguments.extend(["-n", "shop", "-R", "recipients.txt", "-r", &other].map(str::to_owned));
    arguments.extend((10..30).map(|n| format!("--from-literal=key-{n}=value-{n}")));
    arguments.extend(["--to", "db.sealed.yaml"].map(str::to_owned));
    desk.prints(arguments);
    desk.git("init --quiet");
    commit(&desk);
    (desk, other)
}

fn commit(desk: &Desk) {
    desk.git("add db.sealed.yaml");
    desk.git("commit --quiet --message=sealed");
}

fn numstat(desk: &Desk) -> (usize, usize) {
    let printed = desk.git("diff --numstat");
    let mut numbers = printed.split('\t').map(str::parse);
    let mut next = || numbers.next().unwrap().unwrap();
    (next(), next())
}

fn opens(desk: &Desk, key: &str, identity: &str) -> Option<String> {
    let said = desk.says(["open", "db.sealed.yaml", "-i", identity, "--key", key], "");
    said.succeeded().then(|| said.printed())
}

#[test]
fn one_of_twenty_values_changes_without_a_private_key_and_the_diff_is_small() {
    let (desk, _) = desk();
    let before = desk.read("db.sealed.yaml");
    let set = ["set", "db.sealed.yaml", "key-20", "-R", "recipients.txt"];
    let said = desk.says(set, CANARY);
    assert!(said.succeeded(), "{}", said.stderr);
    assert_silent("set", said.stderr.as_bytes());
    assert_silent("the file", desk.read("db.sealed.yaml").as_bytes());
    let (_, removed) = numstat(&desk);
    assert!(removed <= 3, "{removed} lines removed");
    let after = desk.read("db.sealed.yaml");
    let items = before
        .lines()
        .filter(|line| line.trim().starts_with("key-"));
    let kept = items.filter(|line| after.lines().any(|other| other == *line));
    assert_eq!(kept.count(), 19);
    assert_eq!(opens(&desk, "key-20", "key.txt").as_deref(), Some(CANARY));
    assert_eq!(
        opens(&desk, "key-21", "key.txt").as_deref(),
        Some("value-21")
    );
}

#[test]
fn with_an_identity_the_same_value_again_changes_nothing() {
    let (desk, _) = desk();
    let set = [
        "set",
        "db.sealed.yaml",
        "key-20=value-20",
        "-R",
        "recipients.txt",
        "-i",
        "key.txt",
    ];
    desk.prints(set);
    assert_eq!(desk.git("diff --numstat"), "");
}

#[test]
fn keys_come_and_go_and_the_last_one_stays() {
    let (desk, _) = desk();
    let to = ["-R", "recipients.txt"];
    desk.prints(
        ["set", "db.sealed.yaml", "new=1", "--remove", "key-10"]
            .iter()
            .chain(&to),
    );
    assert_eq!(opens(&desk, "new", "key.txt").as_deref(), Some("1"));
    assert_eq!(opens(&desk, "key-10", "key.txt"), None);
    let all: Vec<String> = (11..30).map(|n| format!("--remove=key-{n}")).collect();
    let mut arguments = vec![
        "set",
        "db.sealed.yaml",
        "--remove=new",
        "-R",
        "recipients.txt",
    ];
    arguments.extend(all.iter().map(String::as_str));
    let before = desk.read("db.sealed.yaml");
    let said = desk.says(arguments, "");
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("there are no items"),
        "{}",
        said.stderr
    );
    assert_eq!(desk.read("db.sealed.yaml"), before);
}

#[test]
fn who_is_taken_out_opens_old_bytes_and_no_new_value() {
    let (desk, other) = desk();
    let said = desk.says(["rewrap", "--remove", &other, "-i", "key.txt", "."], "");
    assert!(said.stderr.contains("rotate them"), "{}", said.stderr);
    assert!(
        said.stderr.contains("db.sealed.yaml: key-10"),
        "{}",
        said.stderr
    );
    let diff = desk.git("diff --unified=0");
    let items = diff
        .lines()
        .filter(|line| line.contains("key-") || line.contains("secretName"));
    assert_eq!(items.count(), 0, "items and name stay:\n{diff}");
    assert_eq!(opens(&desk, "key-10", "other.txt"), None);
    desk.prints([
        "set",
        "db.sealed.yaml",
        "key-10=rotated",
        "-R",
        "recipients.txt",
    ]);
    assert_eq!(opens(&desk, "key-10", "other.txt"), None);
    desk.git("checkout --quiet db.sealed.yaml");
    assert_eq!(
        opens(&desk, "key-10", "other.txt").as_deref(),
        Some("value-10")
    );
}

#[test]
fn a_tree_never_gains_a_reader() {
    let (desk, _) = desk();
    desk.prints(["keygen", "new.txt"]);
    let new = desk
        .prints(["keygen", "--public", "new.txt"])
        .trim_end()
        .to_owned();
    let said = desk.says(["rewrap", "--add", &new, "-i", "key.txt", "."], "");
    assert_eq!(said.code, 2, "{}", said.stderr);

    // Somebody copies production's file into a directory whose rule has more readers.
    let recipient = &desk.recipient;
    desk.write(
        "test/.bulla.yaml",
        format!("rules:\n- path: '**'\n  recipients: [{recipient}, {new}]\n"),
    );
    fs::copy(
        desk.path("db.sealed.yaml"),
        desk.path("test/db.sealed.yaml"),
    )
    .unwrap();
    let before = desk.read("test/db.sealed.yaml");
    let said = desk.says(["rewrap", "-i", "key.txt", "test"], "");
    assert!(
        said.stderr.contains(&format!("+ {new}")),
        "it is shown: {}",
        said.stderr
    );
    assert_eq!(desk.read("test/db.sealed.yaml"), before);

    desk.prints(["rewrap", "--add", &new, "-i", "key.txt", "db.sealed.yaml"]);
    assert_eq!(
        opens(&desk, "key-10", "new.txt").as_deref(),
        Some("value-10")
    );
}

#[test]
fn a_recipient_that_was_added_by_hand_is_wrapped_for_by_nobody() {
    let (desk, other) = desk();
    desk.prints(["keygen", "new.txt"]);
    let new = desk
        .prints(["keygen", "--public", "new.txt"])
        .trim_end()
        .to_owned();
    let edited = desk.read("db.sealed.yaml").replace(&other, &new);
    desk.write("db.sealed.yaml", &edited);
    for arguments in [
        vec!["rewrap", "--remove", &desk.recipient],
        vec!["rewrap", "--replace", "REPLACED"],
    ] {
        let replaced = format!("{}={other}", desk.recipient);
        let arguments = arguments
            .into_iter()
            .map(|a| if a == "REPLACED" { &replaced } else { a });
        let said = desk.says(arguments.chain(["-i", "key.txt", "db.sealed.yaml"]), "");
        assert_eq!(said.code, 4, "{}", said.stderr);
        assert!(
            said.stderr.contains("was edited after sealing"),
            "{}",
            said.stderr
        );
        assert_eq!(desk.read("db.sealed.yaml"), edited);
    }
}

#[test]
fn a_tree_that_is_resealed_gains_no_reader() {
    let (desk, _) = desk();
    let before = desk.read("db.sealed.yaml");
    desk.prints(["keygen", "bob.txt"]);
    let bob = desk.prints(["keygen", "--public", "bob.txt"]);
    desk.write("both.txt", desk.read("recipients.txt") + &bob);
    let tree = desk.says(["reseal", ".", "-R", "both.txt", "-i", "key.txt"], "");
    assert!(!tree.succeeded());
    assert!(tree.stderr.contains("a tree gains none"), "{}", tree.stderr);
    assert_eq!(desk.read("db.sealed.yaml"), before);

    let file = [
        "reseal",
        "db.sealed.yaml",
        "-R",
        "both.txt",
        "-i",
        "key.txt",
    ];
    desk.prints(file);
    assert!(opens(&desk, "key-10", "bob.txt").is_some());
}

#[test]
fn a_list_that_was_edited_is_never_right_already() {
    let (desk, _) = desk();
    let me = desk.read("recipients.txt");
    desk.prints(["keygen", "eve.txt"]);
    let eve = desk.prints(["keygen", "--public", "eve.txt"]);
    let edited = desk.read("db.sealed.yaml").replace(me.trim(), eve.trim());
    desk.write("db.sealed.yaml", edited);
    desk.write("eves.txt", &eve);
    let arguments = [
        "reseal",
        "db.sealed.yaml",
        "-R",
        "eves.txt",
        "-i",
        "key.txt",
    ];
    assert!(!desk.says(arguments, "").succeeded());
}

#[test]
fn a_reseal_leaves_one_envelope_and_is_not_repeated() {
    let (desk, _) = desk();
    desk.prints(["set", "db.sealed.yaml", "key-10=x", "-R", "recipients.txt"]);
    let reseal = ["reseal", ".", "-R", "recipients.txt", "-i", "key.txt"];
    let said = desk.says(reseal, "");
    assert!(said.stderr.contains("1 resealed"), "{}", said.stderr);
    assert_eq!(desk.read("db.sealed.yaml").matches("commitment").count(), 1);
    let once = desk.read("db.sealed.yaml");
    assert!(desk.says(reseal, "").stderr.contains("0 resealed"));
    assert_eq!(desk.read("db.sealed.yaml"), once);
    assert_eq!(opens(&desk, "key-10", "key.txt").as_deref(), Some("x"));
}

#[test]
fn a_stale_name_is_mended_without_a_key() {
    let (desk, _) = desk();
    let right = desk.read("db.sealed.yaml");
    let name = desk
        .prints(["name", "db.sealed.yaml"])
        .trim_end()
        .to_owned();
    desk.write(
        "db.sealed.yaml",
        right.replace(&name, "db-aaaaaaaaaaaaaaaa"),
    );
    assert_eq!(
        desk.says(["open", "db.sealed.yaml", "-i", "key.txt"], "")
            .code,
        4
    );
    desk.prints(["name", "-w", "db.sealed.yaml"]);
    assert_eq!(desk.read("db.sealed.yaml"), right);
}

#[test]
fn comments_and_line_breaks_survive() {
    let (desk, _) = desk();
    let commented = desk
        .read("db.sealed.yaml")
        .replace("spec:", "# ours\nspec: # of shop");
    desk.write("db.sealed.yaml", commented.replace('\n', "\r\n"));
    desk.prints(["set", "db.sealed.yaml", "key-10=x", "-R", "recipients.txt"]);
    let after = desk.read("db.sealed.yaml");
    assert!(after.contains("# ours\r\nspec: # of shop\r\n"));
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    assert_eq!(opens(&desk, "key-10", "key.txt").as_deref(), Some("x"));
}

#[test]
fn a_directory_that_cannot_be_written_keeps_its_file() {
    let (desk, _) = desk();
    let before = desk.read("db.sealed.yaml");
    // A full disk, which stops root, too.
    let line = "ulimit -f 1; trap '' XFSZ; exec bulla set db.sealed.yaml big --from-file=key.txt -R recipients.txt";
    let said = desk.shell(line);
    assert_eq!(said.code, 5, "{}", said.stderr);
    assert_eq!(desk.read("db.sealed.yaml"), before);
    let left: Vec<String> = desk
        .files()
        .into_keys()
        .filter(|n| n.contains(".bulla-"))
        .collect();
    assert_eq!(left, Vec::<String>::new(), "nothing half-written is left");
    assert!(Path::new(&desk.path("db.sealed.yaml")).exists());
}

#[test]
fn a_change_by_others_is_not_blessed() {
    let (desk, _) = desk();
    let sealed = desk.read("db.sealed.yaml");
    let edits = [
        sealed.replace("type: Opaque", "type: example.com/other"),
        sealed.replacen("namespace: shop", "namespace: test", 1),
        damaged(&sealed, "key-11"),
    ];
    for edited in edits {
        desk.write("db.sealed.yaml", &edited);
        let add = [
            "rewrap",
            "--add",
            &desk.recipient,
            "-i",
            "other.txt",
            "db.sealed.yaml",
        ];
        let set = ["set", "db.sealed.yaml", "key-10=x", "-R", "recipients.txt"];
        let reseal = [
            "reseal",
            "db.sealed.yaml",
            "-R",
            "recipients.txt",
            "-i",
            "key.txt",
        ];
        for arguments in [&set[..], &reseal[..], &add[..]] {
            let said = desk.says(arguments, "");
            assert_eq!(said.code, 4, "{arguments:?}: {}", said.stderr);
            assert_eq!(desk.read("db.sealed.yaml"), edited);
        }
    }
}

#[test]
fn of_two_at_once_none_is_lost_unseen() {
    let (desk, _) = desk();
    let set = |n: usize| {
        let value = format!("new-{n}=x");
        let mut command = desk.bulla(["set", "db.sealed.yaml", &value, "-R", "recipients.txt"]);
        command.stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    for round in 0..5 {
        let both = [2 * round, 2 * round + 1];
        let running = both.map(|n| (n, set(n)));
        for (n, mut process) in running {
            let is_done = process.wait().unwrap().success();
            let is_there = opens(&desk, &format!("new-{n}"), "key.txt").is_some();
            assert!(!is_done || is_there, "new-{n} was said to be set");
        }
    }
}

#[test]
fn a_change_keeps_what_the_type_asks_for() {
    let desk = Desk::new();
    let manifest = "{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: shop}, ";
    let to = ["seal", "-R", "recipients.txt", "--to", "db.sealed.yaml"];
    let refused = |values: &str, change: &[&str], reason: &str| {
        desk.says(to, format!("{manifest}{values}}}")).printed();
        let before = desk.read("db.sealed.yaml");
        let set = ["set", "db.sealed.yaml", "-R", "recipients.txt"];
        let said = desk.says(set.iter().chain(change), "");
        assert_eq!(said.code, 1, "{}", said.stderr);
        assert!(said.stderr.contains(reason), "{}", said.stderr);
        assert_silent(values, said.stderr.as_bytes());
        assert_eq!(desk.read("db.sealed.yaml"), before);
    };
    let basic = "type: kubernetes.io/basic-auth, stringData: {username: u, more: m}";
    let why = "after the change data[username]: Required value";
    refused(basic, &["--remove", "username"], why);
    let docker = "type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{}'}";
    let why = "after the change data[.dockerconfigjson]: not JSON";
    refused(docker, &[&format!(".dockerconfigjson={CANARY}")], why);
    let ssh = "type: kubernetes.io/ssh-auth, stringData: {ssh-privatekey: k}";
    let why = "after the change data[ssh-privatekey]: Required value";
    refused(ssh, &["ssh-privatekey="], why);

    // What is sealed already is not known, and stays.
    for change in ["ssh-publickey=p", "ssh-privatekey=other"] {
        desk.prints(["set", "db.sealed.yaml", "-R", "recipients.txt", change]);
    }
    let renamed = ["set", "db.sealed.yaml", "-R", "recipients.txt"];
    desk.says(to, format!("{manifest}{basic}}}")).printed();
    desk.prints(
        renamed
            .iter()
            .chain(&["password=p", "--remove", "username"]),
    );
}

/// A sealed file whose template has this beside the values.
fn with_template(template: &str) -> Desk {
    let (desk, _) = desk();
    let template = format!("  template: {template}\n  envelopes:");
    let sealed = desk.read("db.sealed.yaml");
    desk.write("db.sealed.yaml", sealed.replace("  envelopes:", &template));
    desk.prints(["name", "-w", "db.sealed.yaml"]);
    desk
}

/// As `seal` refuses it: the template is as public as the file.
#[test]
fn a_value_that_the_template_shows_is_not_sealed() {
    const VALUE: &str = "Tr0ub4dor-and-3";
    let base64 = BASE64.encode(VALUE.as_bytes());
    for template in [
        format!("{{annotations: {{note: 'it is {VALUE}'}}}}"),
        format!("{{annotations: {{note: 'it is {base64}'}}}}"),
        format!("{{labels: {{note: {VALUE}}}}}"),
        // What `seal` drops from a manifest may have been written into the template by hand.
        format!("{{annotations: {{meta.helm.sh/note: {VALUE}}}}}"),
    ] {
        let desk = with_template(&template);
        let before = desk.read("db.sealed.yaml");
        desk.write("db.yaml", secret("db", &format!("new: {VALUE}")));
        for arguments in [
            vec!["set", "db.sealed.yaml", &format!("new={VALUE}")],
            vec!["seal", "db.yaml", "--into", "db.sealed.yaml"],
        ] {
            let to = ["-R", "recipients.txt"];
            let said = desk.says(arguments.iter().chain(&to), "");
            assert_eq!(said.code, 1, "{template}, {arguments:?}: {}", said.stderr);
            let why = "shows the value of `new`";
            assert!(said.stderr.contains(why), "{template}: {}", said.stderr);
            assert!(!said.stderr.contains(VALUE), "{}", said.stderr);
            assert_eq!(desk.read("db.sealed.yaml"), before, "{template}");
        }
    }
}

#[test]
fn a_plain_name_that_is_also_a_label_is_a_warning() {
    let desk = with_template("{labels: {app: inventory}}");
    let to = ["-R", "recipients.txt"];
    let set = ["set", "db.sealed.yaml", "user=inventory"];
    let said = desk.says(set.iter().chain(&to), "");
    assert!(said.succeeded(), "{}", said.stderr);
    let why = "warning: db.sealed.yaml: label `app` shows the value of `user`";
    assert!(said.stderr.contains(why), "{}", said.stderr);
}

/// Whoever rotates keys by a script learns that nobody was taken out; what could be done was.
#[test]
fn who_is_taken_out_and_was_nowhere_is_no_success() {
    let (desk, other) = desk();
    let new = |name: &str| {
        desk.prints(["keygen", name]);
        let key = desk.prints(["keygen", "--public", name]);
        key.trim_end().to_owned()
    };
    let (gone, new) = (new("gone.txt"), new("new.txt"));
    let before = desk.read("db.sealed.yaml");
    let rewrap = |change: &[&str]| {
        let rewrap = ["rewrap", "db.sealed.yaml", "-i", "key.txt"];
        desk.says(rewrap.iter().chain(change), "")
    };
    let replace = format!("{gone}={new}");
    for change in [["--remove", &gone], ["--replace", &replace]] {
        let said = rewrap(&change);
        assert_eq!(said.code, 7, "{}", said.stderr);
        assert!(said.stderr.contains(&gone), "{}", said.stderr);
        assert_eq!(desk.read("db.sealed.yaml"), before);
    }
    let said = rewrap(&["--remove", &gone, "--remove", &other]);
    assert_eq!(said.code, 7, "{}", said.stderr);
    assert!(!said.stderr.contains(&format!("{other} was to")));
    assert_eq!(opens(&desk, "key-10", "other.txt"), None);
}
