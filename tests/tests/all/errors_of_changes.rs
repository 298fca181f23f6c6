//! What a person sees when a sealed file cannot be changed: as in `errors`.

use insta::assert_snapshot;
use serde_json::json;

use crate::canary::CANARY;
use crate::desk::Desk;
use crate::errors::{damage, desk, edit, failures, mend, secret};

/// The sealed files that the commands here have something against.
fn sealed_files() -> Desk {
    let desk = desk();
    edit(&desk, "moved.yaml", |sealed| {
        sealed["metadata"]["namespace"] = "test".into();
    });
    edit(&desk, "stale.yaml", |sealed| {
        sealed["spec"]["secretName"] = "db-aaaaaaaaaaaaaaaa".into();
    });
    edit(&desk, "damaged.yaml", |sealed| {
        damage(&mut sealed["spec"]["envelopes"][0]["items"]["username"]);
    });
    mend(&desk, "damaged.yaml");
    let other = desk.read("other.pub");
    edit(&desk, "list.yaml", |sealed| {
        sealed["spec"]["envelopes"][0]["recipients"][0] = other.trim().into();
    });
    let sealed = desk.read("db.sealed.yaml");
    desk.write("two.yaml", format!("{sealed}---\n{sealed}"));
    let (head, envelopes) = sealed.split_once("  envelopes:\n").unwrap();
    let anchored = format!("{head}  envelopes: &all\n{envelopes}");
    desk.write("anchored.yaml", anchored);
    edit(&desk, "shown.yaml", |sealed| {
        sealed["spec"]["template"] = json!({
            "annotations": {"note": CANARY},
            "labels": {"argocd.argoproj.io/secret-type": "cluster"},
        });
    });
    mend(&desk, "shown.yaml");
    desk.write("value", CANARY);
    desk
}

#[test]
fn setting() {
    let desk = sealed_files();
    let canary = "\"$(cat value)\"";
    let r = "-R recipients.txt";
    let text = failures(
        &desk,
        &[
            "bulla set db.sealed.yaml",
            &format!("bulla set db.sealed.yaml a={canary}"),
            &format!("bulla set - a={canary} {r}"),
            &format!("bulla set missing.yaml a={canary} {r}"),
            &format!("bulla set folder a={canary} {r}"),
            &format!("bulla set secret.yaml a={canary} {r}"),
            &format!("bulla set two.yaml a={canary} {r}"),
            &format!("bulla set moved.yaml a={canary} {r}"),
            &format!("bulla set stale.yaml a={canary} {r}"),
            &format!("bulla set anchored.yaml a={canary} {r}"),
            &format!("bulla set damaged.yaml a={canary} {r} -i key.txt"),
            &format!("bulla set list.yaml a={canary} {r} -i key.txt"),
            &format!("bulla set shown.yaml a={canary} {r}"),
            &format!("bulla set db.sealed.yaml a={canary} --remove a {r}"),
            &format!("bulla set db.sealed.yaml a={canary} a={canary} {r}"),
            &format!("bulla set db.sealed.yaml 'a b'={canary} {r}"),
            &format!("bulla set db.sealed.yaml a b {r}"),
            &format!("bulla set db.sealed.yaml a={canary} --from-file value {r}"),
            &format!("bulla set db.sealed.yaml a --from-file missing {r}"),
            &format!("bulla set db.sealed.yaml --remove passwort {r}"),
            &format!("bulla set db.sealed.yaml --remove password --remove username {r}"),
            &format!("bulla set db.sealed.yaml a={canary} {r} -i missing.txt"),
            "bulla name -w moved.yaml missing.yaml",
            "bulla name -w two.yaml",
            "bulla name -w -",
        ],
    );
    assert_snapshot!(text);
}

