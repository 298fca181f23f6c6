//! A cluster of one SealedSecret, and a controller that works on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use bulla_envelope::{Identity, Recipients};
use bulla_manifest::secret::Secret as ManifestSecret;
use bulla_plaintext::Plaintext;
use bulla_reconcile::{
    Failure, Known, Made, Opened, Progress, Reason, Rest, Secret, Step, Subject, Verdict, Version,
    check, is_ready, next, status,
};
use bulla_resource::{SealedSecretSpec, SealedSecretStatus};
use bulla_sealing::{Target, seal};
use k8s_openapi::jiff::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    None,
    Wrong,
    Right,
}

/// What comes in between a look, counted in requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Never,
    KilledAfter(usize),
    FailsBefore(usize),
    LostAnswer(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredSecret {
    pub(crate) uid: String,
    pub(crate) is_ours: bool,
}

pub(crate) struct Cluster {
    pub(crate) secrets: BTreeMap<String, StoredSecret>,
    pub(crate) records: BTreeSet<String>,
    pub(crate) status: SealedSecretStatus,
    pub(crate) generation: i64,
    pub(crate) is_being_deleted: bool,
    pub(crate) writes: usize,
    pub(crate) reads: usize,
    pub(crate) opens: usize,
    spec: usize,
    uids: usize,
    keys: Keys,
    epoch: usize,
    clock: i64,
    failures: u32,
    undecryptable: Option<(i64, usize)>,
    foreign: Option<(i64, Version)>,
}

/// Two contents of one SealedSecret.
fn specs() -> &'static [SealedSecretSpec; 2] {
    static SPECS: OnceLock<[SealedSecretSpec; 2]> = OnceLock::new();
    SPECS.get_or_init(|| {
        let recipients = Recipients::new([Identity::generate().to_recipient().unwrap()]).unwrap();
        [1, 2].map(|value| {
            let secret = ManifestSecret {
                name: "db".into(),
                namespace: Some("shop".into()),
                type_: "Opaque".into(),
                labels: BTreeMap::new(),
                annotations: BTreeMap::new(),
                immutable: None,
                data: [("password".to_owned(), Plaintext::from(vec![value]))].into(),
            };
            let sealed = seal(&secret, &Target::default(), &recipients).unwrap();
            sealed.file.spec
        })
    })
}

impl Cluster {
    pub(crate) fn new() -> Self {
        let status = SealedSecretStatus {
            observed_generation: Some(-1),
            ..SealedSecretStatus::default()
        };
        Self {
            secrets: BTreeMap::new(),
            records: BTreeSet::new(),
            status,
            generation: 1,
            is_being_deleted: false,
            writes: 0,
            reads: 0,
            opens: 0,
            spec: 0,
            uids: 0,
            keys: Keys::None,
            epoch: 0,
            clock: 0,
            failures: 0,
            undecryptable: None,
            foreign: None,
        }
    }

