//! First steps through the public interface.

use bulla_manifest::{Kind, Stream, secret, typed, write};

#[test]
fn reads() {
    let s = "# hi\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: shop\ndata:\n  a: aGVsbG8=\n  \"n\":\nstringData:\n  b: |\n    x\n    y\n---\n# c\n---\n{\n\t\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"x\"}}]}\n";
    let st = Stream::read("f.yaml", s.as_bytes()).unwrap();
    let kinds: Vec<_> = st.documents().iter().map(|d| d.kind().unwrap()).collect();
    assert_eq!(kinds, [Kind::Secret, Kind::Empty, Kind::List]);
    let x = secret::read(&st.documents()[0])
        .map_err(|e| println!("{e}"))
        .unwrap();
    assert_eq!(x.data["b"].expose(), b"x\ny\n");
    assert_eq!(x.data["a"].expose(), b"hello");
    assert_eq!(x.data["n"].expose(), b"");
    let it = secret::items(&st.documents()[2])
        .map_err(|e| println!("{e}"))
        .unwrap();
    println!("{}", it[0].text());
    assert_eq!(
        it[0].secret().map_err(|e| println!("{e}")).unwrap().name,
        "x"
    );
}

#[test]
fn bad() {
    let s = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: Db_\n  namespac: shop\ndata:\n  a: aGVsb8=\n  n: on\n  n: 1\nstringData:\n  b: 0400\n  << : {a: b}\n  c: *x\n".replace("*x", "!foo bar");
    let st = Stream::read("f.yaml", s.as_bytes())
        .map_err(|e| println!("{e}"))
        .unwrap();
    println!("{}", secret::read(&st.documents()[0]).err().unwrap());
    let v: serde_json::Value = typed::from_document(
        &Stream::read("x", b"a: {b: [1, x, true, null]}\n")
            .unwrap()
            .documents()[0],
    )
    .unwrap();
    println!("{v}");
    let v: Result<std::collections::BTreeMap<String, Vec<u8>>, _> = typed::from_document(
        &Stream::read("x", b"a: [1, x, true, null]\n")
            .unwrap()
            .documents()[0],
    );
    println!("{}", v.err().unwrap());
    println!("{}", write::to_yaml(&serde_json::json!({"a": "on", "b": "x\ny\n", "c": "a".repeat(300), "d": ["x\ny", {"k": "x\ny\n\n", "0400": ""}], "e": {}, "f": [], "g": "\ta\nb"})).unwrap());
}