#[test]
fn rewrapping_and_resealing() {
    let desk = sealed_files();
    let other = desk.read("other.pub");
    let (me, other) = (&desk.recipient, other.trim());
    let i = "-i key.txt";
    let text = failures(
        &desk,
        &[
            "bulla rewrap",
            &format!("XDG_CONFIG_HOME=/nowhere bulla rewrap db.sealed.yaml --remove {me}"),
            &format!("bulla rewrap db.sealed.yaml {i}"),
            &format!("bulla rewrap . --add {other} {i}"),
            &format!("bulla rewrap db.sealed.yaml --replace {me} {i}"),
            &format!("bulla rewrap db.sealed.yaml --replace {me}=key.txt {i}"),
            &format!("bulla rewrap db.sealed.yaml --remove key.txt {i}"),
            &format!("bulla rewrap db.sealed.yaml --add {other} --remove {other} {i}"),
            &format!("bulla rewrap db.sealed.yaml --replace {me}={other} --remove {other} {i}"),
            &format!("bulla rewrap db.sealed.yaml --replace {me}={other} --add {me} {i}"),
            &format!("bulla rewrap db.sealed.yaml --replace {me}={other} --remove {me} {i}"),
            &format!("bulla rewrap db.sealed.yaml --remove {other} {i}"),
            &format!("bulla rewrap db.sealed.yaml moved.yaml --replace {other}={me} {i}"),
            &format!("bulla rewrap db.sealed.yaml --remove {me} {i}"),
            &format!("bulla rewrap db.sealed.yaml --add {other} -i other.txt"),
            &format!("bulla rewrap moved.yaml --add {other} {i}"),
            &format!("bulla rewrap stale.yaml --add {other} {i}"),
            &format!("bulla rewrap damaged.yaml --add {other} {i}"),
            &format!("bulla rewrap list.yaml --add {other} {i}"),
            &format!("bulla rewrap secret.yaml missing.yaml two.yaml --add {other} {i}"),
            &format!("bulla rewrap anchored.yaml --add {other} {i}"),
            &format!("bulla rewrap db.sealed.yaml --keep missing.pem --add {other} {i}"),
            "bulla reseal",
            &format!("bulla reseal db.sealed.yaml {i}"),
            &format!("bulla reseal db.sealed.yaml -r {other} -i other.txt"),
            &format!("bulla reseal moved.yaml stale.yaml -r {other} {i}"),
            &format!("bulla reseal damaged.yaml -r {other} {i}"),
            &format!("bulla reseal list.yaml -r {me} {i}"),
            &format!("bulla reseal missing -r {other} {i}"),
        ],
    );
    assert_snapshot!(text.replace(me, "<me>").replace(other, "<other>"));
}

#[test]
fn rules_of_the_repository() {
    let desk = sealed_files();
    desk.write(".git/HEAD", "");
    let rules = |folder: &str, rules: &str| {
        desk.write(&format!("{folder}/.bulla.yaml"), rules);
        let file = format!("{folder}/db.sealed.yaml");
        desk.write(&file, desk.read("db.sealed.yaml"));
        desk.write(&format!("{folder}/secret.yaml"), desk.read("secret.yaml"));
    };
    let me = desk.recipient.clone();
    rules("nobody", "rules: [{path: '**', recipients: [nobody]}]\n");
    rules(
        "elsewhere",
        &format!("rules: [{{path: 'x/**', recipients: [{me}]}}]\n"),
    );
    rules(
        "placed",
        &format!("rules: [{{path: '**', recipients: [{me}], for: test}}]\n"),
    );
    rules(
        "scoped",
        &format!("rules: [{{path: '**', recipients: [{me}], scope: cluster}}]\n"),
    );
    rules("broken", "rules: [\n");
    std::fs::create_dir(desk.path("misnamed")).unwrap();
    desk.write("misnamed/.bulla.yml", "");
    desk.write("misnamed/db.sealed.yaml", desk.read("db.sealed.yaml"));
    let i = "-i key.txt";
    let text = failures(
        &desk,
        &[
            "bulla set nobody/db.sealed.yaml a=b",
            "bulla set elsewhere/db.sealed.yaml a=b",
            "bulla set broken/db.sealed.yaml a=b",
            "bulla set misnamed/db.sealed.yaml a=b",
            &format!("bulla rewrap nobody elsewhere broken misnamed {i}"),
            &format!("bulla reseal nobody elsewhere broken misnamed {i}"),
            "bulla seal secret.yaml --to elsewhere/new.sealed.yaml",
            "bulla seal secret.yaml --into elsewhere/db.sealed.yaml",
            "bulla seal secret.yaml --into placed/db.sealed.yaml",
            "bulla seal secret.yaml --into scoped/db.sealed.yaml --scope namespace",
            "bulla seal -w nobody elsewhere placed scoped broken",
        ],
    );
    assert_snapshot!(text.replace(&me, "<me>"));
}

