//! What the controller does next about one SealedSecret: a pure function of what it knows.
//!
//! The controller asks [`next`], does the one [`Step`] that it is told, notes in [`Progress`] what
//! came of it, and asks again, until it is told to [`Step::Rest`]. Nothing here does I/O or reads
//! a clock, so every path, and a crash between any two steps, is tested without a cluster.
//!
//! - [`Reason`] is the closed list of what a status can say, each with what mends it.
//! - [`check`] tells everything that needs no key.
//! - [`status`] says what a [`Verdict`] makes of the status that is there.

#![forbid(unsafe_code)]

mod check;
mod reason;
mod record;
mod status;
mod step;
mod verdict;

pub use check::{Checked, check};
pub use reason::{Outcome, Reason};
pub use record::{record, record_name};
pub use status::{is_ready, reason_of, status};
pub use step::{Failure, Known, Opened, Progress, Rest, Secret, Step, Subject, Version, next};
pub use verdict::{Made, Verdict};
