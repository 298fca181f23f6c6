//! Whatever happens to a Secret, its record, the status and the keys, and wherever the controller is
//! killed on its way: when it is left in peace, everything is in place, and it stays quiet.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

mod cluster;

use bulla_reconcile::{Reason, Rest, is_ready, reason_of};
use cluster::{Cluster, Keys, Stop};
use proptest::collection::vec;
use proptest::prelude::*;

/// What happens between two looks.
#[derive(Clone, Copy, Debug)]
enum Happening {
    SecretDeleted,
    SecretRestored,
    ForeignSecret,
    RecordsDeleted,
    StatusLost,
    SpecChanged,
    Keys(Keys),
    Restart,
    /// The controller works until it is killed after so many requests, or one fails.
    Look(Stop),
}

fn happening() -> impl Strategy<Value = Happening> {
    let keys = prop_oneof![Just(Keys::None), Just(Keys::Wrong), Just(Keys::Right)];
    let stop = prop_oneof![
        Just(Stop::Never),
        (0..6_usize).prop_map(Stop::KilledAfter),
        (0..6_usize).prop_map(Stop::FailsBefore),
        (0..6_usize).prop_map(Stop::LostAnswer),
    ];
    prop_oneof![
        2 => Just(Happening::SecretDeleted),
        1 => Just(Happening::SecretRestored),
        1 => Just(Happening::ForeignSecret),
        1 => Just(Happening::RecordsDeleted),
        1 => Just(Happening::StatusLost),
        2 => Just(Happening::SpecChanged),
        3 => keys.prop_map(Happening::Keys),
        1 => Just(Happening::Restart),
        8 => stop.prop_map(Happening::Look),
    ]
}

fn happen(cluster: &mut Cluster, happening: Happening) {
    match happening {
        Happening::SecretDeleted => cluster.delete_secret(),
        Happening::SecretRestored => cluster.restore_secret(),
        Happening::ForeignSecret => cluster.make_foreign_secret(),
        Happening::RecordsDeleted => cluster.records.clear(),
        Happening::StatusLost => cluster.lose_status(),
        Happening::SpecChanged => cluster.change_spec(),
        Happening::Keys(keys) => cluster.give(keys),
        Happening::Restart => cluster.restart(),
        Happening::Look(stop) => {
            cluster.look(stop);
        }
    }
}

proptest! {
    #[test]
    fn it_converges_from_everywhere(happenings in vec(happening(), 0..24)) {
        let mut cluster = Cluster::new();
        for happening in happenings {
            happen(&mut cluster, happening);
        }
        cluster.give(Keys::Right);
        cluster.remove_foreign_secret();
        prop_assert_eq!(cluster.settle(), Rest::Resync);
        prop_assert!(is_ready(&cluster.status, cluster.generation));
        let secret = cluster.secret().expect("the Secret is there");
        prop_assert!(secret.is_ours);
        prop_assert_eq!(cluster.status.secret_uid.as_ref(), Some(&secret.uid));
        prop_assert_eq!(cluster.status.secret_name.as_deref(), Some(cluster.secret_name()));

        let before = cluster.writes;
        let opens = cluster.opens;
        prop_assert_eq!(cluster.look(Stop::Never), Some(Rest::Resync));
        cluster.restart();
        prop_assert_eq!(cluster.look(Stop::Never), Some(Rest::Resync));
        prop_assert_eq!((cluster.writes, cluster.opens), (before, opens));
    }

    #[test]
    fn what_is_in_the_way_is_never_touched(happenings in vec(happening(), 0..12)) {
        let mut cluster = Cluster::new();
        for happening in happenings {
            happen(&mut cluster, happening);
        }
        cluster.delete_secret();
        cluster.make_foreign_secret();
        let foreign = cluster.secret().cloned();
        cluster.give(Keys::Right);
        prop_assert_eq!(cluster.settle(), Rest::Resync);
        prop_assert_eq!(reason_of(&cluster.status), Some(Reason::NameConflict));
        prop_assert_eq!(cluster.secret().cloned(), foreign);

        let (writes, opens) = (cluster.writes, cluster.opens);
        prop_assert_eq!(cluster.look(Stop::Never), Some(Rest::Resync));
        prop_assert_eq!((cluster.writes, cluster.opens), (writes, opens));
    }

    #[test]
    fn without_a_key_nothing_that_exists_is_touched(
        happenings in vec(happening(), 0..12),
        keys in prop_oneof![Just(Keys::None), Just(Keys::Wrong)],
    ) {
        let mut cluster = Cluster::new();
        for happening in happenings {
            happen(&mut cluster, happening);
        }
        cluster.give(keys);
        let secrets = cluster.secrets.clone();
        cluster.settle();
        prop_assert_eq!(&cluster.secrets, &secrets);
        if !is_ready(&cluster.status, cluster.generation) {
            let expected = match keys {
                Keys::None => Reason::NoIdentity,
                _ => Reason::DecryptFailed,
            };
            let reason = reason_of(&cluster.status);
            // A name that is known to be taken stays so whatever keys there are.
            prop_assert!(reason == Some(expected) || reason == Some(Reason::NameConflict));
        }
        let (writes, opens) = (cluster.writes, cluster.opens);
        cluster.look(Stop::Never);
        prop_assert_eq!((cluster.writes, cluster.opens), (writes, opens));
    }
}