#[test]
fn sealing_in_place() {
    let desk = sealed_files();
    let canary = serde_json::to_string(CANARY).unwrap();
    let body = format!("stringData: {{password: {canary}}}\n");
    desk.write(
        "other-name.yaml",
        secret(&body).replace("name: db", "name: cache"),
    );
    desk.write("other-place.yaml", secret(&body).replace("shop", "test"));
    desk.write(
        "other-type.yaml",
        secret(&format!("type: example.com/x\n{body}")),
    );
    desk.write("none.yaml", "kind: ConfigMap\napiVersion: v1\n");
    desk.write("on.yaml", secret("stringData: {a: on}\n"));
    desk.write("t/twice.yaml", format!("{0}---\n{0}", secret(&body)));
    desk.write("u/a.yaml", secret(&body));
    desk.write("u/b.yaml", secret(&body));
    desk.write("v/secret.yaml", secret(&body));
    desk.write("v/db.sealed.yaml", "kind: ConfigMap\napiVersion: v1\n");
    desk.write("w/secret.yaml", secret(&body));
    let wide: Vec<u8> = secret(&body)
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    desk.write("wide/secret.yaml", wide);
    let template = secret("stringData: {port: '{{ .Values.port }}'}\n");
    desk.write(
        "helm/templates/db.yaml",
        template.replace("name: db", "name: '{{ .Release.Name }}'"),
    );
    std::fs::create_dir_all(desk.path("w/db.sealed.yaml")).unwrap();
    let r = "-R recipients.txt";
    let into = format!("--into db.sealed.yaml {r}");
    let text = failures(
        &desk,
        &[
            &format!("bulla seal other-name.yaml {into}"),
            &format!("bulla seal other-place.yaml {into}"),
            &format!("bulla seal other-type.yaml {into}"),
            &format!("bulla seal none.yaml {into}"),
            &format!("bulla seal t/twice.yaml {into}"),
            &format!("bulla seal on.yaml {into}"),
            &format!("bulla seal secret.yaml {into} --for test"),
            &format!("bulla seal secret.yaml {into} --scope cluster"),
            &format!("bulla seal secret.yaml --into missing.yaml {r}"),
            &format!("bulla seal secret.yaml --into secret.yaml {r}"),
            &format!("bulla seal secret.yaml --into two.yaml {r}"),
            &format!("bulla seal secret.yaml --into moved.yaml {r}"),
            &format!("bulla seal secret.yaml --into stale.yaml {r}"),
            &format!("bulla seal secret.yaml --into shown.yaml {r}"),
            &format!("bulla seal secret.yaml --into damaged.yaml {r} -i key.txt"),
            &format!("bulla seal secret.yaml --into anchored.yaml {r}"),
            "bulla seal secret.yaml --into db.sealed.yaml",
            &format!("bulla seal secret.yaml {into} --to x.yaml"),
            &format!("bulla seal secret.yaml {into} -w"),
            &format!("bulla seal secret.yaml on.yaml {into}"),
            &format!("bulla seal secret.yaml on.yaml {r}"),
            &format!("bulla seal secret.yaml {r} -i key.txt"),
            &format!("bulla seal -w {r}"),
            &format!("bulla seal -w secret.yaml --to x.yaml {r}"),
            "bulla seal -w secret.yaml",
            &format!("bulla seal -w missing.yaml on.yaml {r}"),
            &format!("bulla seal -w t u {r}"),
            &format!("bulla seal -w v w {r}"),
            &format!("bulla seal -w wide {r}"),
            &format!("bulla seal -w helm {r}"),
            &format!("bulla seal helm/templates/db.yaml {r}"),
            &format!("bulla seal helm {r}"),
            &format!("bulla seal secret.yaml --to missing/db.sealed.yaml {r}"),
            "bulla keygen 'missing folder/key.txt'",
            &format!("bulla seal -w u/a.yaml other-name.yaml --for shop/cache-db {r}"),
        ],
    );
    assert_snapshot!(text);
}
