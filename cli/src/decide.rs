//! Decides for each Secret whom it is sealed to and for which place: what the command line says,
//! and else what `.bulla.yaml` says about the sealed file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bulla_envelope::Recipients;
use bulla_sealing::{Content, Refusal, Scope, Stated, Target};

use crate::editable::Editable;
use crate::error::CommandError;
use crate::recipients::RecipientArgs;
use crate::rules::{self, AllRules, Rule, Rules};
use crate::sealed_tree;
use crate::target::Asked;

/// Where sealed files go.
pub(crate) enum Destination {
    /// Everything into this file.
    File(PathBuf),
    /// Into this file, which is there and is changed.
    Existing(PathBuf),
    /// Each into a file of its own in this directory: `NAME.sealed.yaml`. It decides also if the
    /// sealed file is printed, because this is where it belongs.
    Directory(PathBuf),
}

/// How one Secret is to be sealed.
pub(crate) struct Decision {
    pub(crate) recipients: Recipients,
    pub(crate) target: Target,
    /// The scope, if the command line says so.
    asked_scope: Option<Scope>,
    /// The rule that the place is from, wholly or in part.
    said_by: Option<String>,
    /// Whether the command line has `--for`.
    is_for_given: bool,
}

impl Decision {
    /// Tells where the place comes from, if it was what spoke against sealing.
    pub(crate) fn explain(&self, error: CommandError, refusals: &[Refusal]) -> CommandError {
        match &self.said_by {
            Some(at) if refusals.iter().any(Refusal::is_about_place) => {
                error.hinted(format!("the place is from the rule at {at}"))
            }
            _ => error,
        }
    }

    /// What was said about the place of a file that is sealed already.
    pub(crate) fn stated(&self) -> Stated {
        Stated {
            scope: self.asked_scope,
            at_most: self.target.scope,
            namespace: self.target.namespace.clone(),
            sealed_for: self.target.sealed_for.clone(),
        }
    }

    /// Whether new values may go to the place of a file that is to be changed.
    pub(crate) fn check(&self, editable: &Editable, content: &Content) -> Result<(), CommandError> {
        let checked = content.check_stated(&editable.file().metadata, &self.stated());
        checked.map_err(|refusal| {
            let file = editable.path().display();
            let error = CommandError::refused(format!("{file}: {refusal}"));
            let error = self.explain(error, std::slice::from_ref(&refusal));
            let place = content.place();
            let is_other = matches!(refusal, Refusal::OtherPlace { .. });
            match (place.namespace(), place.name()) {
                (Some(namespace), Some(name)) if is_other && self.asked_scope.is_none() => error
                    .hinted(format!(
                        "git log tells who wrote the file; if it is right, say `--for {namespace}/{name}`"
                    )),
                _ => error,
            }
        })
    }

    /// What says so, if at most one Secret can be sealed for the place.
    pub(crate) fn names_one_place(&self) -> Option<String> {
        let (namespace, name) = self.target.sealed_for.as_ref()?;
        let name = name.as_ref()?;
        Some(match &self.said_by {
            Some(at) if !self.is_for_given => format!("the rule at {at} (for: {namespace}/{name})"),
            _ => "--for".to_owned(),
        })
    }
}

pub(crate) struct Decider {
    given: Option<Recipients>,
    asked: Asked,
    rules: Option<Arc<Rules>>,
    destination: Destination,
}

impl Destination {
    /// `--to`, or else where the input is: `None` and `-` are the current directory.
    pub(crate) fn new(to: Option<&Path>, input: Option<&Path>) -> Self {
        match (to, input) {
            (Some(file), _) => Self::File(file.to_owned()),
            (None, Some(input)) if input != Path::new("-") => {
                Self::Directory(input.parent().unwrap_or(input).to_owned())
            }
            _ => Self::Directory(PathBuf::new()),
        }
    }

    /// Neither `-r` nor a `.bulla.yaml`.
    fn nobody(&self) -> CommandError {
        match self {
            Self::Existing(file) => rules::none_for(file),
            _ => rules::none_at_all(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        match self {
            Self::File(file) | Self::Existing(file) => file.clone(),
            Self::Directory(directory) => sealed_tree::file_for(directory, name),
        }
    }
}

impl Decider {
    /// Reads the rules, and what the command line names. Without either it is an error.
    pub(crate) fn new(
        rules: &AllRules,
        recipients: &RecipientArgs,
        asked: Asked,
        destination: Destination,
    ) -> Result<Self, CommandError> {
        let rules = match &destination {
            Destination::File(file) | Destination::Existing(file) => rules.of_file(file)?,
            Destination::Directory(directory) => rules.of_directory(directory)?,
        };
        let given = recipients.given(rules.as_deref())?;
        if given.is_none() && rules.is_none() {
            return Err(destination.nobody());
        }
        Ok(Self {
            given,
            asked,
            rules,
            destination,
        })
    }

    /// How the Secret of this name is to be sealed.
    pub(crate) fn decide(&self, name: &str) -> Result<Decision, CommandError> {
        let file = self.destination.file(name);
        if let Some(rules) = &self.rules {
            rules.refuse_link_to(&file)?;
        }
        let rule = match (&self.rules, &self.given) {
            (None, _) => None,
            (Some(rules), Some(_)) => rules.covering(&file)?,
            (Some(rules), None) => Some(rules.require(&file)?),
        };
        let recipients = self.given.as_ref().or(rule.map(|rule| &rule.recipients));
        let recipients = recipients
            .cloned()
            .ok_or_else(|| self.destination.nobody())?;
        let (target, said_by) = self.target(rule)?;
        Ok(Decision {
            recipients,
            target,
            asked_scope: self.asked.scope,
            said_by,
            is_for_given: self.asked.sealed_for.is_some(),
        })
    }

    /// Each of scope and `for` is the command line's, or else the rule's.
    fn target(&self, rule: Option<&Rule>) -> Result<(Target, Option<String>), CommandError> {
        let Asked {
            scope,
            namespace,
            sealed_for,
        } = &self.asked;
        let target = Target {
            scope: scope
                .or(rule.and_then(|rule| rule.scope))
                .unwrap_or_default(),
            namespace: namespace.clone(),
            sealed_for: sealed_for
                .clone()
                .or(rule.and_then(|rule| rule.sealed_for.clone())),
        };
        let from_rule = |rule: &&Rule| {
            (scope.is_none() && rule.scope.is_some())
                || (sealed_for.is_none() && rule.sealed_for.is_some())
        };
        let Some(rule) = rule.filter(from_rule) else {
            return Ok((target, None));
        };
        if let (Some(flag), Some((place, _))) = (namespace, &target.sealed_for)
            && flag != place
        {
            let message = format!(
                "-n says `{flag}`, and the rule at {} `for: {place}`",
                rule.at
            );
            return Err(CommandError::usage(message)
                .hinted("drop -n, or say --for instead of it, which goes before the rule"));
        }
        let contradicts = match (target.scope, &target.sealed_for) {
            (Scope::Cluster, Some(_)) | (Scope::Namespace, Some((_, Some(_)))) => {
                scope.is_some() || sealed_for.is_some()
            }
            _ => false,
        };
        if contradicts {
            let (flag, field) = match scope {
                Some(_) => ("--scope", "for"),
                None => ("--for", "scope"),
            };
            let message = format!("{flag} and the rule's `{field}` at {} contradict", rule.at);
            return Err(
                CommandError::usage(message).hinted("say both --scope and --for, or neither")
            );
        }
        Ok((target, Some(rule.at.clone())))
    }
}
