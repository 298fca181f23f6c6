//! The name of the native Secret (`docs/format.md`, section 11).

use bulla_envelope::Digest;

/// The most characters that the name of a SealedSecret may have, so that its Secret's name has at
/// most 253: a suffix has 16, and a dash before it.
pub const MAX_BASE_NAME: usize = 253 - SUFFIX - 1;

const SUFFIX: usize = 16;

/// `base-suffix`
pub fn secret_name(base: &str, digest: &Digest) -> String {
    format!("{base}-{}", digest.suffix())
}

/// The name for content that was `before` and is `after`: with the parts that kustomize put around
/// the suffix if `stated` was in step, else made anew.
pub(crate) fn follow(stated: &str, base: &str, before: &Digest, after: &Digest) -> String {
    if is_in_step(stated, base, before) {
        stated.replacen(&before.suffix(), &after.suffix(), 1)
    } else {
        secret_name(base, after)
    }
}

/// Whether `secret_name` holds the digest's suffix as one part set off by dashes or dots, and
/// equals `base` without it. kustomize's namePrefix and nameSuffix keep it so, because they reach
/// both names.
pub fn is_in_step(secret_name: &str, base: &str, digest: &Digest) -> bool {
    let suffix = digest.suffix();
    secret_name.match_indices(&suffix).any(|(at, _)| {
        let before = secret_name.get(..at).unwrap_or_default();
        let after = secret_name.get(at + suffix.len()..).unwrap_or_default();
        let Some(before) = before.strip_suffix(['-', '.']) else {
            return false;
        };
        let is_set_off = after.is_empty() || after.starts_with(['-', '.']);
        is_set_off && base.strip_prefix(before) == Some(after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bulla_envelope::{Identity, Place, Recipients, Sealed};
    use bulla_plaintext::Plaintext;

    fn digest() -> Digest {
        let recipients = Recipients::new([Identity::generate().to_recipient().unwrap()]).unwrap();
        let values = [("k".to_owned(), Plaintext::from(vec![1]))].into();
        let place = Place::new(None, None).unwrap();
        let maps = (Default::default(), Default::default());
        Sealed::seal(place, "Opaque".into(), maps.0, maps.1, &values, &recipients)
            .unwrap()
            .digest()
    }

    #[test]
    fn names_that_kustomize_makes_stay_in_step() {
        let digest = digest();
        let suffix = digest.suffix();
        for (base, name) in [
            ("db", format!("db-{suffix}")),
            ("acme-prod-db-eu", format!("acme-prod-db-{suffix}-eu")),
            ("db.eu", format!("db-{suffix}.eu")),
            ("a.b", format!("a.b.{suffix}")),
        ] {
            assert!(is_in_step(&name, base, &digest), "{name} beside {base}");
        }
        assert_eq!(secret_name("db", &digest), format!("db-{suffix}"));
    }

    #[test]
    fn everything_else_is_stale() {
        let digest = digest();
        let suffix = digest.suffix();
        for (base, name) in [
            ("db", "db".to_owned()),
            ("db", "db-aaaaaaaaaaaaaaaa".to_owned()),
            ("db", suffix.clone()),
            ("db", format!("db{suffix}")),
            ("db", format!("other-{suffix}")),
            ("db", format!("db-{suffix}-eu")),
            ("dbblue", format!("db-{suffix}blue")),
            ("db", format!("db-{}", suffix.to_uppercase())),
        ] {
            assert!(!is_in_step(&name, base, &digest), "{name} beside {base}");
        }
    }
}
