//! Changing a sealed file: what keeps its bytes, and who reads what afterwards.

use std::collections::{BTreeMap, BTreeSet};

use super::{AGE, bytes, rsa, sealed, values};
use crate::{
    ChangeError, Envelope, EnvelopeText, FormatError, Identity, OpenError, Recipients, RewrapError,
    Sealed,
};

fn only(identity: &Identity) -> Recipients {
    Recipients::new([identity.to_recipient().unwrap()]).unwrap()
}

fn texts(sealed: &Sealed) -> Vec<EnvelopeText> {
    sealed.envelopes().iter().map(Envelope::to_text).collect()
}

fn change(
    sealed: Sealed,
    changed: &[(&str, &[u8])],
    removed: &[&str],
    recipients: &Recipients,
) -> Result<Sealed, ChangeError> {
    let removed: BTreeSet<String> = removed.iter().map(ToString::to_string).collect();
    sealed.change(&values(changed), &removed, recipients)
}

fn open(sealed: &Sealed, identity: &Identity) -> Result<BTreeMap<String, Vec<u8>>, OpenError> {
    let opened = sealed.open(std::slice::from_ref(identity))?;
    Ok(bytes(opened.values()))
}

#[test]
fn a_changed_value_goes_into_a_new_envelope_and_the_rest_keeps_its_bytes() {
    let before = sealed().parse().unwrap();
    let old = texts(&before);
    let digest = before.digest();
    let after = change(
        before,
        &[("password", b"new"), ("token", b"t")],
        &[],
        &only(&AGE),
    )
    .unwrap();
    let new = texts(&after);
    assert_eq!(new.len(), 2);
    assert_eq!(new[0].items["username"], old[0].items["username"]);
    assert_eq!((&new[0].age, &new[0].rsa), (&old[0].age, &old[0].rsa));
    assert_eq!(
        new[1].items.keys().collect::<Vec<_>>(),
        ["password", "token"]
    );
    assert_ne!(after.digest(), digest);
    let expected = values(&[("password", b"new"), ("token", b"t"), ("username", b"app")]);
    assert_eq!(open(&after, &AGE).unwrap(), bytes(&expected));
}

#[test]
fn a_former_recipient_reads_old_values_and_no_new_one() {
    let after = change(
        sealed().parse().unwrap(),
        &[("password", b"new")],
        &[],
        &only(&AGE),
    );
    let error = open(&after.unwrap(), &rsa()).unwrap_err();
    assert!(matches!(error, OpenError::NoIdentity(2, _)), "{error}");
}

#[test]
fn an_envelope_without_items_disappears() {
    let all = [("password", &b"a"[..]), ("username", b"b")];
    let after = change(sealed().parse().unwrap(), &all, &[], &only(&AGE)).unwrap();
    assert_eq!(after.envelopes().len(), 1);
    let after = change(after, &[], &["username"], &only(&AGE)).unwrap();
    assert_eq!(
        open(&after, &AGE).unwrap(),
        bytes(&values(&[("password", b"a")]))
    );
    let error = change(after, &[], &["password"], &only(&AGE)).err();
    assert_eq!(error, Some(ChangeError::Format(FormatError::NoItem)));
}

#[test]
fn what_is_not_there_is_not_taken_out() {
    let error = change(sealed().parse().unwrap(), &[], &["pasword"], &only(&AGE)).err();
    assert_eq!(error, Some(ChangeError::NoSuchItem("pasword".into())));
}

#[test]
fn a_rewrap_changes_who_opens_and_nothing_else() {
    let stranger = Identity::generate();
    let before = sealed().parse().unwrap();
    let (old, digest) = (texts(&before), before.digest());
    let choose = |_: &[String]| Ok::<_, ()>(Some(only(&stranger)));
    let after = before.rewrap(&[rsa()], choose).unwrap().unwrap();
    assert_eq!(after.digest(), digest);
    assert_eq!(texts(&after)[0].items, old[0].items);
    assert!(open(&after, &stranger).is_ok());
    assert!(matches!(open(&after, &AGE), Err(OpenError::NoIdentity(..))));
}

#[test]
fn a_rewrap_touches_all_envelopes_or_none() {
    let mine = change(
        sealed().parse().unwrap(),
        &[("token", b"t")],
        &[],
        &only(&AGE),
    )
    .unwrap();
    let keep = |_: &[String]| Ok::<_, ()>(None);
    assert!(
        mine.rewrap(std::slice::from_ref(&AGE), keep)
            .unwrap()
            .is_none()
    );

    let mine = change(
        sealed().parse().unwrap(),
        &[("token", b"t")],
        &[],
        &only(&AGE),
    )
    .unwrap();
    let choose = |_: &[String]| Ok::<_, ()>(Some(only(&AGE)));
    let error = mine.rewrap(&[rsa()], choose).err().unwrap();
    assert!(matches!(
        error,
        RewrapError::Open(OpenError::NoIdentity(2, _))
    ));
}

#[test]
fn an_edited_list_is_never_wrapped_for() {
    let mut text = sealed();
    text.envelopes[0].recipients[0] = Identity::generate().to_recipient().unwrap().to_string();
    let choose = |_: &[String]| -> Result<_, ()> { panic!("asked with an unproved list") };
    let error = text
        .parse()
        .unwrap()
        .rewrap(std::slice::from_ref(&AGE), choose)
        .err();
    assert_eq!(error, Some(RewrapError::Open(OpenError::ListEdited(1))));
}
