//! `bulla rewrap`

mod edits;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bulla_envelope::{Identity, Recipient, Recipients, RewrapError};
use clap::Args;

use self::edits::Edits;
use crate::editable::{Editable, Purpose, Saved};
use crate::error::CommandError;
use crate::exit_code::ExitCode;
use crate::identities::IdentityArgs;
use crate::rules::{self, AllRules, Rules};
use crate::{parallel, recipients, sealed_tree, ui};

/// Wrap sealed files for other recipients; names and items stay byte for byte
///
/// Needs an identity that opens the files. Whole trees can lose a recipient or exchange one; only
/// files that are named one by one can gain one. A tree could hold a file that somebody copied into
/// it, and its values would then reach whoever the tree's other files are for.
///
/// Without --add, --remove and --replace the recipients are those of .bulla.yaml: files that are named
/// one by one are wrapped for them, and of directories it is shown what would change.
#[derive(Args)]
#[command(after_help = "\
Examples:
  A colleague leaves:
    bulla rewrap --remove age1... .
  A cluster has a new key:
    bulla rewrap --replace age1old...=age1new... clusters/prod
  A colleague joins:
    bulla rewrap --add age1... db.sealed.yaml cache.sealed.yaml
  What would .bulla.yaml change?
    bulla rewrap .")]
pub(crate) struct RewrapArgs {
    /// Sealed files, or directories for all *.sealed.yaml below
    #[arg(required = true)]
    paths: Vec<PathBuf>,

    /// Exchange a recipient for another, wherever the first is in the list (can be repeated)
    #[arg(long, value_name = "OLD=NEW")]
    replace: Vec<String>,

    /// Take a recipient out (can be repeated)
    #[arg(long, value_name = "RECIPIENT")]
    remove: Vec<String>,

    /// Add a recipient, to files only (can be repeated)
    #[arg(long, value_name = "RECIPIENT")]
    add: Vec<String>,

    /// The public key of an RSA recipient that stays; the list knows its fingerprint only (can be
    /// repeated)
    #[arg(long, value_name = "FILE")]
    keep: Vec<PathBuf>,

    #[command(flatten)]
    identities: IdentityArgs,
}

pub(crate) fn run(args: &RewrapArgs) -> Result<(), CommandError> {
    let has_flags = !(args.replace.is_empty() && args.remove.is_empty() && args.add.is_empty());
    let tree = args.paths.iter().find(|path| path.is_dir());
    if let (false, Some(tree)) = (args.add.is_empty(), tree) {
        let message = format!("--add wants files, and {} is a directory", tree.display());
        return Err(CommandError::usage(message).hinted(
            "name the files one by one: a file that somebody copied into a tree must not gain a reader",
        ));
    }
    let identities = args.identities.resolve()?;
    let edits = match has_flags {
        true => Some(Edits::new(args)?),
        false => None,
    };
    let known: Vec<Recipient> = {
        let own = identities
            .iter()
            .filter_map(|identity| Some(Ok(vec![identity.to_recipient()?])));
        let kept = args.keep.iter().map(|path| recipients::file(path));
        let known: Vec<_> = own.chain(kept).collect::<Result<_, _>>()?;
        known.into_iter().flatten().collect()
    };
    let rules = AllRules::default();
    // Rules may widen a file: in a tree that is only shown.
    let (trees, named): (Vec<_>, Vec<_>) =
        args.paths.iter().cloned().partition(|path| path.is_dir());
    let (shown, done) = match &edits {
        Some(_) => (Vec::new(), args.paths.clone()),
        None => (trees, named),
    };
    let mut files = Vec::new();
    for (paths, is_shown_only) in [(shown, true), (done, false)] {
        files.extend(sealed_tree::files(&paths)?.into_iter().map(|path| Rewrap {
            path,
            rules: &rules,
            edits: edits.as_ref(),
            known: &known,
            is_shown_only,
        }));
    }
    let rewrapped = parallel::map(&files, "rewrapping", |file| file.run(&identities));
    let mut failures = Vec::new();
    let mut done = Done::default();
    for (file, rewrapped) in files.iter().zip(rewrapped) {
        match rewrapped {
            Ok(None) => {}
            Ok(Some(rewrapped)) => done.add(file, rewrapped),
            Err(error) => failures.push(error),
        }
    }
    let failed = failures.len();
    failures.extend(edits.iter().flat_map(Edits::not_there));
    let error = CommandError::merge(failures);
    if let Some(error) = &error {
        ui::error(error);
    }
    done.report(failed);
    error.map_or(Ok(()), |error| Err(error.reported()))
}

/// What was done, for the report at the end.
#[derive(Default)]
struct Done {
    rewrapped: usize,
    would: usize,
    /// What the recipients that were taken out could read.
    readable: Vec<String>,
    still_named: BTreeSet<StillNamed>,
}

