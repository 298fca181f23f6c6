//! Bringing a sealed directory up to date.

use std::collections::BTreeMap;

use bulla_references::Sites;

use crate::error::Error;
use crate::kustomization::{Kustomization, is_same, normal};
use crate::sealed::Named;
use crate::{EXTENSION, FILES, KUSTOMIZATIONS, texts};

const STAND_INS: &str = "stand-ins";
const DROP: &str = "drop";
const ADD: &str = "add";

/// A sealed file of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFile {
    /// Its name, without a directory.
    pub name: String,
    /// Whether it lies in `files/` already.
    pub in_files: bool,
    /// What [`crate::read`] found in it.
    pub holds: Vec<Named>,
}

/// How the directory is used by the kustomization above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// As it is; a new directory goes under `resources`.
    AsItIs,
    /// Under `components`.
    Component,
    /// Under `components`, in the place of what a base has sealed: the names in the base's files.
    Override(Vec<Named>),
}

/// What there is, and what is wanted.
#[derive(Debug, Clone)]
pub struct Request {
    /// The sealed files.
    pub sealed: Vec<SealedFile>,
    /// The texts of the files that [`sync`] may write, by their paths in the directory, as far
    /// as they exist: every `*.yaml`, `*.yml` and `Kustomization` in it and in its directories
    /// `files`, `stand-ins`, `drop` and `add`, save for sealed files.
    pub existing: BTreeMap<String, String>,
    /// How the directory is used.
    pub layout: Layout,
    /// The Secrets of the same kustomization, with the files that they are in.
    pub secrets: Vec<(Named, String)>,
    /// Where manifests name Secrets.
    pub sites: Sites,
}

/// What to do, in this order. Nothing to do is an empty plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files to move first.
    pub moves: Vec<Move>,
    /// Files to write then.
    pub writes: Vec<Write>,
    /// Whether the directory is a Component, for the `components` of the kustomization above, and
    /// not for its `resources`.
    pub component: bool,
}

/// A sealed file that goes to `files/`, where kustomize can load it twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The path in the directory.
    pub from: String,
    /// The new path in the directory.
    pub to: String,
}

/// A file with its whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// The path in the directory.
    pub path: String,
    /// The text.
    pub text: String,
}

impl Plan {
    /// Whether the directory is up to date.
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty() && self.writes.is_empty()
    }
}

/// Finds out what has to be done. Run again after it was done, it finds nothing.
///
/// # Errors
/// Everything because of which kustomize would fail, or would quietly give a reference another
/// Secret than the one that was meant. The plan is complete or there is none.
pub fn sync(request: &Request) -> Result<Plan, Error> {
    if request.sealed.iter().all(|file| file.holds.is_empty()) {
        return Err(Error::NoFiles);
    }
    unique(request)?;
    let mut plan = Plan::default();
    for file in request.sealed.iter().filter(|file| !file.in_files) {
        plan.moves.push(Move {
            from: file.name.clone(),
            to: format!("{FILES}/{}", file.name),
        });
    }
    let mut generated = vec![
        list(request)?,
        constant(
            request,
            STAND_INS,
            "kustomization.yaml",
            &texts::stand_ins(),
        ),
        constant(
            request,
            STAND_INS,
            "nameref.yaml",
            &texts::nameref(&request.sites)?,
        ),
    ];
    if let Layout::Override(base) = &request.layout {
        let overridden: Vec<&Named> = base
            .iter()
            .filter(|named| holds(request, named).is_some())
            .collect();
        let drop = texts::drop(&overridden)?;
        generated.push(constant(request, DROP, "kustomization.yaml", &drop));
        generated.push(constant(request, ADD, "kustomization.yaml", &texts::add()));
    }
    let (entry, component) = entry(request)?;
    generated.push(entry);
    plan.component = component;
    plan.writes = generated.into_iter().flatten().collect();
    Ok(plan)
}

/// Every name once, and no Secret of the same name.
fn unique(request: &Request) -> Result<(), Error> {
    let mut files: Vec<&SealedFile> = request.sealed.iter().collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    for (one, other) in files.iter().zip(files.iter().skip(1)) {
        if one.name == other.name {
            let name = one.name.clone();
            return Err(Error::TwoFiles { name });
        }
    }
    let mut seen: BTreeMap<&str, Vec<(&Named, &str)>> = BTreeMap::new();
    for file in files {
        for named in &file.holds {
            let others = seen.entry(&named.name).or_default();
            if let Some((_, first)) = others.iter().find(|(other, _)| named.is_same(other)) {
                return Err(Error::Twice {
                    named: named.clone(),
                    first: (*first).to_owned(),
                    second: file.name.clone(),
                });
            }
            others.push((named, &file.name));
        }
    }
    for (secret, path) in &request.secrets {
        if let Some(file) = holds(request, secret) {
            return Err(Error::Secret {
                named: secret.clone(),
                file: file.to_owned(),
                secret: path.clone(),
            });
        }
    }
    Ok(())
}

