//! What is wrong with a manifest, and where.

use std::fmt;
use std::sync::Arc;

use crate::node::Position;
use crate::reason::Reason;

/// One thing that is wrong with a manifest.
///
/// Prints as `file:line:column: document N: path: reason`; parts that are not known are left
/// out. It may name keys and object names, never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    file: Arc<str>,
    document: Option<usize>,
    position: Option<Position>,
    path: String,
    reason: Reason,
}

impl Problem {
    pub(crate) fn new(
        file: Arc<str>,
        document: Option<usize>,
        position: Option<Position>,
        path: String,
        reason: Reason,
    ) -> Self {
        Self {
            file,
            document,
            position,
            path,
            reason,
        }
    }

    /// The name of the source, as the caller gave it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The number of the document in its source, from 1; none if the whole source is meant.
    pub fn document(&self) -> Option<usize> {
        self.document
    }

    /// Where in the source, if that is known.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// The path of keys to the place, such as `metadata.name` or `data[password]`; empty for
    /// a document as a whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(at) = self.position {
            write!(f, ":{}:{}", at.line, at.column)?;
        }
        f.write_str(": ")?;
        if let Some(number) = self.document {
            write!(f, "document {number}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        self.reason.fmt(f)
    }
}

impl std::error::Error for Problem {}

/// Everything that is wrong with a source or a document: at least one [`Problem`], in the order
/// of the source. Prints one per line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Ok` with the value if nothing was found.
    pub fn or<T>(mut found: Vec<Problem>, value: T) -> Result<T, Self> {
        found.sort_by_key(|problem| problem.position);
        // A tag, for instance, is met by the look at the structure and by the reading.
        found.dedup();
        if found.is_empty() {
            Ok(value)
        } else {
            Err(Self(found))
        }
    }

    /// The problems in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Problems> for Vec<Problem> {
    fn from(problems: Problems) -> Self {
        problems.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