    pub(crate) fn secret_name(&self) -> &'static str {
        &specs()[self.spec].secret_name
    }

    pub(crate) fn secret(&self) -> Option<&StoredSecret> {
        self.secrets.get(self.secret_name())
    }

    pub(crate) fn delete_secret(&mut self) {
        self.secrets.remove(self.secret_name());
    }

    /// As a backup tool does: the same Secret, under another UID.
    pub(crate) fn restore_secret(&mut self) {
        if self.secret().is_some_and(|secret| secret.is_ours) {
            self.delete_secret();
            self.store(true);
        }
    }

    pub(crate) fn make_foreign_secret(&mut self) {
        if self.secret().is_none() {
            self.store(false);
        }
    }

    pub(crate) fn remove_foreign_secret(&mut self) {
        if self.secret().is_some_and(|secret| !secret.is_ours) {
            self.delete_secret();
        }
    }

    pub(crate) fn lose_status(&mut self) {
        self.status = Self::new().status;
    }

    /// It says Ready of the Secret that is there, whosever it is.
    pub(crate) fn forge_status(&mut self) {
        let made = Made {
            secret_name: self.secret_name().to_owned(),
            secret_uid: self.secret().map(|it| it.uid.clone()).unwrap_or_default(),
            digest: String::new(),
        };
        let verdict = Verdict {
            reason: Reason::Created,
            message: String::new(),
            made: Some(made),
        };
        let now = Timestamp::from_second(self.clock).unwrap();
        self.status = status(&verdict, self.generation, &self.status, now);
    }

    pub(crate) fn change_spec(&mut self) {
        self.spec = 1 - self.spec;
        self.generation += 1;
    }

    pub(crate) fn give(&mut self, keys: Keys) {
        self.keys = keys;
        self.epoch += 1;
    }

    pub(crate) fn restart(&mut self) {
        self.failures = 0;
        self.undecryptable = None;
        self.foreign = None;
    }

    /// Looks again until nothing is left to do.
    pub(crate) fn settle(&mut self) -> Rest {
        for _ in 0..8 {
            match self.look(Stop::Never) {
                Some(rest) if rest != Rest::Backoff => return rest,
                _ => {}
            }
        }
        panic!("it does not settle");
    }

    /// `None` if it was killed.
    pub(crate) fn look(&mut self, stop: Stop) -> Option<Rest> {
        let mut done = Progress::default();
        let mut requests = 0;
        for _ in 0..24 {
            let step = self.next(&done);
            if let Step::Rest(rest) = step {
                let failed = rest == Rest::Backoff;
                self.failures = if failed { self.failures + 1 } else { 0 };
                return Some(rest);
            }
            let is_request = !matches!(step, Step::Check | Step::Open);
            if is_request {
                let number = requests;
                requests += 1;
                match stop {
                    Stop::KilledAfter(after) if number == after => return None,
                    Stop::FailsBefore(before) if number == before => {
                        if self.fails(&step, &mut done) {
                            return Some(Rest::Backoff);
                        }
                        continue;
                    }
                    Stop::LostAnswer(lost) if number == lost => {
                        self.take(&step, &mut Progress::default());
                        if self.fails(&step, &mut done) {
                            return Some(Rest::Backoff);
                        }
                        continue;
                    }
                    _ => {}
                }
            }
            self.take(&step, &mut done);
        }
        panic!("no end of steps");
    }

    fn next(&mut self, done: &Progress) -> Step {
        self.clock += 1;
        let spec = &specs()[self.spec];
        // What the watch keeps of an object that is settled.
        let slim = SealedSecretSpec {
            envelopes: Vec::new(),
            ..spec.clone()
        };
        let is_slim = is_ready(&self.status, self.generation) && !done.is_loaded;
        let subject = Subject {
            name: "db",
            namespace: "shop",
            generation: self.generation,
            is_being_deleted: self.is_being_deleted,
            spec: Some(if is_slim { &slim } else { spec }),
            status: &self.status,
        };
        let foreign = self.foreign.as_ref();
        let known = Known {
            has_identities: self.keys != Keys::None,
            is_undecryptable: self.undecryptable == Some((self.generation, self.epoch)),
            foreign: foreign
                .filter(|(generation, _)| *generation == self.generation)
                .map(|(_, version)| version),
            failures: self.failures,
        };
        let now = Timestamp::from_second(self.clock).unwrap();
        next(&subject, known, done, now)
    }

    /// `true` if the look is over: a status that cannot be written is not told in a status.
    fn fails(&mut self, step: &Step, done: &mut Progress) -> bool {
        done.failure = Some(Failure::Unavailable(Some(503)));
        let is_over = matches!(step, Step::Report(..));
        if is_over {
            self.failures += 1;
        }
        is_over
    }

    fn take(&mut self, step: &Step, done: &mut Progress) {
        match step {
            Step::Load => {
                self.reads += 1;
                done.is_loaded = true;
            }
            Step::Check => {
                let subject = Subject {
                    name: "db",
                    namespace: "shop",
                    generation: self.generation,
                    is_being_deleted: false,
                    spec: Some(&specs()[self.spec]),
                    status: &self.status,
                };
                done.checked = Some(check(&subject, "bulla-system"));
            }
            Step::Find(name) => {
                self.reads += 1;
                assert_eq!(name, self.secret_name());
                done.secret = match self.secret() {
                    Some(secret) => Secret::Found(version(secret)),
                    None => Secret::Missing,
                };
            }
            Step::Open => {
                self.opens += 1;
                done.opened = Some(match self.keys {
                    Keys::Right => Opened::Opened,
                    Keys::Wrong | Keys::None => {
                        self.undecryptable = Some((self.generation, self.epoch));
                        Opened::Failed
                    }
                });
            }
            Step::Create => {
                assert_eq!(self.keys, Keys::Right, "only what was opened is created");
                done.secret = match self.secret() {
                    Some(_) => Secret::Taken,
                    None => Secret::Ours(self.store(true)),
                };
            }
            Step::Compare => {
                self.reads += 1;
                done.secret = match self.secret().cloned() {
                    None => Secret::Missing,
                    Some(secret) if secret.is_ours => Secret::Ours(secret.uid),
                    Some(secret) => {
                        self.foreign = Some((self.generation, version(&secret)));
                        Secret::Foreign
                    }
                };
            }
            Step::Record(made) => {
                assert_eq!(made.secret_name, self.secret_name());
                if self.records.insert(made.secret_uid.clone()) {
                    self.writes += 1;
                }
                done.is_recorded = true;
            }
            Step::Report(reason, status) => {
                if is_ready(status, self.generation) {
                    let uid = status.secret_uid.as_ref().unwrap();
                    assert!(
                        self.records.contains(uid),
                        "the record comes before the status"
                    );
                }
                assert_ne!(self.status, **status, "{reason} was there already");
                self.status = (**status).clone();
                self.writes += 1;
                done.is_reported = true;
            }
            Step::Rest(_) => unreachable!("not a step to take"),
        }
    }

    fn store(&mut self, is_ours: bool) -> String {
        self.uids += 1;
        let uid = format!("uid-{}", self.uids);
        let secret = StoredSecret {
            uid: uid.clone(),
            is_ours,
        };
        self.secrets.insert(self.secret_name().to_owned(), secret);
        self.writes += usize::from(is_ours);
        uid
    }
}

fn version(secret: &StoredSecret) -> Version {
    Version {
        uid: secret.uid.clone(),
        resource_version: "1".to_owned(),
    }
}