/// The file with a name.
fn holds<'r>(request: &'r Request, named: &Named) -> Option<&'r str> {
    let mut files = request.sealed.iter();
    let file = files.find(|file| file.holds.iter().any(|held| held.is_same(named)))?;
    Some(&file.name)
}

/// A file of ours, if it is not there as it should be.
fn constant(request: &Request, directory: &str, file: &str, text: &str) -> Option<Write> {
    let path = format!("{directory}/{file}");
    // git may have given it other line breaks.
    let there = request.existing.get(&path);
    let is_there = there.is_some_and(|there| there.replace("\r\n", "\n") == text);
    (!is_there).then(|| Write {
        path,
        text: text.to_owned(),
    })
}

/// The kustomization file of a directory, or a new one.
fn kustomization(request: &Request, directory: &str, new: &str) -> Result<Kustomization, Error> {
    let path = |name| match directory {
        "" => String::from(name),
        directory => format!("{directory}/{name}"),
    };
    let mut found = KUSTOMIZATIONS.into_iter().map(path).filter_map(|path| {
        let text = request.existing.get(&path)?;
        Some(Kustomization::existing(&path, text))
    });
    match (found.next(), found.next()) {
        (Some(first), Some(second)) => Err(Error::TwoKustomizations {
            first: first.file,
            second: second.file,
        }),
        (Some(existing), None) => Ok(existing),
        (None, _) => Ok(Kustomization::new(&path(KUSTOMIZATIONS[0]), new)),
    }
}

/// The list of the sealed files.
fn list(request: &Request) -> Result<Option<Write>, Error> {
    let mut list = kustomization(request, FILES, &texts::files())?;
    let mut names: Vec<&str> = request
        .sealed
        .iter()
        .filter(|file| !file.holds.is_empty())
        .map(|file| file.name.as_str())
        .collect();
    names.sort_unstable();
    list.unlist("resources", |path| {
        is_sealed_here(path) && !names.iter().any(|name| is_same(name, path))
    })?;
    list.refuse(
        "resources",
        |path| !is_sealed_here(path),
        "only sealed files belong here, because everything here is loaded twice; list it in the directory above",
    )?;
    list.list("resources", &names)?;
    Ok(write(list))
}

/// The file that the kustomization above uses, and whether it is a Component.
fn entry(request: &Request) -> Result<(Option<Write>, bool), Error> {
    let component = request.layout != Layout::AsItIs;
    let mut entry = kustomization(request, "", &texts::entry(component))?;
    let overrides = entry
        .paths("components")?
        .iter()
        .any(|entry| is_same(&entry.path, DROP));
    // A sealed file that was listed here has moved.
    let moved = |path: &str| is_sealed_here(path) && !path.contains('*');
    entry.unlist("resources", moved)?;
    if component && entry.field("kind")?.as_deref() != Some("Component") {
        entry.set("apiVersion", "kustomize.config.k8s.io/v1alpha1")?;
        entry.set("kind", "Component")?;
    }
    match &request.layout {
        Layout::Override(_) => {
            let own = [FILES, STAND_INS];
            entry.unlist("resources", |path| own.iter().any(|own| is_same(own, path)))?;
            if !entry.paths("resources")?.is_empty() {
                return Err(Error::NotForOverride { file: entry.file });
            }
            entry.list("components", &[DROP, ADD])?;
        }
        _ if overrides => return Err(Error::WhichBase { file: entry.file }),
        _ => entry.list("resources", &[FILES, STAND_INS])?,
    }
    let component = entry.field("kind")?.as_deref() == Some("Component");
    Ok((write(entry), component))
}

fn write(file: Kustomization) -> Option<Write> {
    let path = file.file.clone();
    file.changed().map(|text| Write { path, text })
}

/// Whether a path names a sealed file in the directory itself.
fn is_sealed_here(path: &str) -> bool {
    path.ends_with(EXTENSION) && normal(path).count() == 1
}