/// A rule that names a recipient who was taken out: where it stands, and whom.
type StillNamed = (String, String);

impl Done {
    fn add(&mut self, file: &Rewrap<'_>, rewrapped: Rewrapped) {
        self.still_named.extend(rewrapped.still_named);
        ui::note(&file.path.display().to_string());
        for change in rewrapped.changes {
            ui::note(&format!("  {change}"));
        }
        if file.is_shown_only {
            self.would += 1;
        } else {
            self.rewrapped += 1;
            self.readable.extend(rewrapped.readable);
        }
    }

    fn report(&self, failed: usize) {
        if !self.readable.is_empty() {
            ui::warning(
                "whoever was taken out could read these values, and still can in git's history; \
                 rotate them (bulla set):",
            );
            for line in &self.readable {
                ui::note(&format!("  {line}"));
            }
        }
        for (at, recipient) in &self.still_named {
            ui::warning(&format!(
                "the rule at {at} still names {recipient}, and the next value is sealed to it again; \
                 change the rule first"
            ));
        }
        if self.would > 0 {
            let would = self.would;
            ui::note(&format!(
                "{would} would be rewrapped; name them one by one to do it"
            ));
        }
        ui::note(&format!("{} rewrapped, {failed} failed", self.rewrapped));
    }
}

/// What a file gained and lost, or would.
struct Rewrapped {
    /// Recipients with a sign before them.
    changes: BTreeSet<String>,
    /// The values that a recipient who was taken out could read.
    readable: Vec<String>,
    still_named: Vec<StillNamed>,
}

/// One file.
struct Rewrap<'a> {
    path: PathBuf,
    rules: &'a AllRules,
    /// `None`: what `.bulla.yaml` says.
    edits: Option<&'a Edits>,
    known: &'a [Recipient],
    is_shown_only: bool,
}

impl Rewrap<'_> {
    fn run(&self, identities: &[Identity]) -> Result<Option<Rewrapped>, CommandError> {
        let (editable, content) = Editable::read(&self.path, Purpose::Content)?;
        let rules = self.rules.of_file(&self.path)?;
        let rules = rules.as_deref();
        let wanted = match (self.edits, rules) {
            (Some(_), _) => None,
            (None, Some(rules)) => {
                rules.refuse_link_to(&self.path)?;
                Some(rules.require(&self.path)?.recipients.clone())
            }
            (None, None) => return Err(rules::none_at_all()),
        };
        let mut known: BTreeMap<String, Recipient> = BTreeMap::new();
        let in_rules = rules.into_iter().flat_map(Rules::known);
        for recipient in self.known.iter().chain(in_rules) {
            known.insert(recipient.to_string(), recipient.clone());
        }
        let keys: Vec<Vec<String>> = editable
            .file()
            .spec
            .envelopes
            .iter()
            .map(|envelope| envelope.items.keys().cloned().collect())
            .collect();
        let mut keys = keys.into_iter();
        let mut changes = BTreeSet::new();
        let mut readable = Vec::new();
        let rewrapped = content.rewrap(identities, |list| {
            let keys = keys.next().unwrap_or_default();
            let chosen = match (self.edits, &wanted) {
                (Some(edits), _) => edits.choose(list, &known)?,
                (None, wanted) => wanted.clone(),
            };
            let new: BTreeSet<String> = chosen
                .iter()
                .flat_map(Recipients::iter)
                .map(ToString::to_string)
                .collect();
            let old: BTreeSet<String> = list.iter().cloned().collect();
            if chosen.is_none() || new == old {
                return Ok(None);
            }
            changes.extend(new.difference(&old).map(|entry| format!("+ {entry}")));
            let lost: Vec<_> = old.difference(&new).collect();
            changes.extend(lost.iter().map(|entry| format!("- {entry}")));
            if !lost.is_empty() {
                readable.extend(
                    keys.iter()
                        .map(|key| format!("{}: {key}", self.path.display())),
                );
            }
            Ok(chosen)
        });
        let rewrapped = rewrapped.map_err(|error: RewrapError<String>| {
            let kind = match &error {
                RewrapError::Open(error) => error.into(),
                _ => ExitCode::Refused,
            };
            CommandError::new(kind, format!("{}: {error}", self.path.display()))
        })?;
        let Some(content) = rewrapped else {
            return Ok(None);
        };
        let is_done = self.is_shown_only || editable.save(&content)? == Saved::Changed;
        let rule = rules.map(|rules| rules.covering(&self.path)).transpose()?;
        let still_named = match (self.edits, rule.flatten()) {
            (Some(edits), Some(rule)) => {
                let named = edits.taken_out(&rule.recipients);
                named
                    .map(|recipient| (rule.at.clone(), recipient))
                    .collect()
            }
            _ => Vec::new(),
        };
        Ok(is_done.then_some(Rewrapped {
            changes,
            readable,
            still_named,
        }))
    }
}