#[test]
fn a_kill_after_each_request_makes_nothing_twice() {
    for killed_after in 0..5 {
        let mut cluster = Cluster::new();
        cluster.give(Keys::Right);
        cluster.look(Stop::KilledAfter(killed_after));
        cluster.restart();
        assert_eq!(cluster.settle(), Rest::Resync, "{killed_after}");
        assert_eq!(cluster.secrets.len(), 1, "{killed_after}");
        assert_eq!(cluster.records.len(), 1, "{killed_after}");
        // The Secret, the record, the status; a create that finds it there changes nothing.
        assert_eq!(cluster.writes, 3, "{killed_after}");
    }
}

#[test]
fn a_new_object_takes_three_writes_and_no_read() {
    let mut cluster = Cluster::new();
    cluster.give(Keys::Right);
    assert_eq!(cluster.look(Stop::Never), Some(Rest::Resync));
    assert_eq!((cluster.writes, cluster.reads), (3, 0));
}

#[test]
fn nothing_is_done_about_what_is_being_deleted() {
    let mut cluster = Cluster::new();
    cluster.give(Keys::Right);
    cluster.is_being_deleted = true;
    assert_eq!(cluster.look(Stop::Never), Some(Rest::Change));
    assert_eq!((cluster.writes, cluster.reads), (0, 0));
}

#[test]
fn a_failure_is_told_only_when_it_lasts() {
    let mut cluster = Cluster::new();
    cluster.give(Keys::Right);
    for _ in 0..2 {
        assert_eq!(cluster.look(Stop::FailsBefore(0)), Some(Rest::Backoff));
        assert_eq!(cluster.writes, 0);
    }
    assert_eq!(cluster.look(Stop::FailsBefore(0)), Some(Rest::Backoff));
    assert_eq!(reason_of(&cluster.status), Some(Reason::ApiUnavailable));
    // A Secret that is there is as good as before, even if nobody can look.
    assert_eq!(cluster.settle(), Rest::Resync);
    for _ in 0..5 {
        assert_eq!(cluster.look(Stop::FailsBefore(0)), Some(Rest::Backoff));
        assert!(is_ready(&cluster.status, cluster.generation));
    }
}

/// Who may write statuses, but no more, cannot talk the controller out of what it has seen.
#[test]
fn a_status_that_somebody_forges_hides_no_conflict() {
    let mut cluster = Cluster::new();
    cluster.give(Keys::Right);
    cluster.make_foreign_secret();
    assert_eq!(cluster.settle(), Rest::Resync);
    let said = cluster.status.clone();
    assert_eq!(reason_of(&said), Some(Reason::NameConflict));
    cluster.forge_status();
    assert!(is_ready(&cluster.status, cluster.generation));
    assert_eq!(cluster.settle(), Rest::Resync);
    assert_eq!(reason_of(&cluster.status), Some(Reason::NameConflict));
    assert!(!is_ready(&cluster.status, cluster.generation));
}
